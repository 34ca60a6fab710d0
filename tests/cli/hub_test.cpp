// Models by name, as a person has them: the program against a hub on this machine.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "base/atomic_file.h"
#include "base/file.h"
#include "program_test.h"
#include "support/hub_server.h"

namespace hearth::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class HubVerbs : public ProgramTest {
 protected:
  void SetUp() override {
    const auto path = home() / "made.gguf";
    make_tiny_llama(path, 1, {.chat_template = kChatTemplate});
    model_ = content(path);
    fs::remove(path);
    hub_.add("owner/tiny-GGUF", "tiny-q8_0.gguf", model_);
    hub_.add("owner/tiny-GGUF", "tiny-q4_0.gguf", model_ + std::string(100, '\0'));
    hub_.add("owner/tiny-GGUF", "README.md", "read me", false);
    fs::create_directories(home() / ".config/hearth");
    std::ofstream(home() / ".config/hearth/catalog.toml")
        << "[[model]]\nname = 'tiny'\ntag = '1m'\ntitle = 'Tiny'\n"
           "repository = 'owner/tiny-GGUF'\nfile = 'tiny-{quant}.gguf'\n"
           "quantizations = ['Q8_0', 'Q4_0']\nlicense = 'MIT'\n"
           "purposes = ['chat']\ncontext = 64\narchitecture = 'llama'\n";
  }
  Start start(std::vector<std::string> arguments) const {
    return {.arguments = std::move(arguments),
            .environment = {{"HF_ENDPOINT", hub_.address()},
                            {"HF_HOME", (home() / "hf").string()},
                            {"HF_TOKEN", ""},
                            {"HF_HUB_CACHE", ""},
                            {"OLLAMA_MODELS", (home() / "ollama").string()},
                            {"LLAMA_CACHE", (home() / "llama.cpp").string()},
                            {"no_proxy", "*"}}};
  }
  Finished hearth(std::vector<std::string> arguments, const std::string& input = "") const {
    return ProgramTest::run(start(std::move(arguments)), input);
  }
  Finished hearth_with(std::vector<std::string> arguments, const std::string& name, const std::string& value) const {
    Start with = start(std::move(arguments));
    with.environment[name] = value;
    return ProgramTest::run(with);
  }
  fs::path snapshot() const {
    return home() / "hf/hub/models--owner--tiny-GGUF/snapshots" / hub_.commit("owner/tiny-GGUF");
  }

  HubServer hub_;
  std::string model_;
};

TEST_F(HubVerbs, PullByCatalogName) {
  const Finished pulled = hearth({"pull", "tiny"});
  EXPECT_EQ(pulled.status, 0) << pulled.err;
  EXPECT_EQ(pulled.out, (snapshot() / "tiny-q8_0.gguf").string() + "\n");
  EXPECT_THAT(pulled.err, HasSubstr("tiny:1m-Q8_0 from 127.0.0.1"));
  EXPECT_THAT(pulled.err, HasSubstr("Q8_0: the best that fits into"));
  EXPECT_THAT(pulled.err, HasSubstr("licence: MIT"));
  EXPECT_THAT(pulled.err, Not(HasSubstr("\x1B")));
  EXPECT_TRUE(content(snapshot() / "tiny-q8_0.gguf") == model_);
  EXPECT_TRUE(fs::is_symlink(snapshot() / "tiny-q8_0.gguf"));
  EXPECT_EQ(content(home() / "hf/hub/models--owner--tiny-GGUF/refs/main"), hub_.commit("owner/tiny-GGUF"));
  EXPECT_FALSE(fs::exists(snapshot() / "README.md"));  // not a file that a model needs

  hub_.forget_seen();
  EXPECT_EQ(hearth({"pull", "tiny"}).status, 0);
  EXPECT_EQ(hub_.bytes_sent(), 0U);
}

TEST_F(HubVerbs, PullByRepositoryAndQuantisation) {
  const auto pulled = parsed(hearth({"pull", "owner/tiny-GGUF:q4_0", "--json", "-q"}));
  EXPECT_EQ(pulled.at("quantization"), "Q4_0");
  EXPECT_EQ(pulled.at("name"), "owner/tiny-GGUF:Q4_0");
  EXPECT_EQ(pulled.at("files").as_array().size(), 1U);
  EXPECT_TRUE(fs::exists(snapshot() / "tiny-q4_0.gguf"));
  const auto planned = parsed(hearth({"pull", "--dry-run", "--json", hub_.address() + "/owner/tiny-GGUF", "-q"}));
  EXPECT_EQ(planned.at("quantization"), "Q8_0");
  EXPECT_FALSE(fs::exists(snapshot() / "tiny-q8_0.gguf"));
  // What is not known here the repository may have; it says what it has.
  const Finished odd = hearth({"pull", "owner/tiny-GGUF:nonsense"});
  EXPECT_EQ(odd.status, 1);
  EXPECT_THAT(odd.err, HasSubstr("owner/tiny-GGUF has no 'nonsense'\nit has Q8_0, Q4_0\n"));
  const Finished none = hearth({"pull", "tiny", "--quant", "Q6_K"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("owner/tiny-GGUF has no Q6_K\nit has Q8_0, Q4_0\n"));
}

TEST_F(HubVerbs, NamesInAnyCaseAreOneModel) {
  const Finished pulled = hearth({"pull", "OWNER/Tiny-gguf:q8_0"});
  EXPECT_EQ(pulled.status, 0) << pulled.err;
  EXPECT_EQ(pulled.out, (snapshot() / "tiny-q8_0.gguf").string() + "\n");
  hub_.forget_seen();
  for (const char* name : {"owner/tiny-gguf", "owner/TINY-GGUF:Q8_0", "hf://Owner/tiny-GGUF/tiny-q8_0.gguf"}) {
    EXPECT_EQ(hearth({"run", name, "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out, "def") << name;
  }
  EXPECT_THAT(hub_.seen(), IsEmpty());
}

TEST_F(HubVerbs, QuantisationsOfOtherNames) {
  hub_.add("owner/many-GGUF", "many-UD-Q4_K_XL.gguf", model_);
  hub_.add("owner/many-GGUF", "many-IQ2_M.gguf", model_ + "x");
  hub_.add("owner/many-GGUF", "many-v2-odd.gguf", model_ + "xy");
  for (const char* name : {"owner/many-GGUF", "owner/many-GGUF:ud-q4_k_xl", "owner/many-GGUF:Q4_K_XL"}) {
    EXPECT_EQ(parsed(hearth({"pull", name, "--dry-run", "--json", "-q"})).at("quantization"), "Q4_K_XL") << name;
  }
  EXPECT_THAT(hearth({"pull", "owner/many-GGUF:Odd", "--dry-run", "--json", "-q"}).out, HasSubstr("many-v2-odd.gguf"));
  const Finished cannot = hearth({"pull", "owner/many-GGUF:iq2_m"});
  EXPECT_EQ(cannot.status, 1);
  EXPECT_THAT(cannot.err, HasSubstr("Hearth does not run weights in IQ2_M\nit has Q4_K_XL"));
}

TEST_F(HubVerbs, WhatOtherProgramsFetchedIsNotFetchedAgain) {
  const auto put = [&](const fs::path& below) {
    fs::create_directories((home() / below).parent_path());
    std::ofstream(home() / below, std::ios::binary) << model_;
    return (home() / below).string();
  };
  const auto answer = [&](const char* name) {
    return hearth({"run", name, "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out;
  };
  const std::string here = put(".lmstudio/models/owner/tiny-GGUF/tiny-q8_0.gguf");
  for (const char* name : {"tiny", "tiny:1m-q8_0", "owner/tiny-GGUF", "Owner/tiny-gguf:Q8_0"}) {
    EXPECT_EQ(answer(name), "def") << name;
  }
  EXPECT_THAT(hub_.seen(), IsEmpty());
  EXPECT_EQ(hearth({"run", "tiny:1m-q4_0", "-p", "abc"}).status, 1);  // that one is not there
  const Finished pulled = hearth({"pull", "tiny"});
  EXPECT_EQ(pulled.out, here + "\n") << pulled.err;
  EXPECT_THAT(pulled.err, HasSubstr("on this disk already, in the store of lmstudio"));
  fs::resize_file(here, model_.size() - 1);  // half of one is none
  EXPECT_EQ(hearth({"pull", "tiny"}).out, (snapshot() / "tiny-q8_0.gguf").string() + "\n");
  fs::remove_all(home() / "hf");
  fs::remove(here);

  put("llama.cpp/owner_tiny-GGUF_tiny-q8_0.gguf");
  EXPECT_EQ(answer("owner/tiny-GGUF:q8_0"), "def");
  EXPECT_THAT(parsed(hearth({"pull", "tiny", "--dry-run", "--json", "-q"})).at("store"), "llama.cpp");
  EXPECT_EQ(hearth({"run", "owner/tiny", "-p", "abc"}).status, 1);  // another repository
}

TEST_F(HubVerbs, PullAnAddress) {
  HubServer elsewhere;
  elsewhere.add_path("/files/mine.gguf", model_);
  const Finished pulled = hearth({"pull", elsewhere.address() + "/files/mine.gguf"});
  EXPECT_EQ(pulled.status, 0) << pulled.err;
  EXPECT_THAT(pulled.out, HasSubstr("/.cache/hearth/models/addresses/127.0.0.1/files/mine.gguf"));
  EXPECT_TRUE(content(pulled.out.substr(0, pulled.out.size() - 1)) == model_);
  EXPECT_THAT(hearth({"list"}).out, HasSubstr("127.0.0.1/files/mine"));
}

TEST_F(HubVerbs, MistakesInNames) {
  const Finished near = hearth({"pull", "tinny"});
  EXPECT_EQ(near.status, 1);
  EXPECT_THAT(near.err, HasSubstr("hearth: there is no model 'tinny'\ndid you mean tiny"));
  EXPECT_THAT(hearth({"pull", "qwen2.5:0.6b"}).err, HasSubstr("qwen2.5:0.5b"));
  EXPECT_EQ(hearth({"pull", "../../etc/passwd"}).status, 2);
  EXPECT_EQ(hearth({"pull"}).status, 2);
  EXPECT_THAT(hearth({"pull", "no/such"}).err, HasSubstr("no such model, or it is private"));
}

TEST_F(HubVerbs, RunFetchesWithYesAndAnswers) {
  const Finished refused = hearth({"run", "tiny", "-p", "abc", "--raw", "--temp", "0", "-n", "3"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("tiny: this model is not on this disk\n'hearth pull tiny' fetches it; --yes"));
  const Finished answered = hearth({"run", "tiny", "--yes", "-p", "abc", "--raw", "--temp", "0", "-n", "3"});
  EXPECT_EQ(answered.status, 0) << answered.err;
  EXPECT_EQ(answered.out, "def");
  hub_.forget_seen();
  for (const char* name : {"tiny", "tiny:1m", "tiny:1m-q8_0", "owner/tiny-GGUF", "hf://owner/tiny-GGUF:Q8_0"}) {
    EXPECT_EQ(hearth({"run", name, "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out, "def") << name;
  }
  EXPECT_THAT(hub_.seen(), IsEmpty());  // what is there is used without asking the hub
  EXPECT_EQ(hearth_with({"run", "tiny", "-p", "abc", "--raw", "--temp", "0", "-n", "3"}, "HF_HUB_OFFLINE", "1").out,
            "def");
  // The other verbs know the name as well.
  EXPECT_THAT(hearth({"inspect", "tiny"}).out, HasSubstr("architecture    llama\n"));
  EXPECT_EQ(hearth({"tokenize", "tiny", "ab"}).status, 0);
  EXPECT_THAT(hearth({"doctor", "tiny"}).out, HasSubstr("verdict         fits\n"));
}

TEST_F(HubVerbs, RunAsksOnATerminal) {
  Start at_terminal = start({"run", "tiny", "-p", "abc", "--raw", "--temp", "0", "-n", "3"});
  at_terminal.at_terminal = true;
  HearthProcess no(home(), at_terminal);
  ASSERT_TRUE(no.wait_for("tiny is not on this disk. Fetch it? [Y/n]"));
  no.write("n\n");
  EXPECT_THAT(no.finish().out, HasSubstr("was not fetched"));
  EXPECT_FALSE(fs::exists(snapshot()));
  HearthProcess yes(home(), at_terminal);
  ASSERT_TRUE(yes.wait_for("Fetch it? [Y/n]"));
  yes.write("\n");
  EXPECT_TRUE(yes.wait_for("def"));
  EXPECT_EQ(yes.finish().status, 0);
}

TEST_F(HubVerbs, KilledAndGoesOn) {
  // Random bytes: what matters is how they get here.
  std::mt19937 random(3);
  std::string large;
  large.resize(20'000'000);
  for (char& c : large) c = static_cast<char>(random());
  hub_.add("owner/large", "large-q8_0.gguf", large);
  hub_.set_faults({.bytes_per_second = 1'500'000});
  const fs::path blobs = home() / "hf/hub/models--owner--large/blobs";
  {
    HearthProcess process(home(), start({"pull", "owner/large"}));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (hub_.bytes_sent() < large.size() / 3 && std::chrono::steady_clock::now() < deadline) ::usleep(20'000);
    process.signal(SIGKILL);
    EXPECT_EQ(process.finish().status, 128 + SIGKILL);
  }
  ASSERT_GE(hub_.bytes_sent(), large.size() / 3);
  EXPECT_FALSE(fs::exists(home() / "hf/hub/models--owner--large/snapshots"));  // nothing half is in sight
  EXPECT_THAT(hearth({"list"}).out, Not(HasSubstr("owner/large")));
  // What is in the way is known, and left while somebody may go on with it.
  EXPECT_THAT(hearth({"prune", "--dry-run"}).out, HasSubstr("an interrupted download"));
  hub_.forget_seen();
  hub_.set_faults({});
  const Finished resumed = hearth({"pull", "owner/large", "-q"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_TRUE(content(resumed.out.substr(0, resumed.out.size() - 1)) == large);
  // The journal is written once a second: at the rate above most of the third was kept.
  EXPECT_LT(hub_.bytes_sent(), large.size());
  for (const auto& entry : fs::directory_iterator(blobs)) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("hearth-part")));
  }
}

TEST_F(HubVerbs, TwoPullersFetchOnce) {
  std::string large;
  large.resize(3'000'000, 'x');
  hub_.add("owner/large", "large-q8_0.gguf", large);
  hub_.set_faults({.bytes_per_second = 2'000'000});
  HearthProcess first(home(), start({"pull", "owner/large"}));
  HearthProcess second(home(), start({"pull", "owner/large"}));
  const Finished one = first.finish(), two = second.finish();
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(two.status, 0) << two.err;
  EXPECT_EQ(one.out, two.out);
  EXPECT_THAT(one.err + two.err, HasSubstr("waiting: another program is fetching large-q8_0.gguf"));
  EXPECT_EQ(hub_.bytes_sent(), large.size());
}

TEST_F(HubVerbs, CtrlCKeepsWhatIsThere) {
  std::string large;
  large.resize(20'000'000, 'x');
  hub_.add("owner/large", "large-q8_0.gguf", std::move(large));
  hub_.set_faults({.bytes_per_second = 500'000});
  HearthProcess process(home(), start({"pull", "owner/large"}));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (hub_.bytes_sent() < 300'000 && std::chrono::steady_clock::now() < deadline) ::usleep(20'000);
  process.signal(SIGINT);
  const Finished finished = process.finish();
  EXPECT_EQ(finished.status, 130);
  EXPECT_THAT(finished.err, HasSubstr("pull again to go on"));
  EXPECT_THAT(hearth({"prune"}).out, HasSubstr("free now"));
  EXPECT_EQ(hearth({"prune"}).out, "0 bytes free now\n");
}

TEST_F(HubVerbs, PruneLeavesPackedWeightsThatSomebodyWrites) {
  const fs::path packed = home() / ".local/share/hearth/packed";
  fs::create_directories(packed);
  write_file_atomic(packed / "a.packed", "whole");
  write_file_atomic(packed / "b.packed.1.2.tmp", "left by a process that was killed");
  AtomicFile writing(packed / "c.packed");
  writing.append("half");
  EXPECT_EQ(hearth({"prune"}).status, 0);
  EXPECT_FALSE(fs::exists(packed / "a.packed"));
  EXPECT_FALSE(fs::exists(packed / "b.packed.1.2.tmp"));
  EXPECT_NO_THROW(writing.commit());
}

TEST_F(HubVerbs, WrongBytesAndClosedDoors) {
  hub_.set_faults({.wrong_bytes = true});
  const Finished wrong = hearth({"pull", "tiny", "-q"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, HasSubstr("is not what the hub states (SHA-256"));
  EXPECT_FALSE(fs::exists(snapshot() / "tiny-q8_0.gguf"));
  hub_.set_faults({});
  hub_.require_token("owner/tiny-GGUF", "right", "GatedRepo");
  const Finished gated = hearth({"pull", "tiny", "-q"});
  EXPECT_EQ(gated.status, 1);
  EXPECT_THAT(gated.err, HasSubstr("is gated: its makers want their licence accepted\naccept it at " + hub_.address()));
  EXPECT_EQ(hearth_with({"pull", "tiny", "-q"}, "HF_TOKEN", "right").status, 0);
  fs::remove_all(home() / "hf/hub");
  std::ofstream(home() / "hf/token") << "right\n";
  EXPECT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  const Finished offline = hearth_with({"pull", "owner/other"}, "HF_HUB_OFFLINE", "1");
  EXPECT_THAT(offline.err, HasSubstr("HF_HUB_OFFLINE forbids"));
}

TEST_F(HubVerbs, ARepositoryOfSafetensorsIsFetchedWithoutItsCode) {
  hub_.add("owner/folder", "config.json", R"({"model_type": "mamba"})", false);
  hub_.add("owner/folder", "model.safetensors", "not really");
  hub_.add("owner/folder", "modeling.py", "import os", false);
  hub_.add("owner/folder", "pytorch_model.bin", "pickle");
  const Finished pulled = hearth({"pull", "owner/folder"});
  EXPECT_EQ(pulled.status, 0) << pulled.err;
  const fs::path folder = pulled.out.substr(0, pulled.out.size() - 1);
  EXPECT_TRUE(fs::exists(folder / "model.safetensors"));
  EXPECT_FALSE(fs::exists(folder / "modeling.py"));
  EXPECT_FALSE(fs::exists(folder / "pytorch_model.bin"));
  EXPECT_THAT(pulled.err, HasSubstr("fetched, but Hearth cannot"));
  hub_.add("owner/pickled", "pytorch_model.bin", "pickle");
  EXPECT_THAT(hearth({"pull", "owner/pickled"}).err, HasSubstr("pickled weights only"));
}

TEST_F(HubVerbs, ListShowRemove) {
  EXPECT_THAT(hearth({"list"}).out, StartsWith("no models here yet"));
  ASSERT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  fs::create_directories(home() / "llama.cpp");
  make_tiny_llama(home() / "llama.cpp/ggml-org_other-q4_0.gguf");
  const std::string hash(64, '1');
  fs::create_directories(home() / "ollama/blobs");
  fs::create_directories(home() / "ollama/manifests/registry.ollama.ai/library/helper");
  make_tiny_llama(home() / ("ollama/blobs/sha256-" + hash));
  std::ofstream(home() / "ollama/manifests/registry.ollama.ai/library/helper/3b")
      << R"({"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:)" << hash << "\"}]}";

  const Finished listed = hearth({"list"});
  EXPECT_THAT(listed.out, HasSubstr("owner/tiny-GGUF:Q8_0"));
  EXPECT_THAT(listed.out, HasSubstr("also tiny:1m-Q8_0"));
  EXPECT_THAT(listed.out, HasSubstr("helper:3b"));
  EXPECT_THAT(listed.out, HasSubstr("ggml-org_other-q4_0"));
  EXPECT_EQ(hearth({"run", "helper:3b", "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out, "def");
  EXPECT_EQ(hearth({"run", "ggml-org_other-q4_0", "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out, "def");
  EXPECT_EQ(hearth({"tokenize", "helper:3b", "ab", "--json"}).status, 0);
  const auto ollama = parsed(hearth({"list", "--store", "ollama", "--json"}));
  EXPECT_EQ(ollama.at("name"), "helper:3b");
  EXPECT_EQ(ollama.at("architecture"), "llama");
  EXPECT_EQ(ollama.at("ours"), false);
  EXPECT_TRUE(ollama.at("last_used").is_int64());

  const Finished shown = hearth({"show", "tiny"});
  EXPECT_THAT(shown.out, HasSubstr("catalog         tiny:1m: Tiny\n"));
  EXPECT_THAT(shown.out, HasSubstr("architecture    llama\n"));
  EXPECT_EQ(parsed(hearth({"show", "tiny", "--json"})).at("local").at("architecture"), "llama");
  EXPECT_EQ(hearth({"show", "nothing-like-it"}).status, 1);

  // Another program's is left alone unless forced; Hearth's own goes.
  const Finished others = hearth({"rm", "helper:3b"});
  EXPECT_EQ(others.status, 2);
  EXPECT_THAT(others.err, HasSubstr("is another program's"));
  EXPECT_TRUE(fs::exists(home() / ("ollama/blobs/sha256-" + hash)));
  EXPECT_EQ(hearth({"rm", "--force", "helper:3b"}).status, 0);
  EXPECT_FALSE(fs::exists(home() / ("ollama/blobs/sha256-" + hash)));
  EXPECT_THAT(hearth({"rm", "tiny"}).out, HasSubstr("removed owner/tiny-GGUF:Q8_0"));
  EXPECT_FALSE(fs::exists(home() / "hf/hub/models--owner--tiny-GGUF"));
  EXPECT_EQ(hearth({"rm", "tiny"}).status, 1);
}

TEST_F(HubVerbs, WhatAnotherProgramPutIntoTheSharedCacheIsItsOwn) {
  ASSERT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  fs::remove_all(home() / ".local");  // as if Python's hub library had fetched it
  const Finished refused = hearth({"rm", "tiny"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(fs::exists(snapshot() / "tiny-q8_0.gguf"));
}

TEST_F(HubVerbs, NamesOfOnesOwn) {
  ASSERT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  EXPECT_EQ(hearth({"alias", "helper", "tiny:1m"}).status, 0);
  EXPECT_THAT(hearth({"alias"}).out, HasSubstr("helper"));
  EXPECT_EQ(hearth({"run", "helper", "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out, "def");
  EXPECT_EQ(hearth({"cp", "helper", "second"}).status, 0);
  EXPECT_EQ(hearth({"run", "second", "-p", "abc", "--raw", "--temp", "0", "-n", "3"}).out, "def");
  EXPECT_EQ(hearth({"alias", "tiny:1m", "helper"}).status, 2);  // a circle
  EXPECT_EQ(hearth({"alias", "../x", "tiny"}).status, 2);
  EXPECT_THAT(hearth({"rm", "helper"}).out, HasSubstr("the alias helper"));
  EXPECT_EQ(hearth({"alias", "--remove", "helper"}).status, 1);
  EXPECT_TRUE(fs::exists(snapshot() / "tiny-q8_0.gguf"));
}

TEST_F(HubVerbs, VerifyFindsAFlippedBit) {
  ASSERT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  EXPECT_THAT(hearth({"verify", "tiny"}).out, StartsWith("right: "));
  std::fstream file(snapshot() / "tiny-q8_0.gguf", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(1000);
  file.put('\x55');
  file.close();
  const Finished wrong = hearth({"verify", "--all"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.out, StartsWith("WRONG: "));
  EXPECT_EQ(parsed(hearth({"verify", "tiny", "--json"})).at("ok"), false);
}

TEST_F(HubVerbs, SearchRecommendFits) {
  EXPECT_THAT(hearth({"search", "qwen", "--for", "code"}).out, HasSubstr("qwen2.5-coder:7b"));
  EXPECT_THAT(hearth({"search", "qwen2.5:0.5b"}).out, HasSubstr("468 MiB"));
  const Finished shown = hearth({"show", "qwen2.5:0.5b"});
  EXPECT_THAT(shown.out, HasSubstr("template        chatml\n"));
  EXPECT_THAT(shown.out, HasSubstr("of memory  qwen2.5-0.5b-instruct-q4_k_m.gguf\n"));
  const auto file = parsed(hearth({"show", "qwen2.5:0.5b", "--json"})).at("catalog").at("files").at(1);
  EXPECT_EQ(file.at("quantization"), "Q8_0");
  EXPECT_GT(file.at("memory").to_number<double>(), file.at("bytes").to_number<double>());
  const Finished embedder = hearth({"fits", "qodo-embed-1", "--ctx", "512"});
  EXPECT_THAT(embedder.out, HasSubstr("qodo-embed-1:1.5b in F32 needs about"));
  EXPECT_THAT(embedder.out, Not(HasSubstr("an answer comes")));
  EXPECT_EQ(hearth({"search", "no such thing"}).status, 1);
  EXPECT_EQ(hearth({"search", "--for", "war"}).status, 2);
  const Finished recommended = hearth({"recommend", "--for", "embed", "--json", "-n", "1"});
  EXPECT_EQ(recommended.status, 0);
  EXPECT_EQ(parsed(recommended).at("fit").at("fits"), true);
  EXPECT_EQ(parsed(recommended).at("commercial"), true);  // for production
  const Finished fits = hearth({"fits", "smollm2:135m"});
  EXPECT_EQ(fits.status, 0);
  EXPECT_THAT(fits.out, StartsWith("yes: smollm2:135m in Q8_0 needs about "));
  EXPECT_EQ(hearth({"fits", "qwen2.5:7b", "--ctx", "2000000000"}).status, 1);
  ASSERT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  EXPECT_EQ(parsed(hearth({"fits", "tiny", "--json"})).at("estimate"), false);
  EXPECT_EQ(hearth({"fits", "nothing"}).status, 1);
}

TEST_F(HubVerbs, Completion) {
  EXPECT_THAT(hearth({"completion", "names"}).out, HasSubstr("qwen2.5:0.5b\n"));
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Finished script = hearth({"completion", shell});
    EXPECT_THAT(script.out, HasSubstr("recommend"));
    EXPECT_THAT(script.out, Not(HasSubstr("_VERBS@")));
  }
  EXPECT_EQ(hearth({"completion", "cmd"}).status, 2);
  // Bash itself takes the script and completes a name that holds a ':'.
  const auto script = file("completion.sh", hearth({"completion", "bash"}).out +
                                                "hearth() { printf 'tiny:1m\\ntiny:2m\\nother\\n'; }\n"
                                                "COMP_WORDBREAKS=' :'; COMP_LINE='hearth run tiny:1'; COMP_POINT=17\n"
                                                "COMP_WORDS=(hearth run tiny : 1); COMP_CWORD=4\n"
                                                "_hearth; echo \"${COMPREPLY[*]}\"\n");
  const Finished completed = run({.arguments = {script}, .program = "/bin/bash"});
  EXPECT_EQ(completed.out, "1m\n") << completed.err;
  // What is to be removed is what is there.
  ASSERT_EQ(hearth({"pull", "tiny", "-q"}).status, 0);
  EXPECT_EQ(hearth({"completion", "local"}).out, "owner/tiny-GGUF:Q8_0\n");
}

/// zsh loads the script as a file of fpath at the first Tab, which must complete already.
TEST_F(HubVerbs, CompletionAsAFileOfZsh) {
  if (!fs::exists("/usr/bin/zsh")) GTEST_SKIP() << "there is no zsh";
  fs::create_directories(home() / "zsh");
  std::ofstream(home() / "zsh/_hearth") << hearth({"completion", "zsh"}).out;
  const auto script = file("first-tab.zsh", "fpath=(" + (home() / "zsh").string() +
                                                ")\nautoload _hearth\nhearth() { echo tiny:1m; }\n"
                                                "compadd() { print -r -- $names; }\n_files() { }\n"
                                                "words=(hearth run ti) CURRENT=3\n_hearth\n");
  const Finished completed = run({.arguments = {"-f", script}, .program = "/usr/bin/zsh"});
  EXPECT_EQ(completed.out, "tiny:1m\n") << completed.err;
}

TEST_F(HubVerbs, SaysWhereThingsAre) {
  EXPECT_THAT(hearth({"doctor"}).out, HasSubstr((home() / "hf/hub").string()));
  EXPECT_THAT(hearth({"config"}).out, HasSubstr("pulled models are in " + (home() / "hf/hub").string()));
  std::ofstream(home() / ".config/hearth/catalog.toml") << "[[model]]\nnam = 'x'\n";
  const Finished broken = hearth({"pull", "x"});
  EXPECT_EQ(broken.status, 2);
  EXPECT_THAT(broken.err, HasSubstr("catalog.toml line 2: a model has no 'nam'"));
}

}  // namespace
}  // namespace hearth::testing
