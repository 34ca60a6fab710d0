// Every family against transformers' answers: logits, greedy continuations, hidden states and embeddings, from GGUF and
// from safetensors, in one prefill, one token at a time and split anywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "base/json.h"
#include "engine/engine.h"
#include "format/safetensors.h"
#include "model/pooling.h"
#include "model/weight_loader.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

struct Expected {
  TensorTable tensors;
  json::value notes;

  explicit Expected(const fs::path& stem) {
    read_safetensors(stem.string() + ".safetensors", tensors);
    notes = load_json(stem.string() + ".json");
  }
  std::vector<float> floats(const std::string& name) const {
    const Tensor values = to_f32(*tensors.find(name));
    return {values.f32().begin(), values.f32().end()};
  }
  std::vector<std::int64_t> integers(const std::string& name) const {
    const Tensor& t = *tensors.find(name);
    std::vector<std::int64_t> values(static_cast<std::size_t>(t.elements()));
    std::memcpy(values.data(), t.data, t.bytes());
    return values;
  }
  /// Row `row` of [n, T] ids, without the padding where `lengths` gives their number.
  std::vector<TokenId> ids(std::int64_t row, const std::string& name = "input_ids",
                           const std::string& lengths = "lengths") const {
    const Shape shape = tensors.find(name)->shape;
    const std::int64_t width = shape.back();
    const std::int64_t n = tensors.find(lengths) != nullptr ? integers(lengths)[static_cast<std::size_t>(row)] : width;
    const auto all = integers(name);
    return {all.begin() + row * width, all.begin() + row * width + n};
  }
};

ModelOptions options_for_tests() {
  ModelOptions options;
  options.threads = 2;
  return options;
}

std::vector<float> evaluate(Engine& engine, std::span<const TokenId> ids, std::int64_t chunk,
                            const Adapter* adapter = nullptr) {
  std::vector<float> rows;
  const Output output = engine.model().spec.generates() ? Output::kAllLogits : Output::kAllHidden;
  engine.evaluate(ids, output, adapter, chunk,
                  [&](std::span<const float> more) { rows.insert(rows.end(), more.begin(), more.end()); });
  return rows;
}

/// The largest |got - expected| over its tolerance `absolute + relative · |expected|`: at most 1 passes.
double worst_ratio(std::span<const float> got, std::span<const float> expected, double absolute, double relative) {
  EXPECT_EQ(got.size(), expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    const double ratio = std::abs(double{got[i]} - expected[i]) / (absolute + relative * std::abs(expected[i]));
    worst = std::isnan(ratio) ? INFINITY : std::max(worst, ratio);
  }
  return worst;
}

std::span<const float> row_of(const std::vector<float>& all, std::int64_t row, std::int64_t n_rows,
                              std::size_t wanted) {
  const std::size_t size = all.size() / static_cast<std::size_t>(n_rows);
  return std::span(all).subspan(static_cast<std::size_t>(row) * size, wanted);
}

std::vector<TokenId> greedy(Engine& engine, const std::vector<TokenId>& prompt, std::int64_t n) {
  SequenceRequest request;
  request.prompt = prompt;
  request.max_tokens = n;
  request.ignore_eos = true;
  request.sampling.temperature = 0;
  Sequence* sequence = engine.start(std::move(request));
  while (engine.step()) {
  }
  return engine.finish(sequence).ids;
}

class Decoder : public ::testing::TestWithParam<std::string> {};

void check_decoder(const fs::path& folder, const std::string& model_path) {
  SCOPED_TRACE(model_path);
  const Expected expected(folder / "expected");
  Engine engine(std::make_shared<const LoadedModel>(load_model(model_path)), options_for_tests());
  const auto logits = expected.floats("logits");
  for (std::int64_t row = 0; row < 2; ++row) {
    const auto ids = expected.ids(row);
    const auto wanted = row_of(logits, row, 2, ids.size() * static_cast<std::size_t>(engine.model().spec.n_vocab));
    for (const std::int64_t chunk : {0, 1, 3, 5, 16, 23}) {
      EXPECT_LE(worst_ratio(evaluate(engine, ids, chunk), wanted, 2e-4, 1e-3), 1.0)
          << "row " << row << ", chunk " << chunk;
    }
  }
  std::vector<TokenId> wanted;
  for (const json::value& id : expected.notes.at("greedy").as_array()) wanted.push_back(id.to_number<TokenId>());
  EXPECT_EQ(greedy(engine, expected.ids(0), 24), wanted);
}

TEST_P(Decoder, FromGguf) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const fs::path folder = fixtures / "models" / GetParam();
  const fs::path split = folder / "model.f32-00001-of-00003.gguf";
  check_decoder(folder, (fs::exists(split) ? split : folder / "model.f32.gguf").string());
  if (fs::exists(folder / "model.bf16.gguf")) check_decoder(folder, (folder / "model.bf16.gguf").string());
}

TEST_P(Decoder, FromSafetensors) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  check_decoder(fixtures / "models" / GetParam(), (fixtures / "models" / GetParam() / "hf").string());
}

INSTANTIATE_TEST_SUITE_P(Families, Decoder,
                         ::testing::Values("gpt2", "llama", "llama-sharded", "llama-bf16", "llama3", "codellama",
                                           "mistral", "phi2", "phi3", "phi3-longrope", "gemma", "gemma2", "qwen2",
                                           "qwen3", "gpt_bigcode"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(LongRope, ShortTextsUseTheShortFactorsAndCrossingRecomputes) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const fs::path folder = fixtures / "models" / "phi3-longrope";
  const Expected expected(folder / "expected");
  Engine engine(std::make_shared<const LoadedModel>(load_model((folder / "model.f32.gguf").string())),
                options_for_tests());
  const auto ids = expected.ids(0, "input_ids_short", "");
  EXPECT_LE(worst_ratio(evaluate(engine, ids, 0), expected.floats("logits_short"), 2e-4, 1e-3), 1.0);

  // Decoding past the border must give what a fresh evaluation of the whole gives.
  const std::vector<TokenId> answer = greedy(engine, ids, 10);
  std::vector<TokenId> all = ids;
  for (const TokenId id : answer) {
    Engine fresh(std::make_shared<const LoadedModel>(load_model((folder / "model.f32.gguf").string())),
                 options_for_tests());
    EXPECT_EQ(greedy(fresh, all, 1), std::vector<TokenId>{id}) << "after " << all.size() << " tokens";
    all.push_back(id);
  }
}

TEST(Batching, TokensAreTheSameAloneAndAmongOthers) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  for (const char* file :
       {"llama/model.f32.gguf", "gemma2/model.f32.gguf", "quantised/qwen2/Q4_K.gguf", "quantised/gpt2/Q8_0.gguf"}) {
    SCOPED_TRACE(file);
    auto model = std::make_shared<const LoadedModel>(load_model((fixtures / "models" / file).string()));
    ModelOptions options = options_for_tests();
    std::vector<std::vector<TokenId>> prompts;
    for (std::int64_t i = 0; i < 7; ++i) {
      std::vector<TokenId> prompt;
      for (std::int64_t t = 0; t < 1 + 5 * i; ++t) prompt.push_back(static_cast<TokenId>(10 + (i * 31 + t * 17) % 150));
      prompts.push_back(prompt);
    }
    std::vector<std::vector<TokenId>> alone;
    for (const auto& prompt : prompts) {
      Engine engine(model, options);
      alone.push_back(greedy(engine, prompt, 12));
    }
    for (const std::int64_t chunk : {1, 4, 512}) {
      options.prefill_chunk = chunk;
      Engine engine(model, options);
      std::vector<Sequence*> sequences;
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        SequenceRequest request;
        request.prompt = prompts[i];
        request.max_tokens = 12;
        request.ignore_eos = true;
        request.sampling.temperature = 0;
        sequences.push_back(engine.start(std::move(request)));
        engine.step();  // they join one after another
      }
      while (engine.step()) {
      }
      for (std::size_t i = 0; i < prompts.size(); ++i)
        EXPECT_EQ(engine.finish(sequences[i]).ids, alone[i]) << "prompt " << i << ", chunk " << chunk;
    }
  }
}

class Encoder : public ::testing::TestWithParam<std::string> {};

void check_encoder(const fs::path& folder, const std::string& model_path) {
  SCOPED_TRACE(model_path);
  const Expected expected(folder / "expected");
  Engine engine(std::make_shared<const LoadedModel>(load_model(model_path)), options_for_tests());
  const TransformerSpec& spec = engine.model().spec;
  std::vector<std::pair<std::string, const Adapter*>> variants = {{"", nullptr}};
  for (const Adapter& adapter : engine.model().adapters) variants.emplace_back("." + adapter.name, &adapter);
  for (const auto& [suffix, adapter] : variants) {
    const auto hidden = expected.floats("hidden" + suffix);
    const auto embedding = expected.floats("embedding" + suffix);
    for (std::int64_t row = 0; row < 3; ++row) {
      const auto ids = expected.ids(row);
      const auto got = evaluate(engine, ids, 0, adapter);
      const auto wanted = row_of(hidden, row, 3, ids.size() * static_cast<std::size_t>(spec.n_embd));
      EXPECT_LE(worst_ratio(got, wanted, 2e-4, 0), 1.0) << "row " << row << suffix;
      const auto pooled = pool(got, spec.n_embd, spec.pooling, spec.n_embd, true);
      EXPECT_LE(worst_ratio(pooled, row_of(embedding, row, 3, pooled.size()), 2e-5, 0), 1.0) << "row " << row << suffix;
      if (expected.tensors.find("embedding32" + suffix) == nullptr) continue;
      const auto small = pool(got, spec.n_embd, spec.pooling, 32, true);
      EXPECT_LE(worst_ratio(small, row_of(expected.floats("embedding32" + suffix), row, 3, 32), 2e-5, 0), 1.0)
          << "row " << row << suffix;
    }
  }
}

TEST_P(Encoder, FromGguf) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const fs::path file = fixtures / "models" / GetParam() / "model.f32.gguf";
  if (!fs::exists(file)) GTEST_SKIP() << "this layout has no GGUF form";
  check_encoder(fixtures / "models" / GetParam(), file.string());
}

TEST_P(Encoder, FromSafetensors) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const fs::path folder = fixtures / "models" / GetParam();
  check_encoder(folder, (folder / "hf").string());
}

INSTANTIATE_TEST_SUITE_P(Families, Encoder,
                         ::testing::Values("bert", "bert-cls", "xlm-roberta", "jina-v3", "jina-v3-hf",
                                           "qwen2-embed-causal", "qwen2-embed-bidir"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Adapters, JinaHasFiveTasksInBothLayouts) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  for (const char* name : {"jina-v3", "jina-v3-hf"}) {
    const LoadedModel model = load_model((fixtures / "models" / name / "hf").string());
    std::vector<std::string> tasks;
    for (const Adapter& adapter : model.adapters) tasks.push_back(adapter.name);
    EXPECT_THAT(tasks, ::testing::UnorderedElementsAre("retrieval.query", "retrieval.passage", "separation",
                                                       "classification", "text-matching"));
  }
}

class Quantised : public ::testing::TestWithParam<std::string> {};

TEST_P(Quantised, EqualsItsDequantisedWeights) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  for (const char* type : {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
                           "IQ4_XS", "F16", "BF16"}) {
    SCOPED_TRACE(type);
    const fs::path folder = fixtures / "models" / "quantised" / GetParam();
    const Expected expected(folder / (std::string(type) + ".expected"));
    const auto logits = expected.floats("logits");
    std::vector<TokenId> ids;
    for (const std::int64_t id : expected.integers("input_ids")) ids.push_back(static_cast<TokenId>(id));
    auto model = std::make_shared<const LoadedModel>(load_model((folder / (std::string(type) + ".gguf")).string()));

    ModelOptions options = options_for_tests();
    options.kv_type = "f32";
    options.exact = true;
    Engine exact(model, options);
    EXPECT_LE(worst_ratio(evaluate(exact, ids, 0), logits, 1e-3, 0), 1.0);

    Engine fast(model, options_for_tests());  // 8-bit activations and an F16 cache
    const auto got = evaluate(fast, ids, 0);
    const json::value& bound = expected.notes.at("tolerance").at("quantised_activations");
    double max = 0;
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      max = std::max(max, std::abs(double{got[i]} - logits[i]));
      sum += std::abs(double{got[i]} - logits[i]);
    }
    EXPECT_LE(max, bound.at("max_abs").to_number<double>());
    EXPECT_LE(sum / static_cast<double>(logits.size()), bound.at("mean_abs").to_number<double>());
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Quantised, ::testing::Values("llama", "gpt2", "qwen2"),
                         [](const auto& parameter) { return parameter.param; });

TEST(RealModel, TellsThePublishedStory) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  Engine engine(std::make_shared<const LoadedModel>(load_model((fixtures / "real" / "stories260K.gguf").string())),
                options_for_tests());
  std::ifstream file(fixtures / "real" / "stories260K.greedy.txt");
  std::string published((std::istreambuf_iterator<char>(file)), {});
  while (!published.empty() && published.back() == '\n') published.pop_back();
  SequenceRequest request;
  request.prompt = {1};
  request.max_tokens = 400;
  request.sampling.temperature = 0;
  Sequence* sequence = engine.start(std::move(request));
  while (engine.step()) {
  }
  const std::string text = engine.finish(sequence).text;
  EXPECT_EQ(text.substr(text.find_first_not_of(' '), published.size()), published);
}

}  // namespace
}  // namespace hearth
