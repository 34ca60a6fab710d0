// The stores of other programs, as small fakes: Hugging Face's cache, Ollama's, LM Studio's and llama.cpp's folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "hearth/error.h"
#include "hub/stores/folder_scan.h"
#include "hub/stores/hf_cache.h"
#include "hub/stores/ollama_store.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kCommit = "0123456789012345678901234567890123456789";
constexpr const char* kOther = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

std::string id(char digit) { return std::string(64, digit); }

void write(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::vector<std::string> names(const std::vector<StoredModel>& models) {
  std::vector<std::string> names;
  names.reserve(models.size());
  for (const StoredModel& model : models) names.push_back(model.name);
  return names;
}

class HfCacheTest : public ::testing::Test {
 protected:
  void add(const std::string& file, char digit, const std::string& content, const std::string& commit = kCommit) {
    write(cache_.blob("a/b", id(digit)), content);
    cache_.link("a/b", commit, file, id(digit));
  }
  hearth::testing::TemporaryFolder folder_;
  HfCache cache_{folder_.path() / "hub"};
};

TEST_F(HfCacheTest, HasTheLayoutThatOthersRead) {
  add("m-Q4_K_M.gguf", '1', "weights");
  add("sub/deep/x.json", '2', "{}");
  cache_.set_commit("a/b", "main", kCommit);
  const fs::path home = folder_.path() / "hub" / "models--a--b";
  EXPECT_EQ(fs::read_symlink(home / "snapshots" / kCommit / "m-Q4_K_M.gguf"), "../../blobs/" + id('1'));
  EXPECT_EQ(fs::read_symlink(home / "snapshots" / kCommit / "sub/deep/x.json"), "../../../../blobs/" + id('2'));
  EXPECT_EQ(fs::file_size(home / "snapshots" / kCommit / "sub/deep/x.json"), 2U);  // the link leads there
  EXPECT_EQ(fs::file_size(home / "refs" / "main"), 40U);
  EXPECT_EQ(cache_.commit_of("a/b", "main"), kCommit);
  EXPECT_EQ(cache_.commit_of("a/b", kCommit), kCommit);
  EXPECT_EQ(cache_.commit_of("a/b", "dev"), std::nullopt);
  EXPECT_EQ(cache_.commit_of("a/b", "../refs/main"), std::nullopt);
  EXPECT_EQ(cache_.lock("a/b", id('1')), folder_.path() / "hub/.locks/models--a--b" / (id('1') + ".lock"));
}

TEST_F(HfCacheTest, FindsModels) {
  add("m-Q4_K_M.gguf", '1', "weights");
  add("m-Q8_0.gguf", '2', "more weights");
  cache_.set_commit("a/b", "main", kCommit);
  const fs::path other = folder_.path() / "hub" / "models--c--d" / "snapshots" / kOther;
  write(other / "config.json", "{}");
  write(other / "model.safetensors", "weights");
  write(folder_.path() / "hub" / "models--gpt2" / "snapshots" / kOther / "config.json", "{}");  // no weights
  write(folder_.path() / "hub" / "datasets--x--y" / "snapshots" / kOther / "m.gguf", "x");
  write(folder_.path() / "hub" / "models--..--evil" / "snapshots" / kOther / "m.gguf", "x");
  EXPECT_THAT(names(cache_.models()), ElementsAre("a/b:Q8_0", "a/b:Q4_K_M", "c/d"));
  EXPECT_EQ(cache_.models_of("a/b")[1].bytes, 7U);
  EXPECT_EQ(cache_.models_of("c/d")[0].path, other);
}

TEST_F(HfCacheTest, ABrokenLinkOrOneThatLeadsOutIsNoModel) {
  add("m-Q4_K_M.gguf", '1', "weights");
  fs::remove(cache_.blob("a/b", id('1')));
  const fs::path outside = folder_.path() / "secret.gguf";
  write(outside, "x");
  fs::create_symlink(outside, cache_.snapshot("a/b", kCommit) / "m-Q8_0.gguf");
  EXPECT_THAT(cache_.models(), IsEmpty());
}

TEST_F(HfCacheTest, RemovesWhatNothingElseNeeds) {
  add("m-Q4_K_M.gguf", '1', "weights");
  add("m-Q8_0.gguf", '2', "more weights");
  add("renamed-Q8_0.gguf", '2', "more weights", kOther);
  cache_.set_commit("a/b", "main", kCommit);
  cache_.set_commit("a/b", "old", kOther);
  const auto models = cache_.models_of("a/b");
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(cache_.remove(models[0]).bytes, 0U);  // the other snapshot still has it
  EXPECT_TRUE(fs::exists(cache_.blob("a/b", id('2'))));
  EXPECT_EQ(cache_.remove(models[1]).bytes, 7U);
  EXPECT_FALSE(fs::exists(cache_.blob("a/b", id('1'))));
  EXPECT_EQ(cache_.remove(cache_.models_of("a/b")[0]).bytes, 12U);
  EXPECT_FALSE(fs::exists(cache_.folder("a/b")));
}

class OllamaTest : public ::testing::Test {
 protected:
  void manifest(const std::string& place, const std::string& model, const std::string& license) {
    write(folder_.path() / "manifests" / place, R"({"schemaVersion": 2, "config": {"digest": "sha256:)" + id('c') +
                                                    R"(", "size": 2},
              "layers": [{"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:)" +
                                                    license + R"("},
                         {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:)" +
                                                    model + R"("}]})");
    write(blob(id('c')), "{}");
    write(blob(license), "MIT");
    if (model.size() == 64 && model.find('/') == std::string::npos) {
      hearth::testing::make_tiny_llama(blob(model));
    }
  }
  fs::path blob(const std::string& hash) const { return folder_.path() / "blobs" / ("sha256-" + hash); }
  hearth::testing::TemporaryFolder folder_;
};

TEST_F(OllamaTest, ModelsUnderTheNamesThatOllamaHas) {
  manifest("registry.ollama.ai/library/llama3.2/3b", id('1'), id('d'));
  manifest("registry.ollama.ai/somebody/model/latest", id('2'), id('d'));
  manifest("hf.co/owner/repo/Q4_K_M", id('3'), id('d'));
  auto models = models_in_ollama_store(folder_.path());
  EXPECT_THAT(names(models), UnorderedElementsAre("llama3.2:3b", "somebody/model:latest", "hf.co/owner/repo:Q4_K_M"));
  for (StoredModel& model : models) {
    look_into(model);
    EXPECT_EQ(model.architecture, "llama");
    EXPECT_EQ(model.problem, "");
  }
}

TEST_F(OllamaTest, ABrokenManifestIsSaid) {
  manifest("registry.ollama.ai/library/evil/1", "../../../../etc/passwd", id('d'));
  write(folder_.path() / "manifests/registry.ollama.ai/library/torn/1", "{\"layers\": [");
  manifest("registry.ollama.ai/library/gone/1", id('4'), id('d'));
  fs::remove(blob(id('4')));
  const auto models = models_in_ollama_store(folder_.path());
  ASSERT_EQ(models.size(), 3U);
  for (const StoredModel& model : models) EXPECT_NE(model.problem, "") << model.name;
  EXPECT_THAT(models_in_ollama_store("/no/such/folder"), IsEmpty());
}

TEST_F(OllamaTest, RemovingLeavesWhatOthersNeed) {
  manifest("registry.ollama.ai/library/a/1", id('1'), id('d'));
  manifest("registry.ollama.ai/library/b/1", id('2'), id('d'));
  const auto models = models_in_ollama_store(folder_.path());
  remove_from_ollama_store(folder_.path(), models[0]);
  EXPECT_FALSE(fs::exists(blob(id('1'))));
  EXPECT_TRUE(fs::exists(blob(id('d'))));
  EXPECT_THAT(names(models_in_ollama_store(folder_.path())), ElementsAre("b:1"));
}

TEST(FolderScan, ModelsWithTheirPlace) {
  const hearth::testing::TemporaryFolder folder;
  write(folder.path() / "lmstudio-community/Qwen3-GGUF/Qwen3-Q4_K_M.gguf", "x");
  write(folder.path() / "a/b/mmproj-f16.gguf", "x");
  write(folder.path() / "top.gguf", "x");
  write(folder.path() / "hf/config.json", "{}");
  write(folder.path() / "hf/model.safetensors", "x");
  write(folder.path() / "split/m-00001-of-00002.gguf", "x");
  write(folder.path() / "split/m-00002-of-00002.gguf", "x");
  write(folder.path() / "notes.txt", "x");
  EXPECT_THAT(names(models_in_folder(folder.path(), "lmstudio")),
              UnorderedElementsAre("lmstudio-community/Qwen3-GGUF/Qwen3-Q4_K_M", "top", "hf", "split/m"));
  write(folder.path() / "ggml-org_gemma_gemma-q4_0.gguf", "x");
  EXPECT_THAT(names(models_in_llama_cpp_cache(folder.path())),
              UnorderedElementsAre("ggml-org_gemma_gemma-q4_0", "top"));
  EXPECT_THAT(models_in_folder("/no/such/folder", "x"), IsEmpty());
}

TEST(LookInto, WhatTheFileSays) {
  const hearth::testing::TemporaryFolder folder;
  StoredModel model;
  model.path = folder.path() / "m.gguf";
  hearth::testing::make_tiny_llama(model.path);
  look_into(model);
  EXPECT_EQ(model.architecture, "llama");
  EXPECT_EQ(model.problem, "");
  write(folder.path() / "broken.gguf", "GGUF");
  model.path = folder.path() / "broken.gguf";
  look_into(model);
  EXPECT_THAT(model.problem, HasSubstr("broken.gguf"));
  write(folder.path() / "hf/config.json", R"({"model_type": "qwen2", "torch_dtype": "bfloat16"})");
  StoredModel hf;
  hf.path = folder.path() / "hf";
  look_into(hf);
  EXPECT_EQ(hf.architecture, "qwen2");
  EXPECT_EQ(hf.quantization, "BF16");
}

}  // namespace
}  // namespace hearth
