// One loaded model serving requests: it forms batches, runs the forward pass, hands logits to sequences, and keeps the
// caches of finished ones for reuse. One thread steps it. The scheduler that queues, ranks and preempts requests comes
// on top of step().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "engine/sequence.h"
#include "hearth/model.h"
#include "kernels/context.h"
#include "model/kv_cache.h"
#include "model/loaded_model.h"
#include "model/transformer.h"

namespace hearth {

class Engine {
 public:
  /// Errors: kInvalidArgument for options that do not fit the model (a context beyond what it was trained for, an
  /// unknown KV type).
  Engine(std::shared_ptr<const LoadedModel> model, const ModelOptions& options);

  const LoadedModel& model() const { return *model_; }
  std::int64_t context() const { return n_ctx_; }
  /// Weights as mapped, cache and scratch.
  std::uint64_t memory_bytes() const;

  /// The model's tokens for grammars, made when it is first asked for.
  std::shared_ptr<const TokenVocabulary> vocabulary();

  /// Starts a request; it moves with each step(). The pointer is good until finish(). Errors: as Sequence's
  /// constructor.
  Sequence* start(SequenceRequest request);
  /// One forward pass: the next token of every sequence that is decoding and, up to the prefill chunk, prompt tokens of
  /// the others. Returns whether any sequence is still at work. What fails in one sequence ends that sequence alone.
  bool step();
  /// The answer of a sequence that is done; its cache is kept for the next request. Throws what made it fail.
  Generation finish(Sequence* sequence);

  /// Logits [n, n_vocab] of ids, or hidden states [n, n_embd] of an embedder; `chunk` tokens at a time (0: the engine's
  /// own), which a model that looks both ways cannot do. `each` gets the rows as they come, in order. Errors:
  /// kContextLimit, kInvalidArgument.
  void evaluate(std::span<const TokenId> ids, Output output, const Adapter* adapter, std::int64_t chunk,
                const std::function<void(std::span<const float> rows)>& each);

 private:
  CachedTokens take_cache(const std::vector<TokenId>& prompt);
  std::vector<SequenceInput> next_batch(std::vector<Sequence*>& members);

  std::shared_ptr<const LoadedModel> model_;
  std::int64_t n_ctx_;
  std::int64_t prefill_chunk_;
  ThreadPool pool_;
  KernelContext kernels_;
  KvPagePool pages_;
  Transformer transformer_;
  std::vector<std::unique_ptr<Sequence>> sequences_;
  std::shared_ptr<const TokenVocabulary> vocabulary_;
  std::vector<CachedTokens> idle_caches_;  ///< of finished sequences, oldest first
};

/// Tokens that one sequence may hold: `wanted`, or where that is 0 the model's own up to a sensible default. Errors:
/// kInvalidArgument.
std::int64_t choose_context(const TransformerSpec& spec, std::int64_t wanted);
/// The KV type that `name` asks for; "auto" is F32 for embedders and unquantised weights, whose quality it
/// must not spoil, else F16. Errors: kInvalidArgument.
DType choose_kv_type(const std::string& name, bool embedder, DType weight_dtype);

}  // namespace hearth
