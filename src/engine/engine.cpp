#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::int64_t kDefaultContext = 8192;  // enough for a long talk; more costs memory that nobody asked for
constexpr std::int64_t kMaxLogits = 1 << 25;    // 128 MiB
constexpr std::size_t kMostIdleEmbedBytes = std::size_t{64} << 20;

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

SchedulerOptions scheduler_options(const TransformerSpec& spec, const ModelOptions& model, const EngineLimits& limits) {
  SchedulerOptions options;
  options.max_running = limits.max_running;
  options.prefill_chunk = model.prefill_chunk;
  options.speculation = model.speculation;
  options.draft_tokens = limits.draft_tokens;
  options.pass_seconds = limits.pass_seconds;
  options.max_logit_rows = std::max<std::int64_t>(1, kMaxLogits / spec.n_vocab);
  return options;
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
  if (name == kv_type_name(DType::kI8)) return DType::kI8;
  const auto dtype = dtype_from_name(name);
  if (!dtype || *dtype == DType::kI8 || !is_kv_dtype(*dtype)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the KV cache type '{}' is unknown", name),
                "use auto, f32, f16, bf16 or q8");
  }
  return *dtype;
}

const char* kv_type_name(DType dtype) {
  switch (dtype) {
    case DType::kF32: return "f32";
    case DType::kF16: return "f16";
    case DType::kBF16: return "bf16";
    default: return "q8";
  }
}

DType choose_kv_type(const LoadedModel& model, const ModelOptions& options) {
  return choose_kv_type(options.kv_type, !model.spec.generates(), model.weights.layers.front().q.weight.dtype);
}

Engine::Engine(std::shared_ptr<const LoadedModel> model, const ModelOptions& options, const EngineLimits& limits)
    : model_(std::move(model)),
      n_ctx_(choose_context(model_->spec, options.context)),
      prefill_chunk_(checked_chunk(options.prefill_chunk)),
      pool_(options.threads),
      kernels_{pool_, kernel_table(), options.exact ? Precision::kExact : Precision::kFast},
      pages_(model_->spec, choose_kv_type(*model_, options), limits.max_kv_bytes),
      embed_pages_(model_->spec, choose_kv_type(*model_, options)),
      transformer_(model_->spec, model_->weights),
      prefixes_(kv_pages_for(limits.max_kept_tokens == 0 ? n_ctx_ : limits.max_kept_tokens)),
      scheduler_(pages_, prefixes_, scheduler_options(model_->spec, options, limits)),
      embeds_(model_->spec, embed_pages_, prefill_chunk_),
      row_copies_(static_cast<std::size_t>(pool_.size())) {
  check_recommended(*model_);
}

std::shared_ptr<const TokenVocabulary> Engine::vocabulary() {
  std::call_once(vocabulary_once_, [this] {
    vocabulary_ = std::make_shared<const TokenVocabulary>(*model_->tokenizer, model_->spec.n_vocab);
  });
  return vocabulary_;
}

std::unique_ptr<Sequence> Engine::make(SequenceRequest request) {
  const auto n_prompt = static_cast<std::int64_t>(request.prompt.size());
  const bool shifts = request.context_shift && n_prompt >= n_ctx_;
  if (!shifts && n_prompt <= n_ctx_ && kv_pages_for(std::min(n_prompt + 1, n_ctx_)) > pages_.max_pages()) {
    throw Error(
        ErrorCode::kContextLimit,
        fmt::format("the prompt has {} tokens; the KV cache holds {} in its {} bytes and the answer needs room",
                    n_prompt, static_cast<std::int64_t>(pages_.max_pages()) * kKvPageTokens, pages_.max_bytes()),
        "shorten the prompt or give the cache more memory");
  }
  return std::make_unique<Sequence>(*model_, n_ctx_, pages_, std::move(request));
}

bool Engine::step() {
  const std::vector<Scheduler::Part> parts = scheduler_.plan();
  if (!parts.empty()) forward(parts);
  scheduler_.settle();
  return !scheduler_.idle();
}

void Engine::forward(std::span<const Scheduler::Part> parts) {
  const auto begin = std::chrono::steady_clock::now();
  ++passes_;
  std::int64_t n_tokens = 0;
  try {
    std::vector<SequenceInput> inputs;
    for (const Scheduler::Part& part : parts) {
      inputs.push_back(part.sequence->next_input(part.tokens));
      n_tokens += part.tokens;
    }
    const std::span<const float> logits = transformer_.forward(inputs, kernels_);
    choose(parts, inputs, logits);
  } catch (...) {  // the pass failed as a whole: nobody in it can go on
    for (const Scheduler::Part& part : parts) part.sequence->fail(std::current_exception());
    return;
  }
  scheduler_.took(n_tokens, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  for (const Scheduler::Part& part : parts) {
    try {
      part.sequence->advance();
    } catch (...) {
      part.sequence->fail(std::current_exception());
    }
  }
}

void Engine::choose(std::span<const Scheduler::Part> parts, std::span<const SequenceInput> inputs,
                    std::span<const float> logits) {
  struct Rows {
    Sequence* sequence;
    std::span<const float> logits;
  };
  const auto n_vocab = static_cast<std::size_t>(model_->spec.n_vocab);
  std::vector<Rows> rows;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (inputs[i].output == Output::kNothing) continue;
    const std::size_t n = inputs[i].output == Output::kLastLogits ? n_vocab : inputs[i].tokens.size() * n_vocab;
    rows.push_back({parts[i].sequence, logits.subspan(begin, n)});
    begin += n;
  }
  pool_.parallel_for(static_cast<std::int64_t>(rows.size()), 1, [&](std::int64_t first, std::int64_t last, int worker) {
    for (std::int64_t i = first; i < last; ++i) {
      const Rows& each = rows[static_cast<std::size_t>(i)];
      each.sequence->choose(each.logits, row_copies_[static_cast<std::size_t>(worker)]);
    }
  });
}

Generation Engine::finish(Sequence* sequence) {
  assert(sequence->done());
  return scheduler_.remove(sequence)->take_result();
}

bool Engine::embed_step() {
  ++passes_;
  const bool more = embeds_.step(transformer_, kernels_);
  // A long text's pages would lie there for nothing until the next one comes.
  if (!more && embed_pages_.bytes_held() > kMostIdleEmbedBytes) embed_pages_.trim();
  return more;
}

void Engine::drop_caches() {
  prefixes_.clear();
  pages_.trim();
  embed_pages_.trim();
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
  KvSequence sequence(embed_pages_);
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
