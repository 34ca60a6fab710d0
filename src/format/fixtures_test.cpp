// Every model file of the shared reference data, read whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "format/gguf.h"
#include "format/gguf_writer.h"
#include "format/hf_folder.h"
#include "format/safetensors.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

std::vector<std::filesystem::path> files_named(const std::filesystem::path& folder, std::string_view ending) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().string().ends_with(ending)) found.push_back(entry.path());
  }
  return found;
}

/// Reads every byte, so that a view outside of the file would show.
void touch(const Tensor& tensor) {
  [[maybe_unused]] volatile std::byte last{};  // volatile: the reads must happen
  for (std::size_t i = 0; i < tensor.bytes(); ++i) last = tensor.data[i];
}

void expect_equal(const TensorTable& found, const TensorTable& wanted) {
  ASSERT_EQ(found.all().size(), wanted.all().size());
  for (const auto& [name, tensor] : wanted.all()) {
    const Tensor* other = found.find(name);
    ASSERT_NE(other, nullptr) << name;
    EXPECT_EQ(other->dtype, tensor.dtype) << name;
    ASSERT_EQ(other->shape, tensor.shape) << name;
    EXPECT_EQ(std::memcmp(other->data, tensor.data, tensor.bytes()), 0) << name;
  }
}

TEST(Fixtures, EveryGgufFileLoads) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const auto files = files_named(fixtures, ".gguf");
  EXPECT_GE(files.size(), 70u);
  for (const auto& path : files) {
    const auto file = GgufFile::open(path);
    EXPECT_FALSE(file->require_string("general.architecture").empty()) << path;
    ASSERT_NE(file->strings("tokenizer.ggml.tokens"), nullptr) << path;
    EXPECT_EQ(file->tensors().empty(), path.string().find("ggml-vocab-") != std::string::npos) << path;
    for (const auto& [name, tensor] : file->tensors().all()) touch(tensor);
  }
}

TEST(Fixtures, EverySafetensorsFileLoads) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const auto files = files_named(fixtures, ".safetensors");
  EXPECT_GE(files.size(), 90u);
  for (const auto& path : files) {
    TensorTable table;
    read_safetensors(path, table);
    EXPECT_FALSE(table.empty()) << path;
    for (const auto& [name, tensor] : table.all()) touch(tensor);
  }
}

TEST(Fixtures, EveryHuggingFaceFolderLoads) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  int folders = 0;
  for (const auto& path : files_named(fixtures / "models", "/hf")) {
    const HfFolder folder = HfFolder::open(path);
    EXPECT_FALSE(folder.tensors.empty()) << path;
    EXPECT_TRUE(folder.tokenizer_config.is_object()) << path;
    ++folders;
  }
  EXPECT_GE(folders, 22);
  EXPECT_THAT(HfFolder::open(fixtures / "models/llama/hf").chat_template, ::testing::HasSubstr("messages"));
}

TEST(Fixtures, ShardsAndSplitsEqualTheWholeModel) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const auto sharded = fixtures / "models/llama-sharded";
  const HfFolder whole = HfFolder::open(fixtures / "models/llama/hf");
  const HfFolder shards = HfFolder::open(sharded / "hf");
  EXPECT_EQ(shards.weight_files.size(), 3u);
  expect_equal(shards.tensors, whole.tensors);

  const auto file = GgufFile::open(fixtures / "models/llama/model.f32.gguf");
  for (const char* part :
       {"model.f32-00001-of-00003.gguf", "model.f32-00002-of-00003.gguf", "model.f32-00003-of-00003.gguf"}) {
    const auto split = GgufFile::open(sharded / part);
    EXPECT_EQ(split->string("general.architecture"), "llama");
    expect_equal(split->tensors(), file->tensors());
  }
}

TEST(Fixtures, GgufAndSafetensorsHoldTheSameMatrices) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const HfFolder folder = HfFolder::open(fixtures / "models/qwen2/hf");
  const auto file = GgufFile::open(fixtures / "models/qwen2/model.f32.gguf");
  for (const auto& [gguf_name, hf_name] :
       {std::pair("token_embd.weight", "model.embed_tokens.weight"),
        std::pair("blk.1.ffn_down.weight", "model.layers.1.mlp.down_proj.weight"),
        std::pair("blk.0.attn_k.weight", "model.layers.0.self_attn.k_proj.weight")}) {
    const Tensor* a = file->tensors().find(gguf_name);
    const Tensor* b = folder.tensors.find(hf_name);
    ASSERT_TRUE(a != nullptr && b != nullptr) << gguf_name;
    ASSERT_EQ(a->shape, b->shape) << gguf_name << ": shapes must read [n_out, n_in] from both";
    EXPECT_EQ(std::memcmp(a->data, b->data, a->bytes()), 0) << gguf_name;
  }
}

TEST(Fixtures, EveryGgufFileSurvivesACopy) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  for (const auto& path : files_named(fixtures, ".gguf")) {
    const auto file = GgufFile::open(path);
    GgufWriter writer(file->require_string("general.architecture"));
    for (const auto& [key, value] : file->metadata()) {
      if (key != "general.architecture" && key != "general.alignment" && !key.starts_with("split."))
        writer.set_raw(key, value);
    }
    for (const auto& [name, tensor] : file->tensors().all()) writer.add_tensor(name, tensor);
    const auto bytes = std::make_shared<std::string>(writer.to_bytes());
    const auto copy = GgufFile::parse(std::as_bytes(std::span(*bytes)), "copy", bytes);
    expect_equal(copy->tensors(), file->tensors());
    for (const auto& [key, value] : copy->metadata()) {
      const GgufValue* original = file->find(key);
      ASSERT_NE(original, nullptr) << path << " " << key;
      EXPECT_EQ(describe(value), describe(*original)) << path << " " << key;
      if (const auto* array = std::get_if<GgufArray>(&value.value)) {
        const auto& wanted = std::get<GgufArray>(original->value);
        EXPECT_EQ(array->strings, wanted.strings) << path << " " << key;
        EXPECT_TRUE(std::ranges::equal(array->raw, wanted.raw)) << path << " " << key;
      }
    }
  }
}

}  // namespace
}  // namespace hearth
