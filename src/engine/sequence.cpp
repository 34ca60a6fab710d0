#include "engine/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "hearth/error.h"

namespace hearth {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::size_t common_prefix(const std::vector<TokenId>& a, const std::vector<TokenId>& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// With ignore_eos no stop token may win; a bias says so to the sampler.
SamplingParams without_stop_tokens(SamplingParams params, const std::vector<TokenId>& stop_tokens) {
  for (const TokenId id : stop_tokens) params.logit_bias[id] = -std::numeric_limits<float>::infinity();
  return params;
}

/// A grammar speaks of the bytes of tokens in the middle of a text, where no space is dropped.
void begin_behind_text(StreamingDetokenizer& detokenizer, const Tokenizer& tokenizer) {
  for (const char* text : {".", "a", "0"}) {
    const auto id = tokenizer.find(text);
    if (!id || tokenizer.is_special(*id) || tokenizer.token_bytes(*id) != text) continue;
    detokenizer.push(*id);
    return;
  }
}

}  // namespace

Sequence::Sequence(const LoadedModel& model, std::int64_t n_ctx, SequenceRequest request, CachedTokens cache)
    : model_(model),
      n_ctx_(n_ctx),
      request_(std::move(request)),
      context_(std::move(cache)),
      sampler_(request_.ignore_eos ? without_stop_tokens(request_.sampling, model.stop_tokens) : request_.sampling,
               *model.tokenizer, model.spec.n_vocab),
      detokenizer_(*model.tokenizer),
      stop_matcher_(request_.stop),
      started_(Clock::now()) {
  std::vector<TokenId>& prompt = request_.prompt;
  const auto n_prompt = static_cast<std::int64_t>(prompt.size());
  if (prompt.empty()) throw Error(ErrorCode::kInvalidArgument, "the prompt is empty", "give at least one token");
  if (request_.keep < 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("keep is {}; it must not be negative", request_.keep));
  if (request_.max_tokens < -1) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("max_tokens is {}; it must be -1 (no limit) or more", request_.max_tokens));
  }
  if (n_prompt >= n_ctx_ && !request_.context_shift) {
    throw Error(
        ErrorCode::kContextLimit,
        fmt::format("the prompt has {} tokens; the context holds {} and the answer needs room", n_prompt, n_ctx_),
        "shorten the prompt, use a larger context, or allow the context to shift");
  }
  for (const TokenId id : prompt) sampler_.accept(id);
  // A decoder drops the first space of a text (SentencePiece); having read a token it knows that this is not the first.
  const bool has_text = prompt.back() < model.tokenizer->vocab_size() && !model.tokenizer->is_special(prompt.back());
  if (request_.continues_text && has_text) {
    detokenizer_.push(prompt.back());
  } else if (request_.grammar != nullptr) {
    begin_behind_text(detokenizer_, *model.tokenizer);
  }
  if (request_.grammar != nullptr) matcher_.emplace(request_.grammar, request_.vocabulary);

  // At least the last token is evaluated again: its logits are needed.
  std::size_t reused = std::min(common_prefix(context_.tokens, prompt), prompt.size() - 1);
  reused = std::min(reused, static_cast<std::size_t>(context_.kv->size()));
  context_.kv->truncate(static_cast<std::int64_t>(reused));
  context_.tokens = std::move(prompt);
  result_.stats.prompt_tokens = n_prompt;
  while (static_cast<std::int64_t>(context_.tokens.size()) >= n_ctx_) make_room();
  start_long_rope_if_needed();
  result_.stats.reused_tokens = context_.kv->size();
  result_.seed = sampler_.seed();
  if (request_.max_tokens == 0) finish(FinishReason::kLength);
}

void Sequence::start_long_rope_if_needed() {
  const RopeSpec& rope = model_.spec.rope;
  const bool wanted = rope.switches() && static_cast<std::int64_t>(context_.tokens.size()) > rope.original_context;
  if (wanted == context_.long_rope) return;
  context_.long_rope = wanted;
  context_.kv->truncate(0);  // every position turns by other angles now
}

void Sequence::make_room() {
  auto& tokens = context_.tokens;
  const auto n = static_cast<std::int64_t>(tokens.size());
  const std::int64_t keep = std::min(request_.keep, n_ctx_ / 2);
  const std::int64_t drop = std::max<std::int64_t>(1, (n - keep) / 2);
  tokens.erase(tokens.begin() + keep, tokens.begin() + keep + drop);
  // Positions are part of what the cache holds, so what stands behind the gap is evaluated again.
  context_.kv->truncate(std::min(keep, context_.kv->size()));
}

SequenceInput Sequence::next_input(std::int64_t max_tokens) {
  const std::int64_t n = std::min(pending(), max_tokens);
  SequenceInput input;
  input.sequence = context_.kv.get();
  input.tokens =
      std::span(context_.tokens).subspan(static_cast<std::size_t>(context_.kv->size()), static_cast<std::size_t>(n));
  input.output = n == pending() ? Output::kLastLogits : Output::kNothing;
  input.long_rope = context_.long_rope;
  return input;
}

bool Sequence::is_stop_token(TokenId id) const {
  return !request_.ignore_eos && std::binary_search(model_.stop_tokens.begin(), model_.stop_tokens.end(), id);
}

void Sequence::take_logits(std::span<float> logits) {
  // Rows of the matrix that stand for no token: some models round their vocabulary up.
  for (auto i = static_cast<std::size_t>(model_.tokenizer->vocab_size()); i < logits.size(); ++i) {
    logits[i] = -std::numeric_limits<float>::infinity();
  }
  if (matcher_ && matcher_->must_end()) return finish(FinishReason::kStop);  // a grammar of the empty text
  const TokenId id = sampler_.sample(logits, allowed_tokens());
  last_token_ = Clock::now();
  if (result_.stats.generated_tokens == 0) first_token_ = last_token_;
  ++result_.stats.generated_tokens;
  if (is_stop_token(id)) return finish(FinishReason::kStop);
  if (matcher_ && !matcher_->accept(id)) {
    throw Error(ErrorCode::kInternal, fmt::format("token {} was sampled, but the grammar does not allow it", id));
  }
  take_token(id);
  if (matcher_) take_forced_tokens();
  if (!done()) start_long_rope_if_needed();
}

std::span<const std::uint64_t> Sequence::allowed_tokens() {
  if (!matcher_) return {};
  allowed_ = matcher_->allowed();
  // Also where the vocabulary has them as plain text: they end the answer all the same.
  for (const TokenId id : model_.stop_tokens) set_allowed(allowed_, id, matcher_->may_end());
  const bool any = std::any_of(allowed_.begin(), allowed_.end(), [](std::uint64_t word) { return word != 0; });
  if (!any) {
    throw Error(ErrorCode::kUnsupported, "no token of this model can write what the grammar asks for next",
                "use a grammar whose text the model's vocabulary can write");
  }
  return allowed_;
}

void Sequence::take_token(TokenId id) {
  sampler_.accept(id);
  result_.ids.push_back(id);
  context_.tokens.push_back(id);
  emit(detokenizer_.push(id));
  if (done()) return;
  if (matcher_ && matcher_->must_end()) return finish(FinishReason::kStop);
  if (request_.max_tokens >= 0 && static_cast<std::int64_t>(result_.ids.size()) >= request_.max_tokens)
    return finish(FinishReason::kLength);
  if (static_cast<std::int64_t>(context_.tokens.size()) >= n_ctx_) {
    if (!request_.context_shift) return finish(FinishReason::kLength);
    make_room();
  }
}

void Sequence::take_forced_tokens() {
  if (done()) return;
  for (const TokenId id : matcher_->forced_tokens()) {
    if (!matcher_->accept(id)) return;
    ++result_.stats.generated_tokens;
    ++result_.stats.forced_tokens;
    take_token(id);
    if (done()) return;
  }
}

void Sequence::check_cancelled() {
  if (!done() && request_.cancel != nullptr && request_.cancel->load(std::memory_order_relaxed))
    finish(FinishReason::kCancelled);
}

void Sequence::emit(const std::string& text) {
  StopMatcher::Step step = stop_matcher_.push(text);
  if (!step.text.empty()) {
    result_.text += step.text;
    if (request_.on_text && !request_.on_text(step.text)) finish_reason_ = FinishReason::kCancelled;
  }
  if (step.stopped) finish_reason_ = FinishReason::kStop;
}

void Sequence::finish(FinishReason reason) {
  std::string rest = stop_matcher_.push(detokenizer_.finish()).text;
  if (!stop_matcher_.stopped()) rest += stop_matcher_.finish();
  if (stop_matcher_.stopped()) reason = FinishReason::kStop;
  finish_reason_ = reason;
  if (rest.empty()) return;
  result_.text += rest;
  if (request_.on_text) request_.on_text(rest);
}

Generation Sequence::result() const {
  assert(done());
  if (error_ != nullptr) std::rethrow_exception(error_);
  Generation result = result_;
  result.finish_reason = *finish_reason_;
  if (result.stats.generated_tokens > 0) {
    result.stats.prompt_seconds = seconds(started_, first_token_);
    result.stats.generate_seconds = seconds(first_token_, last_token_);
  }
  return result;
}

CachedTokens Sequence::release() {
  context_.tokens.resize(static_cast<std::size_t>(
      std::min<std::int64_t>(context_.kv->size(), static_cast<std::int64_t>(context_.tokens.size()))));
  return std::move(context_);
}

}  // namespace hearth
