// The one forward pass: tokens of one or many sequences in, logits or hidden states out. It reads a TransformerSpec and
// knows no family. Read order: embed → layers (attention, feed-forward) → output.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "hearth/sampling.h"
#include "kernels/context.h"
#include "model/kv_cache.h"
#include "model/lora.h"
#include "model/transformer_spec.h"
#include "model/weights.h"

namespace hearth {

enum class Output {
  kNothing,     ///< only fill the cache
  kLastLogits,  ///< logits of the last token
  kAllLogits,   ///< logits of every token
  kAllHidden    ///< the last hidden state of every token, after the final norm
};

/// Tokens that continue one sequence: they take the positions from sequence->size() on. A bidirectional model must be
/// given a whole sequence at once (on an empty KvSequence).
struct SequenceInput {
  KvSequence* sequence = nullptr;
  std::span<const TokenId> tokens;
  Output output = Output::kLastLogits;
  const Adapter* adapter = nullptr;
  bool long_rope = false;  ///< LongRoPE: this sequence uses the long factors; must not change while it lasts
};

class Transformer {
 public:
  /// Keeps references: spec and weights must outlive it.
  Transformer(const TransformerSpec& spec, const Weights& weights);
  ~Transformer();

  /// Evaluates all inputs in one batch. The result is one row per wanted output, in order of the inputs: [n_rows,
  /// n_vocab] for logits, [n_rows, n_embd] for hidden states (one call asks for one kind); valid until the next call.
  /// Rows do not depend on what else is in the batch. Errors: kInvalidArgument for a token outside the vocabulary or a
  /// position beyond the learned ones; the sequences are then unchanged.
  std::span<const float> forward(std::span<const SequenceInput> inputs, KernelContext& context);

  const TransformerSpec& spec() const { return spec_; }
  std::size_t scratch_bytes() const;

 private:
  struct Scratch;
  struct Batch;
  void check(std::span<const SequenceInput> inputs) const;
  void embed(const Batch& batch, KernelContext& context);
  void attention_part(const Batch& batch, std::int64_t layer, const float* x, float* out, KernelContext& context);
  void feed_forward_part(const Batch& batch, std::int64_t layer, const float* x, float* out, KernelContext& context);
  struct Use;
  void linear(const Batch& batch, std::initializer_list<Use> uses, std::int64_t layer, const float* x,
              KernelContext& context);
  void normalize(const float* x, std::int64_t n_rows, std::int64_t n, const Norm& norm, float* y,
                 KernelContext& context) const;
  std::span<const float> output(const Batch& batch, KernelContext& context);

  const TransformerSpec& spec_;
  const Weights& weights_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace hearth
