// What is offered, what names mean it, and what a request must not reach.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include "hearth/hub.h"
#include "hearth/system.h"
#include "runtime/manager/manager_test_house.h"
#include "runtime/manager/model_describer.h"
#include "runtime/manager/model_shelf.h"
#include "support/environment.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ManagerNames : public ManagerHouse {
 protected:
  void SetUp() override {
    fs::create_directories(models());
    environment_.use_home(folder_.path());
  }
  void TearDown() override { manager_.reset(); }
  void set(const std::string& name, const std::optional<std::string>& value) { environment_.set(name, value); }
  fs::path models() const { return folder_.path() / "models"; }
  static void make_llama(const fs::path& path, std::uint32_t seed = 1, const testing::TinyLlamaOptions& options = {}) {
    fs::create_directories(path.parent_path());
    testing::make_tiny_llama(path, seed, options);
  }
  /// With the real estimate and description, and fakes instead of loaded models.
  void open(ModelManagerOptions options) {
    options.overlay_folder = (folder_.path() / "overlays").string();
    options.loader = [this](const std::string& path, const ServingOptions& serving) {
      return fakes_.load(path, serving);
    };
    manager_ = std::make_unique<ModelManager>(std::move(options));
    manager_->load_wanted();
  }
  void open_folder() {
    ModelManagerOptions options;
    options.models_dir = models().string();
    open(std::move(options));
  }
  std::vector<std::string> ids() {
    std::vector<std::string> ids;
    for (const OfferedModel& model : manager_->offered()) ids.push_back(model.id);
    return ids;
  }
  std::string unresolved(const std::string& name) {
    try {
      return "found " + manager_->resolve(name).id;
    } catch (const Error& error) {
      return std::string(error_code_name(error.code())) + ": " + error.message() + " | " + error.hint();
    }
  }

  hearth::testing::Environment environment_;
};

constexpr const char* kTools = "{% if tools %}{{ tools }}{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}";

TEST_F(ManagerNames, WhatIsOfferedIsDescribed) {
  make_llama(models() / "tiny-F32.gguf", 1, {.chat_template = kTools, .license = "mit"});
  testing::make_tiny_bert(models() / "embedder.gguf");
  std::ofstream(models() / "broken.gguf") << "GGUF";
  open_folder();
  EXPECT_THAT(ids(), ElementsAre("embedder", "tiny-F32")) << "what cannot be used is not offered";
  const OfferedModel tiny = manager_->resolve("tiny-F32");
  EXPECT_EQ(tiny.format, "gguf");
  EXPECT_EQ(tiny.family, "llama");
  EXPECT_EQ(tiny.quantization, "F32");
  EXPECT_EQ(tiny.context, 64);
  EXPECT_EQ(tiny.embedding_length, 288);
  EXPECT_EQ(tiny.bytes, fs::file_size(models() / "tiny-F32.gguf"));
  EXPECT_EQ(tiny.parameter_size, parameter_text(tiny.parameters));
  EXPECT_EQ(tiny.digest.size(), 64U);
  EXPECT_NEAR(static_cast<double>(tiny.modified), static_cast<double>(std::time(nullptr)), 100);
  EXPECT_THAT(tiny.capabilities, ElementsAre("completion", "tools"));
  EXPECT_FALSE(tiny.is_encoder);
  const OfferedModel embedder = manager_->resolve("embedder");
  EXPECT_TRUE(embedder.is_encoder);
  EXPECT_THAT(embedder.capabilities, ElementsAre("embedding"));
  EXPECT_NE(embedder.digest, tiny.digest);
  EXPECT_EQ(manager_->resolve("tiny-F32").digest, tiny.digest);
  const ModelDescription description = manager_->describe("tiny-F32");
  EXPECT_EQ(description.report.info.license, "mit");
  EXPECT_EQ(description.report.info.chat_template, kTools);
  EXPECT_FALSE(description.report.tensors.empty());
  EXPECT_FALSE(description.report.metadata.empty());
  EXPECT_FALSE(description.overlay);
  EXPECT_TRUE(manager_->acquire_now("tiny-F32")) << "the real estimate fits";
}

TEST_F(ManagerNames, NamesAreTakenAsPeopleTypeThem) {
  add("Tiny-7B-Q4_K_M");
  add("below/nested");
  open_folder();
  for (const char* name : {"Tiny-7B-Q4_K_M", "tiny-7b-q4_k_m", "Tiny-7B-Q4_K_M:latest", "tiny-7b-q4_k_m.gguf"}) {
    EXPECT_EQ(manager_->resolve(name).id, "Tiny-7B-Q4_K_M") << name;
  }
  for (const char* name : {"below", "below/nested", "nested"}) EXPECT_EQ(manager_->resolve(name).id, "below") << name;
  EXPECT_THAT(unresolved("tiny-7b-q4"),
              StartsWith("not_found: model 'tiny-7b-q4' not found | did you mean Tiny-7B-Q4_K_M"));
}

TEST_F(ManagerNames, ARequestReachesNothingThatIsNotOffered) {
  add("inside");
  const fs::path secret = folder_.path() / "secret.gguf";
  make_llama(secret);
  open_folder();
  for (const std::string& name :
       {secret.string(), std::string("../secret.gguf"), (models() / "inside.gguf").string(), std::string("./inside"),
        std::string("models/../secret"), std::string("/etc/passwd"), std::string("~/secret.gguf"), std::string(""),
        std::string("a\0b", 3), std::string(100'000, 'a'), std::string("https://example.org/x.gguf"),
        std::string("\xff\xfe"), std::string("..")}) {
    EXPECT_THAT(unresolved(name), StartsWith("not_found: ")) << name.substr(0, 50);
    EXPECT_THAT(problem(name), StartsWith("not_found: ")) << name.substr(0, 50);
  }
  EXPECT_EQ(fakes_.all_loads(), 0);
}

TEST_F(ManagerNames, NamesThatNoRequestCanSayAreLeftOutAndToldOnce) {
  const auto make = [](const fs::path& folder) {
    make_llama(folder / "good.gguf");
    for (const char* name : {"bad\xff.gguf", "half\xc3.gguf", "line\nbreak.gguf", "bell\a.gguf", "delete\x7f.gguf"}) {
      make_llama(folder / name);
    }
  };
  std::vector<std::string> lines;
  ModelManagerOptions options;
  options.models_dir = models().string();
  options.on_problem = [&](const std::string& line) { lines.push_back(line); };
  make(models());
  make_llama(models() / "grün 大.gguf");
  open(options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(ids(), ElementsAre("good", "grün 大"));
    manager_->refresh();
  }
  EXPECT_EQ(lines.size(), 5U);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr("is not offered"));
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; })) << line;
  }
  EXPECT_THAT(lines, Contains(HasSubstr("bad\\xFF.gguf")));

  fs::remove_all(models());
  make(folder_.path() / ".lmstudio/models/publisher/repo");
  make(folder_.path() / ".cache/hearth/models/imported");
  lines.clear();
  options.models_dir.clear();
  open(options);
  EXPECT_THAT(ids(), ElementsAre("good", "publisher/repo/good"));
  EXPECT_EQ(lines.size(), 5U) << "one store has left them out itself";
  EXPECT_THAT(lines, Each(HasSubstr("imported/")));

  options.names = {(folder_.path() / ".cache/hearth/models/imported/bad\xff.gguf").string()};
  EXPECT_THROW(ModelManager{options}, Error) << "who asks for it is told";
}

TEST_F(ManagerNames, TenThousandFilesAreListed) {
  make_llama(folder_.path() / "one.gguf");
  fs::create_directories(models());
  constexpr std::size_t kFiles = 10'500;
  for (std::size_t i = 0; i < kFiles; ++i) {
    fs::create_hard_link(folder_.path() / "one.gguf", models() / ("m" + std::to_string(i) + ".gguf"));
  }
  open_folder();
  EXPECT_EQ(ids().size(), kFiles);
}

TEST_F(ManagerNames, WhoWaitedForALookNeedsNoneOfItsOwn) {
  make_llama(models() / "one.gguf");
  ModelManagerOptions options;
  options.models_dir = models().string();
  ModelShelf shelf(options);
  constexpr int kThreads = 8;
  std::atomic<int> asking = 0, looks = 0;
  shelf.on_look([&](const std::vector<ShelfModel>&) {
    // The first look lasts until all have come.
    if (++looks == 1) {
      EXPECT_TRUE(eventually([&] { return asking == kThreads; }));
    }
    std::this_thread::sleep_for(milliseconds(100));
  });
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ++asking;
      shelf.refresh();
    });
  }
  threads.clear();
  EXPECT_GE(looks, 1);
  EXPECT_LE(looks, 2) << "the first, and one for all who came while it looked";
}

TEST_F(ManagerNames, PathsWhereTheyAreAllowed) {
  const std::string path = (folder_.path() / "free.gguf").string();
  make_llama(path);
  ModelManagerOptions options;
  options.models_dir = models().string();
  options.allow_paths = true;
  open(std::move(options));
  EXPECT_TRUE(manager_->acquire_now(path));
}

TEST_F(ManagerNames, NamedModelsOnly) {
  const fs::path first = folder_.path() / "first.gguf";
  make_llama(first);
  make_llama(folder_.path() / ".cache/hearth/models/imported/mine.gguf");
  make_llama(folder_.path() / ".cache/hearth/models/imported/hidden.gguf");
  ModelManagerOptions options;
  options.names = {first.string(), "mine"};
  open(options);
  EXPECT_THAT(ids(), ElementsAre("first", "mine"));
  EXPECT_THAT(unresolved("hidden"), StartsWith("not_found: "));
  options.preload = {first.string()};  // as it was named above, though no request may
  open(options);
  EXPECT_TRUE(eventually([&] { return fakes_.loads(first.string()) == 1; }));
  options.preload.clear();
  options.names = {"no-such-model"};
  EXPECT_THROW(ModelManager{options}, Error);
  options.names = {first.string(), first.string()};
  EXPECT_THROW(ModelManager{options}, Error);
  options.names.clear();
  options.models_dir = "/no/such/folder";
  EXPECT_THROW(ModelManager{options}, Error);
  options.models_dir = models().string();
  options.pinned = {"nobody"};
  EXPECT_THROW(ModelManager{options}, Error) << "told at the start, and nothing hangs";
}

TEST_F(ManagerNames, WithoutNamesEverythingOnThisDisk) {
  make_llama(folder_.path() / ".cache/hearth/models/imported/mine.gguf");
  make_llama(folder_.path() / ".lmstudio/models/publisher/repo/other-7b.gguf");
  const fs::path loose = folder_.path() / "loose.gguf";
  make_llama(loose);
  set_alias("short", "mine");
  set_alias("direct", loose.string());
  open({});
  EXPECT_THAT(ids(), ElementsAre("direct", "mine", "publisher/repo/other-7b"));
  EXPECT_EQ(manager_->resolve("short").id, "mine");
  EXPECT_EQ(manager_->resolve("other-7b").id, "publisher/repo/other-7b");
  EXPECT_THAT(unresolved("qwen2.5:0.5b"), HasSubstr("'hearth pull qwen2.5:0.5b' fetches it"));
  EXPECT_THAT(unresolved(loose.string()), StartsWith("not_found: "));

  EXPECT_THROW(manager_->remove("publisher/repo/other-7b"), Error) << "another program's";
  EXPECT_TRUE(fs::exists(folder_.path() / ".lmstudio/models/publisher/repo/other-7b.gguf"));
  manager_->remove("short");
  EXPECT_THAT(unresolved("short"), StartsWith("not_found: "));
  manager_->remove("mine");
  EXPECT_FALSE(fs::exists(folder_.path() / ".cache/hearth/models/imported/mine.gguf"));
  EXPECT_THAT(unresolved("mine"), StartsWith("not_found: "));
  EXPECT_THROW(manager_->remove("mine"), Error);
}

TEST_F(ManagerNames, ANewFileIsFound) {
  add("old");
  open_folder();
  EXPECT_THAT(unresolved("new"), StartsWith("not_found: "));
  make_llama(models() / "new.gguf");
  manager_->refresh();
  EXPECT_EQ(manager_->resolve("new").id, "new");
  make_llama(models() / "newer.gguf");
  EXPECT_TRUE(eventually([&] { return unresolved("newer") == "found newer"; })) << "within a second, unasked";
}

TEST_F(ManagerNames, ANewFileIsFoundByTheFirstWhoNamesIt) {
  add("old");
  open_folder();
  for (int i = 0; i < 5; ++i) {
    const std::string name = "new" + std::to_string(i);
    EXPECT_THAT(unresolved(name), StartsWith("not_found: "));
    make_llama(models() / (name + ".gguf"));
    // Another time than at the last look, however coarse the system's clock is.
    fs::last_write_time(models(), fs::file_time_type::clock::now() + std::chrono::hours(i));
    EXPECT_EQ(unresolved(name), "found " + name);
  }
}

TEST_F(ManagerNames, WrongNamesCostFewLooks) {
  add("old");
  ModelManagerOptions options;
  options.models_dir = models().string();
  ModelShelf shelf(options);
  int looks = 0;
  shelf.on_look([&](const std::vector<ShelfModel>&) { ++looks; });
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 2000; ++i) EXPECT_FALSE(shelf.find("wrong" + std::to_string(i)));
  const auto taken = std::chrono::steady_clock::now() - begun;
  EXPECT_LE(looks, 1 + taken / milliseconds(100)) << "ten a second, and one where that began";
}

TEST_F(ManagerNames, OverlaysOfModels) {
  make_llama(models() / "tiny.gguf", 1, {.chat_template = kTools});
  open_folder();
  ModelOverlay overlay;
  overlay.name = "mario";
  overlay.from = "TINY:latest";
  overlay.system = "You are Mario.";
  overlay.parameters_json = R"({"temperature":1,"top_k":5})";
  manager_->create_overlay(overlay);
  EXPECT_THAT(ids(), ElementsAre("mario:latest", "tiny"));
  const OfferedModel mario = manager_->resolve("mario");
  EXPECT_EQ(mario.id, "mario:latest");
  EXPECT_EQ(mario.parent, "tiny");
  EXPECT_NE(mario.digest, manager_->resolve("tiny").digest);
  EXPECT_TRUE(mario.can("tools"));

  const Lease lease = manager_->acquire_now("mario");
  EXPECT_EQ(lease.name(), "mario:latest");
  ASSERT_NE(lease.overlay(), nullptr);
  EXPECT_EQ(lease.overlay()->system, "You are Mario.");
  EXPECT_EQ(&manager_->acquire_now("tiny").model(), &lease.model()) << "one model in memory";
  EXPECT_EQ(manager_->acquire_now("tiny").overlay(), nullptr);

  ModelOverlay second;
  second.name = "me/luigi:v2";
  second.from = "mario";
  second.chat_template = "{{ messages[0].content }}";
  second.parameters_json = R"({"top_k":9})";
  manager_->create_overlay(second);
  const ModelDescription luigi = manager_->describe("me/luigi:v2");
  ASSERT_TRUE(luigi.overlay);
  EXPECT_EQ(luigi.overlay->from, "tiny") << "an overlay lies on a model, not on another overlay";
  EXPECT_EQ(luigi.overlay->system, "You are Mario.");
  EXPECT_EQ(luigi.overlay->parameters_json, R"({"temperature":1,"top_k":9})");
  EXPECT_FALSE(luigi.model.can("tools")) << "its own template takes none";

  overlay.name = "Tiny";
  manager_->create_overlay(overlay);
  EXPECT_THAT(ids(), ElementsAre("Tiny:latest", "mario:latest", "me/luigi:v2"))
      << "it stands before the file of its name";
  manager_->remove("tiny");
  manager_->copy("tiny", "tiny:latest");
  EXPECT_THAT(ids(), ElementsAre("mario:latest", "me/luigi:v2", "tiny")) << "what has the name already needs no copy";

  manager_->copy("me/luigi:v2", "toad");
  EXPECT_EQ(manager_->describe("toad").overlay->chat_template, second.chat_template);
  manager_->copy("tiny", "plain");
  EXPECT_EQ(manager_->acquire_now("plain").name(), "plain:latest");
  EXPECT_THROW(manager_->copy("nobody", "x"), Error);
  EXPECT_THROW(manager_->copy("tiny", "../x"), Error);
  second.from = "nobody";
  EXPECT_THROW(manager_->create_overlay(second), Error);

  manager_->remove("mario");
  EXPECT_THAT(unresolved("mario"), StartsWith("not_found: "));
  EXPECT_THAT(ids(), ElementsAre("me/luigi:v2", "plain:latest", "tiny", "toad:latest"));
  EXPECT_THROW(manager_->remove("tiny"), Error) << "the folder is not the server's own";
  fs::remove(models() / "tiny.gguf");
  manager_->refresh();
  EXPECT_TRUE(ids().empty()) << "nothing is left to lie on";
}

TEST(ModelDescriber, NumbersOfParameters) {
  EXPECT_EQ(parameter_text(999), "999");
  EXPECT_EQ(parameter_text(260'000), "260K");
  EXPECT_EQ(parameter_text(494'032'768), "494.03M");
  EXPECT_EQ(parameter_text(135'000'000), "135M");
  EXPECT_EQ(parameter_text(1'100'048'384), "1.1B");
  EXPECT_EQ(parameter_text(7'000'000'000), "7B");
}

}  // namespace
}  // namespace hearth
