// From logits to one token: the chain that SamplingParams describes. No model, no text beyond DRY's breakers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "hearth/sampling.h"

namespace hearth {

class Tokenizer;

/// State of one sequence's sampling. Same params, seed, history and logits give the same tokens, on every machine.
/// Thread-safe: no; different samplers may run at the same time.
class Sampler {
 public:
  /// `tokenizer` finds the tokens that contain DRY's sequence breakers; it must outlive the sampler. Errors: as
  /// validate(), and kInvalidArgument for a logit_bias id outside the vocabulary.
  Sampler(const SamplingParams& params, const Tokenizer& tokenizer, std::int64_t n_vocab);
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;
  ~Sampler();

  /// Tells what stands in the sequence: the prompt's tokens, then each token that was kept. Errors: kInvalidArgument
  /// for an id outside the vocabulary.
  void accept(TokenId id);
  /// Picks from logits [n_vocab], which it may change. Not-a-number counts as -infinity; when nothing is left to pick
  /// from: Error kInternal "the model gave no usable logits". `allowed`, when not empty, holds a bit a token (token i:
  /// bit i % 64 of word i / 64); the others are out before anything else. Errors: kInvalidArgument when logits or mask
  /// have the wrong size; kInternal when the mask leaves nothing; SamplingError where logit_bias bans what was left.
  TokenId sample(std::span<float> logits, std::span<const std::uint64_t> allowed = {});

  std::uint64_t seed() const { return seed_; }

 private:
  struct State;
  std::uint64_t seed_ = 0;
  SamplingParams params_;
  std::unique_ptr<State> state_;
};

}  // namespace hearth
