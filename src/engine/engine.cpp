#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::int64_t kDefaultContext = 8192;  // enough for a long talk; more costs memory that nobody asked for
constexpr std::int64_t kMaxLogits = 1 << 25;    // 128 MiB
constexpr std::size_t kIdleCaches = 1;          // the conversation that is going on

std::int64_t checked_chunk(std::int64_t chunk) {
  if (chunk < 1)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the prefill chunk is {}; it must be at least 1", chunk));
  return chunk;
}

/// What a model's makers recommend comes from a file and may be nonsense.
void check_recommended(const LoadedModel& model) {
  try {
    validate(model.sampling);
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: in its recommended sampling {}", model.path, error.message()),
                "correct generation_config.json or the file's general.sampling keys");
  }
}

}  // namespace

std::int64_t choose_context(const TransformerSpec& spec, std::int64_t wanted) {
  if (wanted == 0) return std::min(spec.context_length, spec.generates() ? kDefaultContext : spec.context_length);
  if (wanted < 2 || wanted > spec.context_length) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a context of {} tokens; this model takes from 2 to {}", wanted, spec.context_length));
  }
  return wanted;
}

DType choose_kv_type(const std::string& name, bool embedder, DType weight_dtype) {
  if (name == "auto") return embedder || !is_quantized(weight_dtype) ? DType::kF32 : DType::kF16;
  const auto dtype = dtype_from_name(name);
  if (!dtype || (*dtype != DType::kF32 && *dtype != DType::kF16 && *dtype != DType::kBF16)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the KV cache type '{}' is unknown", name),
                "use auto, f32, f16 or bf16");
  }
  return *dtype;
}

Engine::Engine(std::shared_ptr<const LoadedModel> model, const ModelOptions& options)
    : model_(std::move(model)),
      n_ctx_(choose_context(model_->spec, options.context)),
      prefill_chunk_(checked_chunk(options.prefill_chunk)),
      pool_(options.threads),
      kernels_{pool_, kernel_table(), options.exact ? Precision::kExact : Precision::kFast},
      pages_(model_->spec,
             choose_kv_type(options.kv_type, !model_->spec.generates(), model_->weights.layers.front().q.weight.dtype)),
      transformer_(model_->spec, model_->weights) {
  check_recommended(*model_);
}

std::uint64_t Engine::memory_bytes() const {
  return model_->file_bytes + pages_.bytes_in_use() + transformer_.scratch_bytes();
}

std::shared_ptr<const TokenVocabulary> Engine::vocabulary() {
  if (vocabulary_ == nullptr)
    vocabulary_ = std::make_shared<const TokenVocabulary>(*model_->tokenizer, model_->spec.n_vocab);
  return vocabulary_;
}

Sequence* Engine::start(SequenceRequest request) {
  CachedTokens cache = take_cache(request.prompt);
  sequences_.push_back(std::make_unique<Sequence>(*model_, n_ctx_, std::move(request), std::move(cache)));
  return sequences_.back().get();
}

CachedTokens Engine::take_cache(const std::vector<TokenId>& prompt) {
  const auto shared = [&prompt](const CachedTokens& cache) {
    return std::mismatch(cache.tokens.begin(), cache.tokens.end(), prompt.begin(), prompt.end()).first -
           cache.tokens.begin();
  };
  const auto best = std::max_element(idle_caches_.begin(), idle_caches_.end(),
                                     [&](const auto& a, const auto& b) { return shared(a) < shared(b); });
  if (best == idle_caches_.end()) return {{}, std::make_unique<KvSequence>(pages_), false};
  CachedTokens cache = std::move(*best);
  idle_caches_.erase(best);
  return cache;
}

std::vector<SequenceInput> Engine::next_batch(std::vector<Sequence*>& members) {
  std::vector<SequenceInput> batch;
  std::int64_t room = prefill_chunk_;
  const auto take = [&](Sequence& sequence, std::int64_t n) {
    batch.push_back(sequence.next_input(n));
    members.push_back(&sequence);
  };
  for (const auto& sequence : sequences_) {
    if (!sequence->done() && sequence->pending() == 1) take(*sequence, 1);
  }
  for (const auto& sequence : sequences_) {
    if (sequence->done() || sequence->pending() == 1 || room == 0) continue;
    const std::int64_t n = std::min(room, sequence->pending());
    take(*sequence, n);
    room -= n;
  }
  return batch;
}

bool Engine::step() {
  for (const auto& sequence : sequences_) sequence->check_cancelled();
  std::vector<Sequence*> members;
  const std::vector<SequenceInput> batch = next_batch(members);
  if (batch.empty()) return false;
  std::span<const float> logits;
  try {
    logits = transformer_.forward(batch, kernels_);
  } catch (...) {  // the pass failed as a whole: nobody in it can go on
    for (Sequence* member : members) member->fail(std::current_exception());
    return true;
  }
  const auto n_vocab = static_cast<std::size_t>(model_->spec.n_vocab);
  std::size_t row = 0;
  std::vector<float> own(n_vocab);
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (batch[i].output == Output::kNothing) continue;
    const auto from = logits.subspan(row++ * n_vocab, n_vocab);
    std::copy(from.begin(), from.end(), own.begin());
    try {
      members[i]->take_logits(own);
    } catch (...) {
      members[i]->fail(std::current_exception());
    }
  }
  return true;
}

Generation Engine::finish(Sequence* sequence) {
  const auto found =
      std::find_if(sequences_.begin(), sequences_.end(), [&](const auto& s) { return s.get() == sequence; });
  assert(found != sequences_.end() && sequence->done());
  const std::unique_ptr<Sequence> owner = std::move(*found);
  sequences_.erase(found);
  Generation result = owner->result();  // a failed sequence throws here, and its cache goes with it
  if (idle_caches_.size() == kIdleCaches) idle_caches_.erase(idle_caches_.begin());
  idle_caches_.push_back(owner->release());
  return result;
}

void Engine::evaluate(std::span<const TokenId> ids, Output output, const Adapter* adapter, std::int64_t chunk,
                      const std::function<void(std::span<const float> rows)>& each) {
  const TransformerSpec& spec = model_->spec;
  const auto n = static_cast<std::int64_t>(ids.size());
  if (n == 0) throw Error(ErrorCode::kInvalidArgument, "there are no tokens to evaluate", "give at least one token");
  if (n > n_ctx_) {
    throw Error(ErrorCode::kContextLimit, fmt::format("{} tokens do not fit the context of {}", n, n_ctx_),
                "shorten the text or use a larger context");
  }
  if (chunk < 0) throw Error(ErrorCode::kInvalidArgument, fmt::format("the chunk is {}; it must be positive", chunk));
  if (chunk == 0) chunk = prefill_chunk_;
  // All logits of a batch are held at once: with a large vocabulary fewer tokens go together.
  if (output == Output::kAllLogits) chunk = std::clamp<std::int64_t>(kMaxLogits / spec.n_vocab, 1, chunk);
  if (!spec.causal) chunk = n;
  KvSequence sequence(pages_);
  for (std::int64_t begin = 0; begin < n; begin += chunk) {
    SequenceInput input;
    input.sequence = &sequence;
    input.tokens = ids.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(std::min(chunk, n - begin)));
    input.output = output;
    input.adapter = adapter;
    input.long_rope = spec.rope.switches() && n > spec.rope.original_context;
    each(transformer_.forward(std::span(&input, 1), kernels_));
  }
}

}  // namespace hearth
