#include "hub/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "hearth/error.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

std::string found(std::string_view name) {
  const auto match = Catalog::builtin().find(name);
  if (!match) return "";
  return match->entry->full_name() + (match->quantization.empty() ? "" : " " + match->quantization);
}

TEST(Catalog, HasWhatItPromises) {
  for (const char* name : {"gpt2",
                           "tiny-gpt2",
                           "tinyllama",
                           "phi-2",
                           "phi-3",
                           "llama3.2:1b",
                           "llama3.2:3b",
                           "gemma-2b",
                           "mistral-7b",
                           "qwen2.5:0.5b",
                           "qwen2.5:1.5b",
                           "qwen2.5:7b",
                           "qwen2.5-coder:0.5b",
                           "qwen2.5-coder:1.5b",
                           "qwen2.5-coder:7b",
                           "qwen3:0.6b",
                           "qwen3:1.7b",
                           "qwen3:4b",
                           "smollm2",
                           "codellama-7b",
                           "starcoder-1b",
                           "qodo-embed-1",
                           "jina-v3",
                           "all-minilm",
                           "bge-small"}) {
    EXPECT_TRUE(Catalog::builtin().find(name)) << name;
  }
  std::set<std::string> seen;
  for (const CatalogEntry& entry : Catalog::builtin().entries()) {
    EXPECT_TRUE(seen.insert(entry.full_name()).second) << entry.full_name() << " twice";
    EXPECT_FALSE(entry.title.empty()) << entry.full_name();
    EXPECT_FALSE(entry.architecture.empty()) << entry.full_name();
    EXPECT_GT(entry.context, 0) << entry.full_name();
    EXPECT_TRUE(entry.full_name() == "tiny-gpt2:test" || !entry.license.empty()) << entry.full_name();
    for (const std::string& alias : entry.aliases) EXPECT_TRUE(seen.insert(alias).second) << alias << " twice";
  }
}

/// Parameters of a llama-like decoder, from its shape.
std::uint64_t llama_parameters(const CatalogEntry& e, bool tied) {
  const std::int64_t q = e.n_head * e.head_dim, kv = e.n_head_kv * e.head_dim;
  const std::int64_t layer = 2 * e.n_embd + 2 * e.n_embd * q + 2 * e.n_embd * kv + 3 * e.n_embd * e.n_ff;
  return static_cast<std::uint64_t>((tied ? 1 : 2) * e.n_vocab * e.n_embd + e.n_embd + e.n_layer * layer);
}

TEST(Catalog, ShapesAndParametersAgree) {
  for (const CatalogEntry& entry : Catalog::builtin().entries()) {
    if (entry.architecture != "llama" && entry.architecture != "gemma" && entry.architecture != "phi3") continue;
    const bool tied = entry.name == "llama3.2" || entry.name == "smollm2" || entry.name == "gemma";
    EXPECT_EQ(llama_parameters(entry, tied), entry.parameters) << entry.full_name();
  }
  for (const CatalogEntry& entry : Catalog::builtin().entries()) {
    if (entry.architecture != "qwen2" || entry.parameters == 0) continue;
    const auto biases =
        static_cast<std::uint64_t>(entry.n_layer * (entry.n_head + 2 * entry.n_head_kv) * entry.head_dim);
    EXPECT_EQ(llama_parameters(entry, entry.tag != "7b") + biases, entry.parameters) << entry.full_name();
  }
}

TEST(Catalog, NamesAndTags) {
  EXPECT_EQ(found("qwen2.5:0.5b"), "qwen2.5:0.5b");
  EXPECT_EQ(found("QWEN2.5:0.5B"), "qwen2.5:0.5b");
  EXPECT_EQ(found("qwen2.5:0.5b-q4_k_m"), "qwen2.5:0.5b Q4_K_M");
  EXPECT_EQ(found("qwen2.5:0.5b-instruct-q4_K_M"), "qwen2.5:0.5b Q4_K_M");
  EXPECT_EQ(found("llama3.2"), "llama3.2:3b");
  EXPECT_EQ(found("llama3.2:latest"), "llama3.2:3b");
  EXPECT_EQ(found("tinyllama:Q8_0"), "tinyllama:1.1b Q8_0");
  EXPECT_EQ(found("gpt2"), "gpt2:124m");
  EXPECT_EQ(found("codellama-7b"), "codellama:7b");
  EXPECT_EQ(found("nonsense"), "");
  EXPECT_EQ(found(""), "");
  EXPECT_EQ(found("q4_k_m"), "");
  EXPECT_EQ(found("-instruct"), "");
}

TEST(Catalog, Files) {
  const auto file = [](const char* name, const char* quantization) {
    return Catalog::builtin().find(name)->entry->file_of(quantization);
  };
  EXPECT_EQ(file("qwen2.5:0.5b", "Q4_K_M"), "qwen2.5-0.5b-instruct-q4_k_m.gguf");
  EXPECT_EQ(file("qwen2.5:0.5b", "F16"), "qwen2.5-0.5b-instruct-fp16.gguf");
  EXPECT_EQ(file("tinyllama", "q4_k_m"), "tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf");
  EXPECT_EQ(file("phi-3", "Q4_K_M"), "Phi-3-mini-4k-instruct-q4.gguf");
  EXPECT_EQ(file("gpt2", "Q4_K_M"), "");
}

TEST(Catalog, OnesOwn) {
  Catalog catalog = Catalog::builtin();
  catalog.merge(
      Catalog::parse("[[model]]\nname = 'llama3.2'\ntag = '3b'\nrepository = 'me/mine'\n"
                     "[[model]]\nname = 'ours'\ntag = 'x'\nrepository = 'we/ours'\npurposes = ['chat']\n",
                     "catalog.toml"));
  EXPECT_EQ(catalog.find("llama3.2:3b")->entry->repository, "me/mine");
  EXPECT_EQ(catalog.find("ours")->entry->repository, "we/ours");
  EXPECT_EQ(catalog.entries().size(), Catalog::builtin().entries().size() + 1);
}

TEST(Catalog, MistakesAreNamed) {
  const auto problem = [](const std::string& text) -> std::string {
    try {
      Catalog::parse(text, "catalog.toml");
      return "";
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_THAT(problem("x = "), HasSubstr("catalog.toml line 1"));
  EXPECT_THAT(problem("x = 1"), HasSubstr("[[model]]"));
  EXPECT_THAT(problem("model = 1"), HasSubstr("[[model]]"));
  EXPECT_THAT(problem("[[model]]\nname = 'a'\ntag = 'b'\n"), HasSubstr("without repository"));
  const std::string good = "[[model]]\nname = 'a'\ntag = 'b'\nrepository = 'c/d'\n";
  EXPECT_EQ(problem(good), "");
  EXPECT_EQ(problem(good + "colour = 'red'\n"), "catalog.toml line 5: a model has no 'colour'");
  EXPECT_THAT(problem(good + "context = -1\n"), HasSubstr("line 5: context"));
  EXPECT_THAT(problem(good + "context = 'long'\n"), HasSubstr("context"));
  EXPECT_THAT(problem(good + "quantizations = ['Q99']\n"), HasSubstr("'Q99'"));
  EXPECT_THAT(problem(good + "purposes = ['war']\n"), HasSubstr("chat, code, embed, shell"));
  EXPECT_THAT(problem("[[model]]\nname = '../a'\ntag = 'b'\nrepository = 'c/d'\n"), HasSubstr("no name"));
  EXPECT_THAT(problem("[[model]]\nname = 'a'\ntag = 'b'\nrepository = '../../d'\n"), HasSubstr("owner/repo"));
}

}  // namespace
}  // namespace hearth
