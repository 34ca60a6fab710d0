#include "format/hf_folder.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "format/safetensors.h"
#include "format/testing/expect_error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using testing::expect_error;

class HfFolderTest : public ::testing::Test {
 protected:
  HfFolderTest() {
    put("config.json", R"({"model_type": "llama"})");
    weights("model.safetensors");
  }
  void put(const std::string& name, const std::string& content) const {
    write_file_atomic(folder_.path() / name, content);
  }
  void weights(const std::string& name) const {
    write_safetensors(folder_.path() / name, {{"w", make_f32_tensor({2}, std::vector<float>{1, 2})}});
  }
  void remove(const std::string& name) const { std::filesystem::remove(folder_.path() / name); }
  HfFolder open() const { return HfFolder::open(folder_.path()); }
  void fails(ErrorCode code, std::initializer_list<std::string> parts) const {
    expect_error(code, parts, [&] { open(); });
  }

  testing::TemporaryFolder folder_;
};

TEST_F(HfFolderTest, OneFileOfWeights) {
  const HfFolder folder = open();
  EXPECT_EQ(folder.path, folder_.path());
  EXPECT_EQ(folder.config.at("model_type"), "llama");
  EXPECT_TRUE(folder.generation_config.is_null());
  EXPECT_TRUE(folder.tokenizer_config.is_null());
  EXPECT_EQ(folder.chat_template, "");
  EXPECT_EQ(folder.weight_files, std::vector{folder_.path() / "model.safetensors"});
  EXPECT_EQ(folder.file_bytes, std::filesystem::file_size(folder_.path() / "model.safetensors"));
  EXPECT_NE(folder.tensors.find("w"), nullptr);
}

TEST_F(HfFolderTest, Shards) {
  remove("model.safetensors");
  weights("part.safetensors");
  put("model.safetensors.index.json", R"({"weight_map":{"w":"part.safetensors"}})");
  const HfFolder folder = open();
  EXPECT_EQ(folder.weight_files, std::vector{folder_.path() / "part.safetensors"});
  EXPECT_GT(folder.file_bytes, 0u);
  EXPECT_NE(folder.tensors.find("w"), nullptr);
}

TEST_F(HfFolderTest, OtherConfigurations) {
  put("generation_config.json", R"({"temperature": 0.6})");
  put("tokenizer_config.json", R"({"chat_template": "T", "add_bos_token": true})");
  EXPECT_EQ(open().generation_config.at("temperature"), 0.6);
  EXPECT_EQ(open().tokenizer_config.at("add_bos_token"), true);
  EXPECT_EQ(open().chat_template, "T");
}

TEST_F(HfFolderTest, ChatTemplates) {
  put("tokenizer_config.json",
      R"({"chat_template": [{"name": "tool_use", "template": "A"}, {"name": "default", "template": "B"}]})");
  EXPECT_EQ(open().chat_template, "B");
  put("tokenizer_config.json", R"({"chat_template": [{"name": "tool_use", "template": "A"}]})");
  EXPECT_EQ(open().chat_template, "");
  put("tokenizer_config.json", R"({"chat_template": null})");
  EXPECT_EQ(open().chat_template, "");
  put("tokenizer_config.json", R"({"chat_template": 1})");
  fails(ErrorCode::kCorruptData, {"tokenizer_config.json: chat_template must be a string"});
  put("tokenizer_config.json", R"({"chat_template": ["A"]})");
  fails(ErrorCode::kCorruptData, {"tokenizer_config.json: chat_template: expected a JSON object"});
  put("tokenizer_config.json", R"({"chat_template": [{"name": "default"}]})");
  fails(ErrorCode::kCorruptData, {"tokenizer_config.json: chat_template: template is missing"});
  put("tokenizer_config.json", R"({"chat_template": "in the configuration"})");
  put("chat_template.jinja", "in a file of its own");
  EXPECT_EQ(open().chat_template, "in a file of its own");
  put("chat_template.jinja", "\xff");
  fails(ErrorCode::kCorruptData, {"chat_template.jinja: not valid UTF-8"});
}

TEST_F(HfFolderTest, WhatIsMissing) {
  expect_error(ErrorCode::kNotFound, {"nowhere: no such folder"}, [&] { HfFolder::open(folder_.path() / "nowhere"); });
  expect_error(ErrorCode::kNotFound, {"config.json: no such folder"},
               [&] { HfFolder::open(folder_.path() / "config.json"); });
  remove("config.json");
  fails(ErrorCode::kNotFound, {folder_.path().string() + ": config.json is missing"});
}

TEST_F(HfFolderTest, WhatIsBroken) {
  put("config.json", "[]");
  fails(ErrorCode::kCorruptData, {"config.json: expected a JSON object"});
  put("config.json", "{");
  fails(ErrorCode::kCorruptData, {"config.json: not valid JSON"});
  put("config.json", "{}");
  put("generation_config.json", "1");
  fails(ErrorCode::kCorruptData, {"generation_config.json: expected a JSON object"});
  remove("generation_config.json");
  put("model.safetensors", "");
  fails(ErrorCode::kCorruptData, {"model.safetensors: the file ends after 0 bytes"});
}

TEST_F(HfFolderTest, FoldersWithoutWeightsThatCanBeRead) {
  remove("model.safetensors");
  fails(ErrorCode::kNotFound, {folder_.path().string() + ": no weights"});
  for (const char* name : {"pytorch_model.bin", "model.pt", "consolidated.00.pth", "epoch.ckpt"}) {
    put(name, "x");
    fails(ErrorCode::kNotFound, {std::string("'") + name + "' is never loaded", "can run code"});
    remove(name);
  }
  weights("model-00001-of-00002.safetensors");
  fails(ErrorCode::kNotFound, {"no weights", "there is 'model-00001-of-00002.safetensors'"});
  remove("model-00001-of-00002.safetensors");
  put("m.gguf", "x");
  fails(ErrorCode::kNotFound, {"there is 'm.gguf'"});
}

TEST_F(HfFolderTest, ACacheOfLinksIntoBlobs) {
  const testing::TemporaryFolder cache;
  const auto snapshot = cache.path() / "snapshots" / "abc";
  const auto blobs = cache.path() / "blobs";
  std::filesystem::create_directories(snapshot);
  std::filesystem::create_directories(blobs);
  weights("part.safetensors");
  put("model.safetensors.index.json", R"({"weight_map":{"w":"part.safetensors"}})");
  int blob = 0;
  for (const char* name : {"config.json", "part.safetensors", "model.safetensors.index.json"}) {
    const std::string digest = "0123abcd" + std::to_string(blob++);
    std::filesystem::copy_file(folder_.path() / name, blobs / digest);
    std::filesystem::create_symlink(std::filesystem::path("../../blobs") / digest, snapshot / name);
  }
  EXPECT_NE(HfFolder::open(snapshot).tensors.find("w"), nullptr);

  std::filesystem::create_symlink("../../blobs/gone", snapshot / "generation_config.json");
  expect_error(ErrorCode::kNotFound, {"generation_config.json: no such file"}, [&] { HfFolder::open(snapshot); });
}

}  // namespace
}  // namespace hearth
