// One loaded model serving requests: it runs the passes that a Scheduler plans, hands logits to sequences, and embeds.
// One thread steps it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "engine/embed_queue.h"
#include "engine/prefix_cache.h"
#include "engine/scheduler.h"
#include "engine/sequence.h"
#include "hearth/model.h"
#include "kernels/context.h"
#include "model/kv_cache.h"
#include "model/loaded_model.h"
#include "model/transformer.h"

namespace hearth {

struct EngineLimits {
  std::int64_t max_running = std::numeric_limits<std::int64_t>::max();  ///< sequences evaluated together
  std::size_t max_kv_bytes = KvPagePool::kUnlimited;                    ///< of sequences and kept prefixes
  /// Tokens of ended sequences kept for those that begin alike; 0: as many as one sequence may hold.
  std::int64_t max_kept_tokens = 0;
  double pass_seconds = 0;        ///< as SchedulerOptions::pass_seconds
  std::int64_t draft_tokens = 0;  ///< as SchedulerOptions::draft_tokens
};

class Engine {
 public:
  /// Errors: kInvalidArgument for options that do not fit the model (a context beyond what it was trained for, an
  /// unknown KV type).
  Engine(std::shared_ptr<const LoadedModel> model, const ModelOptions& options, const EngineLimits& limits = {});

  const LoadedModel& model() const { return *model_; }
  std::int64_t context() const { return n_ctx_; }
  /// Weights as mapped, cache and scratch.
  std::uint64_t memory_bytes() const { return model_->file_bytes + kv_bytes() + scratch_bytes(); }
  std::uint64_t kv_bytes() const { return pages_.bytes_held(); }
  std::uint64_t kv_limit_bytes() const { return pages_.max_bytes(); }
  std::uint64_t scratch_bytes() const { return transformer_.scratch_bytes() + embed_pages_.bytes_held(); }
  const Scheduler& scheduler() const { return scheduler_; }
  const PrefixCache& prefixes() const { return prefixes_; }
  std::uint64_t passes() const { return passes_; }  ///< forward passes of step() and embed_step()

  /// The model's tokens for grammars, made when it is first asked for. Any thread.
  std::shared_ptr<const TokenVocabulary> vocabulary();
  /// Checks and prepares a request. Any thread. Errors: as Sequence's constructor; kContextLimit where the cache could
  /// never hold the prompt.
  std::unique_ptr<Sequence> make(SequenceRequest request);

  /// Queues a request; it moves with each step(). The pointer is good until finish().
  Sequence* add(std::unique_ptr<Sequence> sequence) { return scheduler_.add(std::move(sequence)); }
  Sequence* start(SequenceRequest request) { return add(make(std::move(request))); }
  /// One forward pass, as Scheduler plans it. Returns whether any sequence is still at work. What fails in one sequence
  /// ends that sequence alone.
  bool step();
  /// The answer of a sequence that is done. Throws what made it fail.
  Generation finish(Sequence* sequence);

  EmbedQueue& embeds() { return embeds_; }
  /// One forward pass for texts to embed. Returns whether any are left.
  bool embed_step();

  /// Frees kept prefixes and unused pages.
  void drop_caches();

  /// Logits [n, n_vocab] of ids, or hidden states [n, n_embd] of an embedder; `chunk` tokens at a time (0: the engine's
  /// own), which a model that looks both ways cannot do. `each` gets the rows as they come, in order. Errors:
  /// kContextLimit, kInvalidArgument.
  void evaluate(std::span<const TokenId> ids, Output output, const Adapter* adapter, std::int64_t chunk,
                const std::function<void(std::span<const float> rows)>& each);

 private:
  void forward(std::span<const Scheduler::Part> parts);
  void choose(std::span<const Scheduler::Part> parts, std::span<const SequenceInput> inputs,
              std::span<const float> logits);

  std::shared_ptr<const LoadedModel> model_;
  std::int64_t n_ctx_;
  std::int64_t prefill_chunk_;
  ThreadPool pool_;
  KernelContext kernels_;
  KvPagePool pages_;
  KvPagePool embed_pages_;  ///< of texts being embedded: nothing is left of them
  Transformer transformer_;
  PrefixCache prefixes_;
  Scheduler scheduler_;
  EmbedQueue embeds_;
  std::uint64_t passes_ = 0;
  std::vector<std::vector<float>> row_copies_;  ///< a worker
  std::once_flag vocabulary_once_;
  std::shared_ptr<const TokenVocabulary> vocabulary_;
};

/// Tokens that one sequence may hold: `wanted`, or where that is 0 the model's own up to a sensible default. Errors:
/// kInvalidArgument.
std::int64_t choose_context(const TransformerSpec& spec, std::int64_t wanted);
/// The KV type that `name` asks for; "auto" is F32 for embedders and unquantised weights, whose quality it
/// must not spoil, else F16. Errors: kInvalidArgument.
DType choose_kv_type(const std::string& name, bool embedder, DType weight_dtype);
const char* kv_type_name(DType dtype);  ///< "f32", "f16", "bf16", "q8" (I8)
/// The same for a model as it was loaded.
DType choose_kv_type(const LoadedModel& model, const ModelOptions& options);

}  // namespace hearth
