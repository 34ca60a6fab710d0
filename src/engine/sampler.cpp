#include "engine/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <random>

#include "engine/sampling/candidates.h"
#include "engine/sampling/dry.h"
#include "engine/sampling/finite.h"
#include "engine/sampling/mirostat.h"
#include "engine/sampling/penalties.h"
#include "engine/sampling/random.h"
#include "engine/sampling/reduce.h"
#include "engine/sampling/truncation.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

std::uint64_t fresh_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

void check_id(TokenId id, std::int64_t n_vocab, const char* what) {
  if (id >= 0 && id < n_vocab) return;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} {} is outside the vocabulary of {}", what, id, n_vocab));
}

void apply_mask(std::span<float> logits, std::span<const std::uint64_t> allowed) {
  for (std::size_t word = 0; word * 64 < logits.size(); ++word) {
    const auto part = logits.subspan(word * 64, std::min<std::size_t>(64, logits.size() - word * 64));
    for (std::uint64_t forbidden = ~allowed[word]; forbidden != 0; forbidden &= forbidden - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(forbidden));
      if (bit >= part.size()) break;
      part[bit] = kForbidden;
    }
  }
}

void apply_bias(std::span<float> logits, const std::map<TokenId, float>& bias) {
  for (const auto& [id, value] : bias) {
    float& logit = logits[static_cast<std::size_t>(id)];
    logit = value == kForbidden || logit == kForbidden ? kForbidden : to_finite(logit + value);
  }
}

/// The largest logit's token, the lowest id among equals; -1 when none is above -infinity.
TokenId argmax(std::span<const float> logits) {
  const float best = max_of(logits);
  if (best == kForbidden) return -1;
  return static_cast<TokenId>(std::find(logits.begin(), logits.end(), best) - logits.begin());
}

}  // namespace

struct Sampler::State {
  State(const SamplingParams& params, const Tokenizer& tokenizer, std::int64_t n_vocab_, std::uint64_t seed)
      : n_vocab(n_vocab_),
        penalties(params),
        dry(params, tokenizer),
        mirostat(params.mirostat_tau, params.mirostat_eta),
        random(seed) {}

  std::int64_t n_vocab;
  Penalties penalties;
  DryPenalty dry;
  Mirostat mirostat;
  Random random;
  Candidates candidates;
};

Sampler::Sampler(const SamplingParams& params, const Tokenizer& tokenizer, std::int64_t n_vocab) : params_(params) {
  validate(params_);
  for (const auto& [id, bias] : params_.logit_bias) check_id(id, n_vocab, "logit_bias token");
  seed_ = params_.seed ? *params_.seed : fresh_seed();
  state_ = std::make_unique<State>(params_, tokenizer, n_vocab, seed_);
}

Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

void Sampler::accept(TokenId id) {
  check_id(id, state_->n_vocab, "token");
  state_->penalties.accept(id);
  state_->dry.accept(id);
}

TokenId Sampler::sample(std::span<float> logits, std::span<const std::uint64_t> allowed) {
  const auto n_vocab = static_cast<std::size_t>(state_->n_vocab);
  if (logits.size() != n_vocab) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} logits for a vocabulary of {}", logits.size(), n_vocab));
  }
  if (!allowed.empty()) {
    const std::size_t words = (n_vocab + 63) / 64;
    if (allowed.size() != words) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the mask of allowed tokens has {} words; a vocabulary of {} needs {}", allowed.size(),
                              n_vocab, words));
    }
    apply_mask(logits, allowed);
  }
  const auto refuse = [&] {
    const bool bans = std::any_of(params_.logit_bias.begin(), params_.logit_bias.end(), [](const auto& bias) {
      return bias.second == -std::numeric_limits<float>::infinity();
    });
    if (bans) {
      throw SamplingError("logit_bias", "logit_bias bans every token that may come next",
                          "ban fewer, or leave ignore_eos out");
    }
    throw Error(ErrorCode::kInternal,
                allowed.empty() ? "the model gave no usable logits" : "no allowed token has a usable logit");
  };

  apply_bias(logits, params_.logit_bias);
  state_->penalties.apply(logits);
  state_->dry.apply(logits);

  if (params_.temperature == 0.0F) {
    const TokenId best = argmax(logits);
    if (best < 0) refuse();
    return best;
  }

  Candidates& candidates = state_->candidates;
  Random& random = state_->random;
  if (params_.mirostat) {
    candidates.assign_all(logits);
    if (candidates.empty()) refuse();
    return state_->mirostat.draw(candidates, params_.temperature, random);
  }
  if (params_.top_k > 0) {
    candidates.assign_top_k(logits, static_cast<std::size_t>(params_.top_k));
  } else {
    candidates.assign_all(logits);
  }
  if (candidates.empty()) refuse();
  apply_typical(candidates, params_.typical_p);
  apply_top_p(candidates, params_.top_p);
  apply_min_p(candidates, params_.min_p);
  apply_xtc(candidates, params_.xtc_probability, params_.xtc_threshold, random);
  candidates.weigh(params_.temperature);
  return candidates.id(candidates.draw(random));
}

}  // namespace hearth
