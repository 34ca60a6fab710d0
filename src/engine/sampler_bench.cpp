// What one token's sampling costs at a vocabulary of 262,144 tokens, with logits as peaked as a language model's and
// with flat ones.
#include "engine/sampler.h"

#include <benchmark/benchmark.h>

#include <cmath>

#include "engine/sampling/random.h"
#include "support/word_tokenizer.h"

namespace hearth {
namespace {

constexpr std::int64_t kVocab = 262144;

std::vector<float> make_logits(bool peaked) {
  Random random(1);
  std::vector<float> logits;
  for (std::int64_t i = 0; i < kVocab; ++i) {
    const double bell =
        std::sqrt(-2.0 * std::log(random.uniform() + 1e-300)) * std::cos(6.283185307179586 * random.uniform());
    logits.push_back(static_cast<float>(peaked ? bell * 3.0 : bell * 0.1));
  }
  return logits;
}

void run(benchmark::State& state, const SamplingParams& params, bool peaked) {
  const testing::WordTokenizer tokenizer({"a", "b", "\n"});
  SamplingParams seeded = params;
  seeded.seed = 1;
  Sampler sampler(seeded, tokenizer, kVocab);
  for (int i = 0; i < 32768; ++i) sampler.accept(i % 97);
  std::vector<float> logits = make_logits(peaked);
  for (auto _ : state) benchmark::DoNotOptimize(sampler.sample(logits));
}

SamplingParams without_top_k() {
  SamplingParams params;
  params.top_k = 0;
  return params;
}

void bm_greedy(benchmark::State& state) {
  SamplingParams params;
  params.temperature = 0.0F;
  run(state, params, true);
}
void bm_default_chain(benchmark::State& state) { run(state, SamplingParams{}, state.range(0) != 0); }
void bm_without_top_k(benchmark::State& state) { run(state, without_top_k(), state.range(0) != 0); }
void bm_typical_without_top_k(benchmark::State& state) {
  SamplingParams params = without_top_k();
  params.typical_p = 0.9F;
  run(state, params, state.range(0) != 0);
}
void bm_mirostat(benchmark::State& state) {
  SamplingParams params;
  params.mirostat = true;
  run(state, params, state.range(0) != 0);
}
void bm_dry_over_32k_repetitive_tokens(benchmark::State& state) {
  SamplingParams params;
  params.dry_multiplier = 0.8F;
  run(state, params, true);
}

BENCHMARK(bm_greedy)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_default_chain)->ArgName("peaked")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_without_top_k)->ArgName("peaked")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_typical_without_top_k)->ArgName("peaked")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_mirostat)->ArgName("peaked")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_dry_over_32k_repetitive_tokens)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hearth
