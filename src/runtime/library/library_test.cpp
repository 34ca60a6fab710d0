// Names and recommendations, with machines and homes made up for the test.
#include "runtime/library/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "hearth/error.h"
#include "hearth/system.h"
#include "runtime/library/fit.h"
#include "runtime/library/pulled_record.h"
#include "runtime/state.h"
#include "support/environment.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

class LibraryTest : public ::testing::Test {
 protected:
  void SetUp() override { environment_.use_home(folder_.path()); }
  void set(const std::string& name, const std::optional<std::string>& value) { environment_.set(name, value); }
  fs::path write(const fs::path& below, const std::string& content = "x") const {
    fs::path path = folder_.path() / below;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path;
  }
  /// A snapshot with a file in it, as Hugging Face's program leaves one on a file system without links.
  fs::path snapshot(const std::string& repository, const std::string& file) const {
    return write(fs::path(".cache/huggingface/hub") / repository / "snapshots" / std::string(40, 'a') / file);
  }

  hearth::testing::TemporaryFolder folder_;
  hearth::testing::Environment environment_;
};

TEST_F(LibraryTest, PlacesFollowTheRulesOfTheirPrograms) {
  EXPECT_EQ(paths().hub_folder, folder_.path() / ".cache/huggingface/hub");
  set("XDG_CACHE_HOME", "/x");
  EXPECT_EQ(paths().hub_folder, "/x/huggingface/hub");
  set("HF_HOME", "/h");
  EXPECT_EQ(paths().hub_folder, "/h/hub");
  set("HF_HUB_CACHE", "/c");
  EXPECT_EQ(paths().hub_folder, "/c");
  set("OLLAMA_MODELS", "/o");
  EXPECT_EQ(library_places().ollama.front(), "/o");
  set("HEARTH_MODEL_FOLDERS", "/a:~/b::/c");
  EXPECT_THAT(library_places().folders, ::testing::ElementsAre("/a", folder_.path() / "b", "/c"));
}

TEST_F(LibraryTest, TheHubAsTheEnvironmentSays) {
  EXPECT_EQ(hub_connection().endpoint, "https://huggingface.co");
  EXPECT_EQ(hub_connection().token, "");
  EXPECT_FALSE(hub_connection().offline);
  write(".cache/huggingface/token", "from-file\n");
  EXPECT_EQ(hub_connection().token, "from-file");
  set("HF_TOKEN", "from-environment");
  set("HF_ENDPOINT", "https://mirror.example/");
  set("HF_HUB_OFFLINE", "yes");
  EXPECT_EQ(hub_connection().token, "from-environment");
  EXPECT_EQ(hub_connection().endpoint, "https://mirror.example");
  EXPECT_TRUE(hub_connection().offline);
  set("HF_ENDPOINT", "mirror");
  EXPECT_THROW(hub_connection(), Error);
}

TEST_F(LibraryTest, NamesFindWhatIsThere) {
  EXPECT_EQ(find_model("qwen2.5:0.5b"), std::nullopt);
  const fs::path q4 = snapshot("models--Qwen--Qwen2.5-0.5B-Instruct-GGUF", "qwen2.5-0.5b-instruct-q4_k_m.gguf");
  for (const char* name : {"qwen2.5:0.5b", "qwen2.5-0.5b", "qwen2.5:0.5b-q4_k_m", "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
                           "hf://Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M",
                           "Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q4_k_m.gguf"}) {
    EXPECT_EQ(find_model(name), q4.string()) << name;
  }
  EXPECT_EQ(find_model("qwen2.5:0.5b-q8_0"), std::nullopt);
  // A better one that fits takes its place where none is named.
  const fs::path q8 = snapshot("models--Qwen--Qwen2.5-0.5B-Instruct-GGUF", "qwen2.5-0.5b-instruct-q8_0.gguf");
  EXPECT_EQ(find_model("qwen2.5:0.5b"), q8.string());
  // The catalog says which of Phi-3's files is Q4_K_M; its name does not.
  const fs::path phi = snapshot("models--microsoft--Phi-3-mini-4k-instruct-gguf", "Phi-3-mini-4k-instruct-q4.gguf");
  EXPECT_EQ(find_model("phi-3:mini-q4_k_m"), phi.string());
}

TEST_F(LibraryTest, OtherProgramsNames) {
  const fs::path studio = write(".lmstudio/models/some-publisher/Some-GGUF/Some-7B-Q4_K_M.gguf");
  EXPECT_EQ(find_model("some-publisher/Some-GGUF/Some-7B-Q4_K_M"), studio.string());
  EXPECT_EQ(find_model("some-7b-q4_k_m"), studio.string());
  const fs::path imported = write(".cache/hearth/models/imported/mine.gguf");
  EXPECT_EQ(find_model("mine"), imported.string());
  set_alias("short", "mine");
  EXPECT_EQ(find_model("short"), imported.string());
  EXPECT_THAT(known_model_names(), Contains("short"));
  EXPECT_THAT(known_model_names(), Contains("mine"));
  EXPECT_THROW(set_alias("mine", "short"), Error);
  EXPECT_TRUE(is_model_name("short"));
  EXPECT_TRUE(is_model_name("gpt2"));
  EXPECT_TRUE(is_model_name("any/repository"));
  for (const char* word : {"hello", "models/tiny.gguf", "./x", "", "two words", "what?"}) {
    EXPECT_FALSE(is_model_name(word)) << word;
  }
}

TEST_F(LibraryTest, WhatIsNotThereIsExplained) {
  const auto problem = [](const std::string& name) -> std::string {
    try {
      return locate_model(name);
    } catch (const Error& error) {
      return error.message() + " | " + error.hint();
    }
  };
  EXPECT_THAT(problem("gpt2"), HasSubstr("not on this disk | 'hearth pull gpt2' fetches it"));
  EXPECT_THAT(problem("gpt22"), HasSubstr("no model of that name | did you mean gpt2"));
  EXPECT_THAT(problem("./x.gguf"), HasSubstr("no such file or folder"));
}

TEST_F(LibraryTest, RecordsSurviveDamage) {
  const fs::path data = folder_.path() / ".local/share/hearth";
  record_pulled(data, "/a");
  record_pulled(data, "/b");
  forget_pulled(data, "/a");
  EXPECT_THAT(pulled_models(data), ::testing::ElementsAre("/b"));
  write(".local/share/hearth/pulled.json", "{");
  EXPECT_TRUE(pulled_models(data).empty());
  note_model_used("/models/a.gguf");
  EXPECT_EQ(last_uses().size(), 1U);
  EXPECT_GT(last_uses().at("/models/a.gguf"), 1'600'000'000);
}

TEST(Fit, IsTheSumOfItsParts) {
  const CatalogEntry& entry = *Catalog::builtin().find("tinyllama")->entry;
  const FitReport fit = fit_of_entry(entry, "Q8_0", 2048, 4 * kGiB, 20e9);
  // 1,100,048,384 weights but for 45 norms of 2048, of 8.5 bits.
  EXPECT_EQ(fit.need.weights, 1'168'703'488U);
  // Keys and values of 22 layers × 2048 tokens × 4 heads × 64 numbers of 2 bytes.
  EXPECT_EQ(fit.need.kv_cache, 2U * 22 * 2048 * 4 * 64 * 2);
  EXPECT_TRUE(fit.fits);
  EXPECT_NEAR(fit.tokens_per_second, 0.85 * 20e9 / (1'168'703'488.0 + fit.need.kv_cache / 2.0), 0.01);
  EXPECT_FALSE(fit_of_entry(entry, "Q8_0", 2048, 1 * kGiB, 20e9).fits);
  EXPECT_EQ(fit_of_entry(entry, "", 2048, 1 * kGiB, 20e9).quantization, "Q6_K");
  CatalogEntry shapeless = entry;
  shapeless.n_layer = 0;
  EXPECT_THROW(fit_of_entry(shapeless, "", 0, kGiB, 1e9), Error);
}

std::vector<std::string> names_of(const std::vector<Recommendation>& found, std::size_t most) {
  std::vector<std::string> names;
  for (const Recommendation& one : found) {
    if (names.size() < most) names.push_back(one.model.name);
  }
  return names;
}

TEST(Recommend, DependsOnTheMachine) {
  const Catalog& catalog = Catalog::builtin();
  const Machine large{64 * kGiB, 100e9};
  const Machine laptop{8 * kGiB, 25e9};
  const Machine small{1 * kGiB, 5e9};
  EXPECT_EQ(recommend_for(large, catalog, "code", true, 0).front().model.name, "qwen2.5-coder:7b");
  // In Q8_0 it would make 12 tokens a second, which is not at once: fewer bits make it so.
  const Recommendation quick = recommend_for(laptop, catalog, "code", false, 0).front();
  EXPECT_EQ(quick.model.name, "qwen2.5-coder:1.5b");
  EXPECT_EQ(quick.fit.quantization, "Q5_K_M");
  EXPECT_GE(quick.fit.tokens_per_second, 15);
  EXPECT_EQ(recommend_for(small, catalog, "chat", true, 0).front().fit.fits, true);
  for (const Machine& machine : {large, laptop, small}) {
    for (const char* purpose : {"chat", "code", "embed", "shell"}) {
      for (const bool production : {false, true}) {
        const auto found = recommend_for(machine, catalog, purpose, production, 0);
        ASSERT_FALSE(found.empty());
        bool has_ended = false;
        for (const Recommendation& one : found) {  // nothing that fits stands behind what does not
          EXPECT_FALSE(one.fit.fits && has_ended);
          has_ended = has_ended || !one.fit.fits;
          EXPECT_THAT(one.why, HasSubstr("GiB free"));
          EXPECT_THAT(one.model.purposes, Contains(purpose));
        }
      }
    }
  }
}

TEST(Recommend, LicencesCountInProduction) {
  const Machine machine{16 * kGiB, 30e9};
  const auto production = names_of(recommend_for(machine, Catalog::builtin(), "embed", true, 0), 10);
  EXPECT_EQ(production.back(), "jina-v3:570m");
  EXPECT_EQ(production.front(), "bge-small:33m");  // not the large one that is made for code
  const Recommendation for_code = recommend_for(machine, Catalog::builtin(), "embed", true, 0)[2];
  EXPECT_EQ(for_code.model.name, "qodo-embed-1:1.5b");
  EXPECT_THAT(for_code.why, HasSubstr("; for code"));
  EXPECT_THAT(for_code.why, ::testing::Not(HasSubstr("tokens/s")));
  EXPECT_EQ(recommend_for(machine, Catalog::builtin(), "embed", false, 0).front().model.name, "jina-v3:570m");
  for (const Recommendation& one : recommend_for(machine, Catalog::builtin(), "chat", true, 100'000)) {
    EXPECT_GE(one.model.context, 100'000);  // what cannot hold the wanted context is left out
  }
}

TEST(Bandwidth, IsThatOfAMemory) {
  const double bandwidth = measure_memory_bandwidth();
  EXPECT_GT(bandwidth, 0.2e9);
  EXPECT_LT(bandwidth, 5e12);
}

}  // namespace
}  // namespace hearth
