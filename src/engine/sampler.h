// From logits to one token: the chain that SamplingParams describes. No model, no text beyond DRY's breakers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hearth/sampling.h"

namespace hearth {

class Tokenizer;

/// State of one sequence's sampling. Same params, seed, history and logits give the same tokens, on every machine.
class Sampler {
 public:
  /// `tokenizer` finds the tokens that contain DRY's sequence breakers; it must outlive the sampler. Errors: as validate(), and
  /// kInvalidArgument for a logit_bias id outside the vocabulary.
  Sampler(const SamplingParams& params, const Tokenizer& tokenizer, std::int64_t n_vocab);

  /// Tells what stands in the sequence: the prompt's tokens, then each token that was kept.
  void accept(TokenId id);
  /// Picks from logits [n_vocab], which it may change. Not-a-number counts as -infinity; when nothing is left to pick from:
  /// Error kInternal "the model gave no usable logits".
  TokenId sample(std::span<float> logits);

  std::uint64_t seed() const { return seed_; }

 private:
  struct State;
  std::uint64_t seed_ = 0;
  SamplingParams params_;
};

}  // namespace hearth
