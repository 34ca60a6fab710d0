#include "engine/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "engine/logprobs.h"
#include "hearth/error.h"

namespace hearth {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// With ignore_eos no stop token may win; a bias says so to the sampler.
SamplingParams sampling_of(const SequenceRequest& request, const LoadedModel& model) {
  SamplingParams params = request.sampling;
  if (!request.ignore_eos) return params;
  for (const TokenId id : model.stop_tokens) params.logit_bias[id] = -std::numeric_limits<float>::infinity();
  return params;
}

}  // namespace

Sequence::Sequence(const LoadedModel& model, std::int64_t n_ctx, KvPagePool& pages, SequenceRequest request)
    : model_(model),
      n_ctx_(n_ctx),
      request_(std::move(request)),
      tokens_(std::move(request_.prompt)),
      kv_(pages),
      sampler_(sampling_of(request_, model), *model.tokenizer, model.spec.n_vocab),
      writer_(*model.tokenizer, request_.stop, std::move(request_.on_piece)) {
  check_request();
  for (const TokenId id : tokens_) sampler_.accept(id);
  start_text();
  if (request_.grammar != nullptr) matcher_.emplace(request_.grammar, request_.vocabulary);
  if (matcher_ && !request_.answer_begin.empty() && !matcher_->accept_text(request_.answer_begin)) {
    throw Error(ErrorCode::kInvalidArgument, "what the answer begins with is not allowed by its format",
                "go on without the format, or ask for a new answer");
  }
  result_.stats.prompt_tokens = static_cast<std::int64_t>(tokens_.size());
  result_.seed = sampler_.seed();
  while (!has_room()) make_room();
  start_long_rope_if_needed();
}

void Sequence::check_request() const {
  const auto n_prompt = static_cast<std::int64_t>(tokens_.size());
  if (n_prompt == 0) throw Error(ErrorCode::kInvalidArgument, "the prompt is empty", "give at least one token");
  if (request_.keep < 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("keep is {}; it must not be negative", request_.keep));
  if (request_.max_tokens < -1) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("max_tokens is {}; it must be -1 (no limit) or more", request_.max_tokens));
  }
  if (request_.logprobs < -1 || request_.logprobs > kMostTopLogprobs) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("logprobs is {}; it must be -1 (none) or from 0 to {}",
                                                         request_.logprobs, kMostTopLogprobs));
  }
  if (request_.prompt_logprobs && request_.logprobs < 0)
    throw Error(ErrorCode::kInvalidArgument, "prompt_logprobs needs logprobs of 0 or more");
  if (!has_room() && (!request_.context_shift || request_.prompt_logprobs)) {
    throw Error(
        ErrorCode::kContextLimit,
        fmt::format("the prompt has {} tokens; the context holds {} and the answer needs room", n_prompt, n_ctx_),
        "shorten the prompt, use a larger context, or allow the context to shift");
  }
}

void Sequence::start_text() {
  const Tokenizer& tokenizer = *model_.tokenizer;
  const TokenId last = tokens_.back();
  // A decoder drops the first space of a text (SentencePiece); having read a token it knows that this is not the first.
  if (request_.continues_text && last < tokenizer.vocab_size() && !tokenizer.is_special(last)) {
    writer_.begin_behind(last);
    return;
  }
  if (request_.grammar == nullptr) return;
  // A grammar speaks of the bytes of tokens in the middle of a text, where no space is dropped.
  for (const char* text : {".", "a", "0"}) {
    const auto id = tokenizer.find(text);
    if (!id || tokenizer.is_special(*id) || tokenizer.token_bytes(*id) != text) continue;
    writer_.begin_behind(*id);
    return;
  }
}

void Sequence::start_long_rope_if_needed() {
  const RopeSpec& rope = model_.spec.rope;
  const bool wanted = rope.switches() && static_cast<std::int64_t>(tokens_.size()) > rope.original_context;
  if (wanted == long_rope_) return;
  long_rope_ = wanted;
  kv_.truncate(0);  // every position turns by other angles now
}

void Sequence::make_room() {
  const auto n = static_cast<std::int64_t>(tokens_.size());
  const std::int64_t keep = std::min(request_.keep, n_ctx_ / 2);
  const std::int64_t drop = std::max<std::int64_t>(1, (n - keep) / 2);
  tokens_.erase(tokens_.begin() + keep, tokens_.begin() + keep + drop);
  // Positions are part of what the cache holds, so what stands behind the gap is evaluated again.
  kv_.truncate(std::min(keep, kv_.size()));
}

bool Sequence::has_room() const {
  const auto n = static_cast<std::int64_t>(tokens_.size());
  const bool one_is_left =
      request_.max_tokens >= 0 && request_.max_tokens - static_cast<std::int64_t>(result_.ids.size()) <= 1;
  return n < n_ctx_ || (n == n_ctx_ && one_is_left);
}

bool Sequence::wants_all_logits() const {
  return request_.prompt_logprobs &&
         static_cast<std::int64_t>(result_.prompt_logprobs.size()) + 1 < result_.stats.prompt_tokens;
}

std::int64_t Sequence::most_reusable() const {
  if (wants_all_logits()) return static_cast<std::int64_t>(result_.prompt_logprobs.size());
  return static_cast<std::int64_t>(tokens_.size()) - 1;
}

void Sequence::begin() {
  started_ = Clock::now();
  if (request_.on_start) request_.on_start(result_.stats.prompt_tokens, result_.stats.reused_tokens);
  if (request_.max_tokens == 0 && !request_.prompt_logprobs) finish(FinishReason::kLength);
}

void Sequence::reuse(std::span<const KvPage> pages, std::int64_t n) {
  assert(n > kv_.size() && n <= most_reusable());
  // Of what it evaluated itself, and lost, it is no merit to have it back.
  if (result_.ids.empty())
    result_.stats.reused_tokens += std::max<std::int64_t>(0, n - std::max(evaluated_, kv_.size()));
  kv_.adopt(pages, n);
  evaluated_ = std::max(evaluated_, n);
}

std::int64_t Sequence::find_draft(std::int64_t most) {
  draft_.tokens.clear();
  if (pending() != 1 || done() || wants_all_logits()) return 0;
  const auto n = static_cast<std::int64_t>(tokens_.size());
  // Behind the last guess another token is chosen; all of them must fit the answer, the context and one set of angles.
  if (request_.max_tokens >= 0)
    most = std::min(most, request_.max_tokens - static_cast<std::int64_t>(result_.ids.size()) - 1);
  most = std::max<std::int64_t>(0, std::min(most, n_ctx_ - n - 1));
  const RopeSpec& rope = model_.spec.rope;
  if (rope.switches() && !long_rope_) most = std::min(most, rope.original_context - n);
  hearth::find_draft(tokens_, most, draft_);
  return static_cast<std::int64_t>(draft_.tokens.size());
}

SequenceInput Sequence::next_input(std::int64_t max_tokens) {
  n_drafted_ = 0;
  if (pending() == 1 && max_tokens > 1) {
    n_drafted_ = std::min(draft_.tokens.size(), static_cast<std::size_t>(max_tokens - 1));
    drafted_input_.assign(1, tokens_.back());
    drafted_input_.insert(drafted_input_.end(), draft_.tokens.begin(),
                          draft_.tokens.begin() + static_cast<std::ptrdiff_t>(n_drafted_));
  }
  const std::int64_t n = std::min(pending(), max_tokens);
  SequenceInput input;
  input.sequence = &kv_;
  input.tokens = tokens().subspan(static_cast<std::size_t>(kv_.size()), static_cast<std::size_t>(n));
  input.output = n == pending() ? Output::kLastLogits : Output::kNothing;
  if (n_drafted_ > 0) input.tokens = drafted_input_;
  if (n_drafted_ > 0 || wants_all_logits()) input.output = Output::kAllLogits;
  input.adapter = request_.adapter;
  input.long_rope = long_rope_;
  evaluated_ = std::max(evaluated_, kv_.size() + n);
  return input;
}

bool Sequence::is_stop_token(TokenId id) const {
  return !request_.ignore_eos && std::binary_search(model_.stop_tokens.begin(), model_.stop_tokens.end(), id);
}

void Sequence::choose(std::span<const float> rows, std::vector<float>& scratch) {
  try {
    take_prompt_logprobs(rows);
    const auto n_vocab = static_cast<std::size_t>(model_.spec.n_vocab);
    chosen_.clear();
    if (pending() <= 0 && request_.max_tokens != 0) choose_tokens(rows.last((n_drafted_ + 1) * n_vocab), scratch);
  } catch (...) {
    fail(std::current_exception());
  }
}

void Sequence::take_prompt_logprobs(std::span<const float> rows) {
  const auto n_vocab = static_cast<std::size_t>(model_.spec.n_vocab);
  const std::size_t n = rows.size() / n_vocab;
  const std::size_t first = static_cast<std::size_t>(kv_.size()) - n;
  for (std::size_t row = 0; row < n && wants_all_logits(); ++row) {
    if (first + row != result_.prompt_logprobs.size()) continue;  // known from before it was interrupted
    result_.prompt_logprobs.push_back(token_logprob(rows.subspan(row * n_vocab, n_vocab), tokens_[first + row + 1],
                                                    request_.logprobs, model_.tokenizer->vocab_size()));
  }
}

void Sequence::choose_tokens(std::span<const float> rows, std::vector<float>& scratch) {
  const auto n_vocab = static_cast<std::size_t>(model_.spec.n_vocab);
  for (std::size_t n = 0; n <= n_drafted_;) {
    choose_token(rows.subspan(n * n_vocab, n_vocab), scratch);
    if (chosen_.size() == n || is_stop_token(chosen_.back().id)) return;
    // The row behind a token is that of the guess only if the guess was this token.
    for (; n < chosen_.size(); ++n) {
      if (n == n_drafted_ || chosen_[n].id != draft_.tokens[n]) return;
    }
  }
}

void Sequence::choose_token(std::span<const float> row, std::vector<float>& scratch) {
  if (matcher_ && matcher_->must_end()) return;  // a grammar of the empty text, or it ended with a guess
  Chosen chosen;
  chosen.forced = !forced_.empty() && matcher_->accept(forced_.front());
  if (chosen.forced) {
    chosen.id = forced_.front();
    forced_.pop_front();
  } else {
    chosen.id = sample(row, scratch);
    if (is_stop_token(chosen.id)) return chosen_.push_back(std::move(chosen));
    if (matcher_ && !matcher_->accept(chosen.id)) {
      throw Error(ErrorCode::kInternal,
                  fmt::format("token {} was sampled, but the grammar does not allow it", chosen.id));
    }
    if (matcher_) {
      const std::vector<TokenId> forced = matcher_->forced_tokens();
      forced_.assign(forced.begin(), forced.end());
    }
  }
  if (request_.logprobs >= 0) {
    chosen.logprob = token_logprob(row, chosen.id, request_.logprobs, model_.tokenizer->vocab_size());
    return add_chosen(std::move(chosen));
  }
  add_chosen(std::move(chosen));
  for (const TokenId id : std::exchange(forced_, {})) {
    if (!matcher_->accept(id)) break;
    add_chosen({id, true});
  }
}

void Sequence::add_chosen(Chosen chosen) {
  sampler_.accept(chosen.id);
  chosen_.push_back(std::move(chosen));
}

TokenId Sequence::sample(std::span<const float> row, std::vector<float>& scratch) {
  scratch.assign(row.begin(), row.end());
  // Rows of the matrix that stand for no token: some models round their vocabulary up.
  for (auto i = static_cast<std::size_t>(model_.tokenizer->vocab_size()); i < scratch.size(); ++i) {
    scratch[i] = -std::numeric_limits<float>::infinity();
  }
  return sampler_.sample(scratch, allowed_tokens());
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

void Sequence::advance() {
  if (done()) return;
  settle_draft();
  if (pending() > 0) return;
  if (request_.max_tokens == 0) return finish(FinishReason::kLength);
  if (chosen_.empty()) return finish(FinishReason::kStop);
  last_token_ = Clock::now();
  if (result_.stats.generated_tokens == 0) first_token_ = last_token_;
  std::vector<Chosen> chosen = std::exchange(chosen_, {});
  for (std::size_t i = 0; i < chosen.size() && !done(); ++i) {
    ++result_.stats.generated_tokens;
    if (chosen[i].forced) ++result_.stats.forced_tokens;
    if (!chosen[i].forced && is_stop_token(chosen[i].id)) {
      finish(FinishReason::kStop);
      break;
    }
    take_token(std::move(chosen[i]), i + 1 == chosen.size());
  }
  // Where the answer ended within what was guessed.
  kv_.truncate(std::min(kv_.size(), static_cast<std::int64_t>(tokens_.size())));
  if (!done()) start_long_rope_if_needed();
}

void Sequence::settle_draft() {
  if (draft_.tokens.empty()) return;
  std::size_t right = 0;
  while (right < n_drafted_ && right < chosen_.size() && chosen_[right].id == draft_.tokens[right]) ++right;
  if (n_drafted_ > 0) {
    kv_.truncate(static_cast<std::int64_t>(tokens_.size() + right));
    chances_.learn(draft_.match, static_cast<std::int64_t>(right), right < n_drafted_ && right < chosen_.size());
    result_.stats.drafted_tokens += static_cast<std::int64_t>(n_drafted_);
    result_.stats.accepted_tokens += static_cast<std::int64_t>(right);
  } else if (!chosen_.empty()) {
    const bool would_be_right = chosen_.front().id == draft_.tokens.front();
    chances_.learn(draft_.match, would_be_right ? 1 : 0, !would_be_right);
  }
  n_drafted_ = 0;
  draft_.tokens.clear();
}

void Sequence::take_token(Chosen chosen, bool last) {
  result_.ids.push_back(chosen.id);
  tokens_.push_back(chosen.id);
  switch (writer_.push(chosen.id, std::move(chosen.logprob))) {
    case AnswerWriter::State::kOpen: break;
    case AnswerWriter::State::kStopped: finish_reason_ = FinishReason::kStop; return;
    case AnswerWriter::State::kCancelled: finish_reason_ = FinishReason::kCancelled; return;
  }
  if (last && matcher_ && matcher_->must_end()) return finish(FinishReason::kStop);
  if (request_.max_tokens >= 0 && static_cast<std::int64_t>(result_.ids.size()) >= request_.max_tokens)
    return finish(FinishReason::kLength);
  if (!has_room()) {
    if (!request_.context_shift) return finish(FinishReason::kLength);
    make_room();
  }
}

void Sequence::check_limits(Clock::time_point now) {
  if (done()) return;
  if (request_.cancel != nullptr && request_.cancel->load(std::memory_order_relaxed))
    return finish(FinishReason::kCancelled);
  if (!request_.deadline || now < *request_.deadline) return;
  fail(std::make_exception_ptr(
      Error(ErrorCode::kTimeout,
            started_ ? fmt::format("the time for the answer was over after {} tokens of it", result_.ids.size())
                     : "the time for the answer was over before its turn came",
            "give it more time, ask for fewer tokens, or try again when less is going on")));
}

void Sequence::finish(FinishReason reason) {
  finish_reason_ = reason;
  if (writer_.finish()) finish_reason_ = FinishReason::kStop;
}

Generation Sequence::take_result() {
  assert(done());
  if (error_ != nullptr) std::rethrow_exception(error_);
  result_.finish_reason = *finish_reason_;
  result_.text = writer_.text();
  result_.stop_text = writer_.stop();
  result_.logprobs = std::move(writer_.logprobs());
  if (result_.stats.generated_tokens > 0) {
    result_.stats.prompt_seconds = seconds(*started_, first_token_);
    result_.stats.generate_seconds = seconds(first_token_, last_token_);
  }
  return std::move(result_);
}

}  // namespace hearth
