// Perplexity as llama.cpp's llama-perplexity counts it, and the KL divergence from a reference model on the same
// tokens.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "hearth/model.h"
#include "runtime/model_impl.h"

namespace hearth {
namespace {

constexpr std::int64_t kDefaultWindow = 512;

double log_sum_exp(std::span<const float> logits) {
  const double max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - max);
  return max + std::log(sum);
}

/// KL(p ‖ q) in nats of the distributions behind two rows of logits.
double kl_divergence(std::span<const float> p, std::span<const float> q) {
  const double log_zp = log_sum_exp(p);
  const double log_zq = log_sum_exp(q);
  double kl = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double log_p = p[i] - log_zp;
    kl += std::exp(log_p) * (log_p - (q[i] - log_zq));
  }
  return std::max(kl, 0.0);
}

std::size_t argmax(std::span<const float> row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

/// Begins of the windows and the first position in each that is scored.
struct Plan {
  std::int64_t window, first, n_windows;
};

Plan make_plan(std::int64_t n_tokens, std::int64_t window) {
  if (n_tokens <= window) return {n_tokens, 1, 1};
  return {window, window / 2, n_tokens / window};  // the first half of each window only gives context
}

}  // namespace

PerplexityResult Model::perplexity(std::string_view text, Model* reference,
                                   const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const auto n_vocab = static_cast<std::size_t>(impl_->model().spec.n_vocab);
  if (impl_->info.is_encoder)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{} is an embedding model: it has no perplexity", impl_->info.path));
  std::vector<TokenId> ids = tokenize(text, true);
  const auto bos = impl_->model().tokenizer->bos();
  const bool adds_bos = bos && !ids.empty() && ids.front() == *bos;
  if (ids.size() < 2)
    throw Error(ErrorCode::kInvalidArgument, "the text is too short: perplexity needs at least two tokens");
  if (reference != nullptr && (reference->impl_->info.is_encoder || reference->tokenize(text, true) != ids ||
                               reference->info().n_vocab != impl_->info.n_vocab)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} does not read this text as the same tokens", reference->info().path),
                "the reference must be the same model in another precision");
  }

  const std::int64_t wanted = impl_->options.context != 0 ? context() : std::min(context(), kDefaultWindow);
  const Plan plan = make_plan(static_cast<std::int64_t>(ids.size()), wanted);
  PerplexityResult result;
  double nll = 0;
  double seconds = 0;
  std::int64_t same_top = 0;
  std::vector<double> divergences;
  for (std::int64_t w = 0; w < plan.n_windows; ++w) {
    std::vector<TokenId> window(ids.begin() + w * plan.window, ids.begin() + (w + 1) * plan.window);
    if (adds_bos) window.front() = *bos;
    const auto started = std::chrono::steady_clock::now();
    const std::vector<float> logits = evaluate(window);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const std::vector<float> expected = reference != nullptr ? reference->evaluate(window) : std::vector<float>();
    for (auto i = static_cast<std::size_t>(plan.first); i < window.size(); ++i) {
      const auto row = std::span(logits).subspan((i - 1) * n_vocab, n_vocab);
      nll += log_sum_exp(row) - row[static_cast<std::size_t>(window[i])];
      ++result.tokens;
      if (reference == nullptr) continue;
      const auto expected_row = std::span(expected).subspan((i - 1) * n_vocab, n_vocab);
      divergences.push_back(kl_divergence(expected_row, row));
      same_top += argmax(expected_row) == argmax(row);
    }
    if (progress) progress(w + 1, plan.n_windows);
  }
  result.mean_nll = nll / static_cast<double>(result.tokens);
  result.perplexity = std::exp(result.mean_nll);
  result.tokens_per_second = static_cast<double>(plan.window * plan.n_windows) / std::max(seconds, 1e-9);
  if (reference != nullptr) {
    double sum = 0;
    for (const double kl : divergences) sum += kl;
    const auto p99 =
        divergences.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(divergences.size() - 1) * 0.99);
    std::nth_element(divergences.begin(), p99, divergences.end());
    result.mean_kl = sum / static_cast<double>(divergences.size());
    result.p99_kl = *p99;
    result.same_top = static_cast<double>(same_top) / static_cast<double>(result.tokens);
  }
  return result;
}

}  // namespace hearth
