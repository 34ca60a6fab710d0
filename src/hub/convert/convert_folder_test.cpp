// Each family's folder as GGUF against transformers' answers and against the folder's own tokenizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "base/file.h"
#include "base/json.h"
#include "engine/engine.h"
#include "format/gguf.h"
#include "format/safetensors.h"
#include "hearth/convert.h"
#include "kernels/dequantize.h"
#include "model/loaded_model.h"
#include "model/pooling.h"
#include "model/weight_loader.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ConvertOptions of_type(const std::string& type) {
  ConvertOptions options;
  options.type = type;
  options.threads = 2;
  return options;
}

std::vector<float> floats(const TensorTable& table, const std::string& name) {
  const Tensor values = to_f32(*table.find(name));
  return {values.f32().begin(), values.f32().end()};
}

std::vector<std::int64_t> integers(const TensorTable& table, const std::string& name) {
  const Tensor& tensor = *table.find(name);
  std::vector<std::int64_t> values(static_cast<std::size_t>(tensor.elements()));
  std::memcpy(values.data(), tensor.data, tensor.bytes());
  return values;
}

/// Logits (or hidden states) of row `row` of the expected ids.
void expect_rows(Engine& engine, const TensorTable& expected, const std::string& name, double absolute,
                 double relative) {
  const Shape shape = expected.find("input_ids")->shape;
  const auto all_ids = integers(expected, "input_ids");
  const auto lengths = integers(expected, "lengths");
  const std::vector<float> wanted = floats(expected, name);
  const std::int64_t width = expected.find(name)->shape.back();
  for (std::int64_t row = 0; row < shape[0]; ++row) {
    const std::int64_t n = lengths[static_cast<std::size_t>(row)];
    std::vector<TokenId> ids(all_ids.begin() + row * shape[1], all_ids.begin() + row * shape[1] + n);
    std::vector<float> got;
    const Output output = engine.model().spec.generates() ? Output::kAllLogits : Output::kAllHidden;
    engine.evaluate(ids, output, nullptr, 0,
                    [&](std::span<const float> more) { got.insert(got.end(), more.begin(), more.end()); });
    ASSERT_EQ(static_cast<std::int64_t>(got.size()), n * width);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const float value = wanted[static_cast<std::size_t>(row * shape[1] * width) + i];
      ASSERT_NEAR(got[i], value, absolute + relative * std::abs(value)) << "row " << row << ", value " << i;
    }
  }
}

/// The ids of tokens.json, as GGUF can say them ("llama_cpp" where it cannot).
void expect_tokens(const Tokenizer& tokenizer, const fs::path& cases_path) {
  const json::value cases = load_json(cases_path);
  std::int64_t n = 0;
  for (const json::value& element : cases.as_array()) {
    const json::object& entry = element.as_object();
    const json::string& text = entry.at("text").as_string();
    const bool decomposed = std::string_view(text).find("e\u0301") != std::string_view::npos;  // GGUF has no NFC
    if (entry.contains("llama_cpp") || decomposed) continue;
    for (const bool special : {false, true}) {
      std::vector<TokenId> wanted;
      for (const json::value& id : entry.at(special ? "ids_with_special" : "ids").as_array())
        wanted.push_back(id.to_number<TokenId>());
      EncodeOptions options;
      options.add_special = special;
      options.parse_special = true;
      EXPECT_EQ(tokenizer.encode({text.data(), text.size()}, options), wanted) << text;
    }
    ++n;
  }
  EXPECT_GT(n, 10);
}

class Converted : public ::testing::TestWithParam<std::string> {
 protected:
  /// The fixture's folder as GGUF of `type`.
  ConvertResult convert(const fs::path& fixtures, const std::string& type) {
    folder_ = fixtures / "models" / GetParam();
    path_ = (temporary_.path() / "model.gguf").string();
    ConvertOptions options = of_type(type);
    options.overwrite = true;
    return convert_folder((folder_ / "hf").string(), path_, options);
  }
  std::unique_ptr<Engine> engine() const {
    ModelOptions options;
    options.threads = 2;
    return std::make_unique<Engine>(std::make_shared<const LoadedModel>(load_model(path_)), options);
  }

  testing::TemporaryFolder temporary_;
  fs::path folder_;
  std::string path_;
};

TEST_P(Converted, AnswersAsTheFolder) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  convert(fixtures, "F32");
  const auto engine = this->engine();
  TensorTable expected;
  read_safetensors(folder_ / "expected.safetensors", expected);
  if (engine->model().spec.generates()) {
    expect_rows(*engine, expected, "logits", 2e-4, 1e-3);
  } else {
    expect_rows(*engine, expected, "hidden", 2e-4, 1e-3);
  }
  const LoadedModel folder = load_model((folder_ / "hf").string());
  EXPECT_EQ(engine->model().spec.pooling, folder.spec.pooling);
  EXPECT_EQ(engine->model().stop_tokens, folder.stop_tokens);
  EXPECT_EQ(engine->model().tokenizer->eos(), folder.tokenizer->eos());
  ASSERT_EQ(engine->model().chat_template.has_value(), folder.chat_template.has_value());
  if (folder.chat_template) {
    EXPECT_EQ(engine->model().chat_template->source(), folder.chat_template->source());
  }
}

TEST_P(Converted, TokenisesAsTheFolder) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  convert(fixtures, "F32");
  expect_tokens(*load_model(path_, LoadDepth::kDescription).tokenizer, folder_ / "tokens.json");
}

/// Every key and tensor that the fixture's own GGUF file has, with the same value.
TEST_P(Converted, SaysAllThatTheFixtureSays) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  convert(fixtures, "F32");
  const fs::path fixture = folder_ / "model.f32.gguf";
  if (!fs::exists(fixture)) GTEST_SKIP() << "no GGUF form of " << GetParam();
  const auto wanted = GgufFile::open(fixture);
  const auto got = GgufFile::open(path_);
  for (const auto& [key, value] : wanted->metadata()) {
    const GgufValue* found = got->find(key);
    ASSERT_NE(found, nullptr) << key;
    if (key == "general.name" || key == "jina-bert-v3.context_length") continue;  // the folder says 130 positions
    EXPECT_EQ(found->type, value.type) << key;
    EXPECT_EQ(describe(*found), describe(value)) << key;
  }
  EXPECT_EQ(got->strings("tokenizer.ggml.tokens") == nullptr, false);
  EXPECT_EQ(*got->strings("tokenizer.ggml.tokens"), *wanted->strings("tokenizer.ggml.tokens"));
  EXPECT_EQ(got->integers("tokenizer.ggml.token_type"), wanted->integers("tokenizer.ggml.token_type"));
  EXPECT_EQ(got->numbers("tokenizer.ggml.scores"), wanted->numbers("tokenizer.ggml.scores"));
  if (const auto* merges = wanted->strings("tokenizer.ggml.merges")) {
    EXPECT_EQ(*got->strings("tokenizer.ggml.merges"), *merges);
  }
  for (const auto& [name, tensor] : wanted->tensors().all()) {
    if (GetParam() == "gpt2" && name == "output.weight") continue;  // a second copy of the embedding
    const Tensor* found = got->tensors().find(name);
    ASSERT_NE(found, nullptr) << name;
    ASSERT_EQ(found->shape, tensor.shape) << name;
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      ASSERT_NEAR(found->f32()[static_cast<std::size_t>(i)], tensor.f32()[static_cast<std::size_t>(i)],
                  1e-6 * std::abs(tensor.f32()[static_cast<std::size_t>(i)]))
          << name << " at " << i;
    }
  }
}

TEST_P(Converted, ToEveryType) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  for (const ConversionType& type : conversion_types()) {
    SCOPED_TRACE(type.name);
    const ConvertResult result = convert(fixtures, type.name);
    EXPECT_EQ(result.file_bytes, fs::file_size(path_));
    EXPECT_NO_THROW(load_model(path_));
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Converted,
                         ::testing::Values("gpt2", "llama", "llama-sharded", "llama-bf16", "llama3", "codellama",
                                           "mistral", "phi2", "phi3", "phi3-longrope", "gemma", "gemma2", "qwen2",
                                           "qwen3", "gpt_bigcode", "bert", "bert-cls", "xlm-roberta", "jina-v3",
                                           "jina-v3-hf", "qwen2-embed-causal", "qwen2-embed-bidir"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// A copy of a fixture's folder in which one text of config.json stands for another.
class ChangedFolder : public ::testing::Test {
 protected:
  void copy(const fs::path& fixtures, const std::string& family) {
    fs::remove_all(folder_);
    fs::copy(fixtures / "models" / family / "hf", folder_, fs::copy_options::recursive);
  }
  void replace(const std::string& file, const std::string& old_text, const std::string& new_text) {
    std::string text = read_file(folder_ / file);
    const std::size_t at = text.find(old_text);
    ASSERT_NE(at, std::string::npos) << old_text;
    text.replace(at, old_text.size(), new_text);
    fs::permissions(folder_ / file, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(folder_ / file) << text;
  }
  /// The message of the error; "" without one.
  std::string convert() {
    try {
      result_ = convert_folder(folder_.string(), (temporary_.path() / "out.gguf").string(), of_type("F16"));
    } catch (const Error& error) {
      EXPECT_FALSE(fs::exists(temporary_.path() / "out.gguf"));
      return error.message();
    }
    return "";
  }

  testing::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path() / "a-model";
  ConvertResult result_;
};

TEST_F(ChangedFolder, RefusesWhatGgufCannotSay) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  copy(fixtures, "qwen2");
  replace("config.json", "\"use_sliding_window\": false", "\"use_sliding_window\": true, \"max_window_layers\": 0");
  EXPECT_THAT(convert(), HasSubstr("sliding window cannot be said in GGUF"));
  copy(fixtures, "llama");
  replace("config.json", "\"silu\"", "\"gelu\"");
  EXPECT_THAT(convert(), HasSubstr("activation cannot be said in GGUF"));
  copy(fixtures, "gemma2");
  replace("config.json", "\"query_pre_attn_scalar\": 24", "\"query_pre_attn_scalar\": 100");
  EXPECT_THAT(convert(), HasSubstr("attention scale cannot be said in GGUF"));
  copy(fixtures, "qwen2");
  replace("tokenizer.json", "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?", "[^\\\\p{L}]?");
  EXPECT_THAT(convert(), HasSubstr("GGUF has no name for a pre-tokenizer"));
}

TEST_F(ChangedFolder, RefusesTensorsThatDoNotFit) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  copy(fixtures, "llama");
  replace("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1");
  EXPECT_THAT(convert(), HasSubstr("has no place in a llama model of 1 layers"));
  copy(fixtures, "llama");
  replace("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
  EXPECT_THAT(convert(), HasSubstr("'model.layers.2.input_layernorm.weight' is missing"));
  copy(fixtures, "llama");
  replace("config.json", "\"intermediate_size\": 172", "\"intermediate_size\": 171");
  EXPECT_THAT(convert(), HasSubstr("has shape [172, 64], expected [171, 64]"));
  copy(fixtures, "llama");
  fs::remove(folder_ / "tokenizer.json");
  EXPECT_THAT(convert(), HasSubstr("there is no tokenizer.json"));
}

TEST_F(ChangedFolder, SaysWhatGgufCannot) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  copy(fixtures, "mistral");
  EXPECT_EQ(convert(), "");
  EXPECT_THAT(result_.notes, ElementsAre(HasSubstr("GGUF cannot say exactly what this tokenizer does")));
  fs::remove(temporary_.path() / "out.gguf");
  copy(fixtures, "llama");
  EXPECT_EQ(convert(), "");
  EXPECT_THAT(result_.notes, IsEmpty());
  const auto file = GgufFile::open(temporary_.path() / "out.gguf");
  EXPECT_EQ(file->string("general.name"), "a-model");
  EXPECT_EQ(file->integer("general.file_type"), 1);
  EXPECT_EQ(file->tensors().find("blk.0.attn_q.weight")->dtype, DType::kF16);
  EXPECT_EQ(file->tensors().find("blk.0.attn_norm.weight")->dtype, DType::kF32);
}

TEST_F(ChangedFolder, KeepsWhatIsRecommended) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  copy(fixtures, "qwen2");
  std::ofstream(folder_ / "README.md") << "---\nlicense: apache-2.0\n---\n";
  fs::remove(folder_ / "generation_config.json");
  std::ofstream(folder_ / "generation_config.json")
      << R"({"do_sample": true, "temperature": 0.25, "top_k": 7, "top_p": 0.5, "repetition_penalty": 1.5})";
  EXPECT_EQ(convert(), "");
  const LoadedModel model = load_model((temporary_.path() / "out.gguf").string(), LoadDepth::kDescription);
  EXPECT_EQ(model.license, "apache-2.0");
  EXPECT_EQ(model.sampling.temperature, 0.25F);
  EXPECT_EQ(model.sampling.top_k, 7);
  EXPECT_EQ(model.sampling.top_p, 0.5F);
  EXPECT_EQ(model.sampling.repeat_penalty, 1.5F);
}

}  // namespace
}  // namespace hearth
