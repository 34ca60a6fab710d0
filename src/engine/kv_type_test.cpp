// How far answers move when keys and values are kept in fewer bits, on a model that was trained.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "engine/engine.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

double log_sum_exp(std::span<const float> logits) {
  const double max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - max);
  return max + std::log(sum);
}

/// The mean over rows of KL(p ‖ q) in nats.
double mean_kl(std::span<const float> p, std::span<const float> q, std::size_t n_vocab) {
  double total = 0;
  for (std::size_t begin = 0; begin < p.size(); begin += n_vocab) {
    const auto row_p = p.subspan(begin, n_vocab);
    const auto row_q = q.subspan(begin, n_vocab);
    const double log_zp = log_sum_exp(row_p);
    const double log_zq = log_sum_exp(row_q);
    for (std::size_t i = 0; i < n_vocab; ++i)
      total += std::exp(row_p[i] - log_zp) * (row_p[i] - log_zp - (row_q[i] - log_zq));
  }
  return total / static_cast<double>(p.size() / n_vocab);
}

class KvTypes : public ::testing::Test {
 protected:
  static std::vector<float> logits(const std::shared_ptr<const LoadedModel>& model, const std::string& kv_type,
                                   const std::vector<TokenId>& ids, std::int64_t chunk) {
    ModelOptions options;
    options.threads = 2;
    options.kv_type = kv_type;
    Engine engine(model, options);
    std::vector<float> all;
    engine.evaluate(ids, Output::kAllLogits, nullptr, chunk,
                    [&](std::span<const float> rows) { all.insert(all.end(), rows.begin(), rows.end()); });
    return all;
  }
};

TEST_F(KvTypes, StayNearFloat32OnAStory) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const auto model = std::make_shared<const LoadedModel>(load_model((fixtures / "real" / "stories260K.gguf").string()));
  std::ifstream file(fixtures / "real" / "stories260K.greedy.txt");
  const std::string story((std::istreambuf_iterator<char>(file)), {});
  EncodeOptions encode;
  encode.add_special = true;
  std::vector<TokenId> ids = model->tokenizer->encode(story, encode);
  ids.resize(std::min<std::size_t>(ids.size(), 512));
  ASSERT_GT(ids.size(), 200U);
  const auto n_vocab = static_cast<std::size_t>(model->spec.n_vocab);
  const std::vector<float> expected = logits(model, "f32", ids, 0);
  struct Bound {
    const char* kv_type;
    double kl;
  };
  // Twice what was measured: docs/models.md has the figures.
  for (const Bound& bound : {Bound{"f16", 1.2e-6}, Bound{"bf16", 6e-5}, Bound{"q8", 1.5e-3}}) {
    const std::vector<float> got = logits(model, bound.kv_type, ids, 0);
    const double kl = mean_kl(expected, got, n_vocab);
    std::printf("%zu tokens, KV cache %s: mean KL %.3g nats\n", ids.size(), bound.kv_type, kl);
    EXPECT_GT(kl, 0) << "it was not the type that was used";
    EXPECT_LT(kl, bound.kl) << bound.kv_type;
    EXPECT_EQ(logits(model, bound.kv_type, ids, 7), got) << "however it is cut";
  }
}

}  // namespace
}  // namespace hearth
