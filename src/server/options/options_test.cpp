// Settings, amounts, addresses and keys of the server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>

#include "hearth/server.h"
#include "server/options/amount_text.h"
#include "server/options/descriptor_limit.h"
#include "server/options/listen_address.h"
#include "server/options/next_start.h"
#include "support/environment.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(AmountText, Bytes) {
  const std::map<std::string, std::uint64_t> right = {{"0", 0},
                                                      {"512", 512},
                                                      {"1k", 1024},
                                                      {"8G", 8589934592},
                                                      {"8GiB", 8589934592},
                                                      {"8gb", 8000000000},
                                                      {"1.5 GiB", 1610612736},
                                                      {"2T", 2199023255552},
                                                      {"3 mb", 3000000}};
  for (const auto& [text, bytes] : right) EXPECT_EQ(parse_bytes(text), bytes) << text;
  for (const char* text : {"", "G", "-1", "1x", "1 G B", "nan", "inf", "1e3", "99999999999T", "0x10", " 1"}) {
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
}

TEST(ListenAddress, AsHostVariablesAreWritten) {
  const auto read = [](const char* text) -> std::string {
    const auto address = parse_listen_address(text);
    if (!address) return "none";
    return address->host + (address->port ? " " + std::to_string(*address->port) : "");
  };
  EXPECT_EQ(read("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(read("0.0.0.0:8080"), "0.0.0.0 8080");
  EXPECT_EQ(read("http://models.lan:80/x"), "models.lan 80");
  EXPECT_EQ(read("::1"), "::1");
  EXPECT_EQ(read("[::1]:8080"), "::1 8080");
  EXPECT_EQ(read("[fe80::1%eth0]"), "fe80::1%eth0");
  EXPECT_EQ(read(":8080"), "0.0.0.0 8080");
  for (const char* text :
       {"", "a b", "host:", "host:x", "host:70000", "[::1", "[::1]x", "http://", "a\nb", "host:-1"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

class ServeOptionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    fs::current_path(folder_.path());
    environment_.use_home(folder_.path());
  }
  void TearDown() override { fs::current_path(before_); }
  void set(const std::string& name, const std::optional<std::string>& value) { environment_.set(name, value); }
  std::string file(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }
  static std::string problem(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error_code_name(error.code())) + ": " + error.message() + " | " + error.hint();
    }
    return "";
  }
  std::string keys_problem(const std::string& content, mode_t mode = 0600) const {
    const std::string path = file("bad.toml", content, mode);
    return problem([&] { (void)read_server_keys(path); });
  }

  testing::TemporaryFolder folder_;
  fs::path before_;
  testing::Environment environment_;
};

TEST_F(ServeOptionsTest, Defaults) {
  const ServeOptions options = serve_options();
  EXPECT_THAT(options.hosts, ElementsAre("127.0.0.1"));
  EXPECT_EQ(options.port, 11434);
  EXPECT_EQ(options.keep_alive, std::chrono::minutes(5));
  EXPECT_EQ(options.stop_patience, std::chrono::seconds(30));
  EXPECT_EQ(options.max_body_bytes, std::uint64_t{32} << 20);
  EXPECT_EQ(options.max_running, ServeOptions{}.max_running);
  EXPECT_EQ(options.max_queue, ServeOptions{}.max_queue);
  EXPECT_EQ(options.max_connections, ServeOptions{}.max_connections);
  EXPECT_EQ(options.memory, 0U);
  EXPECT_EQ(options.model.kv_type, "auto");
  EXPECT_TRUE(options.keys.empty());
  EXPECT_FALSE(options.insecure);
  EXPECT_EQ(options.log_format, "text");
}

TEST_F(ServeOptionsTest, ConnectionsOfOneAddress) {
  EXPECT_FALSE(serve_options().max_connections_per_address);
  EXPECT_EQ(serve_options({{"serve.max_connections_per_address", "0"}}).max_connections_per_address, 0U);
  EXPECT_EQ(serve_options({{"serve.max_connections_per_address", "12"}}).max_connections_per_address, 12U);
  EXPECT_THROW(serve_options({{"serve.max_connections_per_address", "-1"}}), Error);
}

TEST(DescriptorLimit, LeavesARestForModels) {
  EXPECT_EQ(connections_within(1024, 4096), 896U);
  EXPECT_EQ(connections_within(1'048'576, 4096), 4096U);
  EXPECT_EQ(connections_within(4224, 4096), 4096U);
  EXPECT_EQ(connections_within(4223, 4096), 4095U);
  EXPECT_EQ(connections_within(100, 4096), 50U);
  EXPECT_EQ(connections_within(0, 4096), 1U);
  EXPECT_EQ(connections_within(std::numeric_limits<std::uint64_t>::max(), 5), 5U);
  EXPECT_GT(descriptor_limit(), 2U);
}

TEST(NextStart, NamesWhatARunningServerCannotTakeOver) {
  const ServeOptions running;
  ServeOptions wanted;
  wanted.keys.push_back({});
  wanted.max_tokens = 7;
  wanted.request_time = std::chrono::seconds(7);
  wanted.memory = 7;
  wanted.max_loaded = 7;
  wanted.keep_alive = std::chrono::seconds(7);
  wanted.max_connections = wanted.max_body_bytes = 7;
  wanted.max_connections_per_address = 7;
  wanted.log_level = "debug";
  wanted.tls_certificate = wanted.tls_key = "other.pem";
  EXPECT_THAT(settings_of_next_start(running, wanted), ElementsAre());
  wanted.port = 1;
  wanted.model.context = 64;
  wanted.pinned = {"a"};
  wanted.log_file = "log";
  EXPECT_THAT(settings_of_next_start(running, wanted),
              ElementsAre("serve.port", "serve.pin", "context", "serve.log_file"));
}

TEST_F(ServeOptionsTest, FromAFileTheEnvironmentAndFlags) {
  const std::string config = file("serve.toml",
                                  "threads = 3\n[serve]\nport = 8080\nkeep_alive = \"-1\"\nmemory = \"2GiB\"\n"
                                  "allow_origins = \"https://a.example, https://b.example\"\ninsecure = true\n");
  set("HEARTH_HOST", "0.0.0.0:9999");
  const ServeOptions options = serve_options({{"context", "64"}, {"serve.keep_alive", "1h30m"}}, config);
  EXPECT_THAT(options.hosts, ElementsAre("0.0.0.0"));
  EXPECT_EQ(options.port, 8080) << "a port of its own is stronger than one behind the host";
  EXPECT_EQ(options.keep_alive, std::chrono::minutes(90));
  EXPECT_EQ(options.memory, std::uint64_t{2} << 30);
  EXPECT_EQ(options.model.threads, 3);
  EXPECT_EQ(options.model.context, 64);
  EXPECT_THAT(options.allowed_origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_TRUE(options.insecure);
  EXPECT_EQ(serve_options().port, 9999);
  EXPECT_LT(serve_options({{"serve.keep_alive", "-1"}}).keep_alive.count(), 0);
}

TEST_F(ServeOptionsTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(problem([] {
                serve_options({{"serve.memory", "lots"}});
              }),
              HasSubstr("invalid_argument: serve.memory is 'lots' (flag); it must be an amount of memory"));
  EXPECT_THAT(problem([] {
                serve_options({{"serve.memory", "8"}});
              }),
              HasSubstr("serve.memory is '8' (flag); it must be at least 16MiB, or 0"));
  for (const char* little : {"1", "8kB", "15.9MiB"}) {
    EXPECT_THROW(serve_options({{"serve.memory", little}}), Error) << little;
    EXPECT_THROW(serve_options({}, file("little.toml", "[serve]\nmemory = \"" + std::string(little) + "\"\n")), Error);
  }
  EXPECT_EQ(serve_options({{"serve.memory", "16MiB"}}).memory, std::uint64_t{16} << 20);
  EXPECT_EQ(serve_options({{"serve.memory", "0"}}).memory, 0U) << "as without it: what is free";
  EXPECT_THAT(problem([] { serve_options({{"context", "7"}}); }), HasSubstr("from 8 to 16777216, or 0"));
  EXPECT_THAT(problem([] { serve_options({{"serve.keep_alive", "soon"}}); }), HasSubstr("must be a time"));
  EXPECT_THAT(problem([] { serve_options({{"serve.stop_patience", "-1"}}); }), HasSubstr("must be a time"));
  EXPECT_THAT(problem([] { serve_options({{"serve.host", "host:x"}}); }), HasSubstr("must be an address"));
  EXPECT_THAT(problem([] { serve_options({{"serve.port", "70000"}}); }), HasSubstr("from 0 to 65535"));
  EXPECT_THAT(problem([] { serve_options({{"serve.tls_cert", "x.pem"}}); }), HasSubstr("belong together"));
  EXPECT_THAT(problem([] { serve_options({}, "/no/such/file.toml"); }), HasSubstr("not_found: "));
}

TEST_F(ServeOptionsTest, KeysFromAFileAndTheEnvironment) {
  const std::string hash(64, 'A');
  const std::string path =
      file("keys.toml",
           "[[key]]\nname = \"ci\"\nsecret = \"0123456789abcdef\"\nscopes = [\"chat\", \"manage\"]\n"
           "requests_per_minute = 60\nmax_concurrent = 4\n[[key]]\nname = \"app\"\nsha256 = \"" +
               hash + "\"\n");
  set("HEARTH_API_KEY", "secret-of-the-environment");
  const ServeOptions options = serve_options({{"serve.api_keys", path}});
  ASSERT_EQ(options.keys.size(), 3U);
  EXPECT_EQ(options.keys[0].name, "ci");
  EXPECT_EQ(options.keys[0].secret, "0123456789abcdef");
  EXPECT_THAT(options.keys[0].scopes, ElementsAre("chat", "manage"));
  EXPECT_EQ(options.keys[0].requests_per_minute, 60);
  EXPECT_EQ(options.keys[0].max_concurrent, 4);
  EXPECT_EQ(options.keys[1].sha256, std::string(64, 'a'));
  EXPECT_THAT(options.keys[1].scopes, ElementsAre("chat", "embed"));
  EXPECT_THAT(options.keys[2].scopes, ElementsAre("admin"));
  EXPECT_EQ(options.keys[2].secret, "secret-of-the-environment");

  const auto alone = read_server_keys(file("alone", "c2VjcmV0LWluLWJhc2U2NA==\n"));
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0].secret, "c2VjcmV0LWluLWJhc2U2NA==");
  EXPECT_EQ(alone[0].name, "alone");
}

TEST_F(ServeOptionsTest, WrongKeysAreRefusedWithoutTellingThem) {
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsecret = \"TOPSECRET\" x\n"),
              AllOf(HasSubstr("line 3: this is no TOML"), Not(HasSubstr("TOPSECRET"))));
  EXPECT_THAT(
      keys_problem("[[key]]\nname = \"a\"\nsecret = \"TOPSECRET\"\nsha256 = \"" + std::string(64, 'a') + "\"\n"),
      AllOf(HasSubstr("and not both"), Not(HasSubstr("TOPSECRET"))));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\n"), HasSubstr("needs a secret"));
  EXPECT_THAT(keys_problem("[[key]]\nsecret = \"TOPSECRET\"\n"), HasSubstr("needs a name"));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsha256 = \"12\"\n"), HasSubstr("line 3: sha256 must be"));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsecret = \"TOPSECRET\"\nscopes = [\"root\"]\n"),
              HasSubstr("line 4: a key's scope is 'root'"));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsecret = \"TOPSECRET\"\nscopes = []\n"),
              AllOf(HasSubstr("line 4: a key without a scope"), Not(HasSubstr("TOPSECRET"))));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsecret = \"TOPSECRET\"\nmax_concurrent = -1\n"),
              HasSubstr("must be a number from 0"));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsecrt = \"TOPSECRET\"\n"),
              AllOf(HasSubstr("a key has no 'secrt'"), Not(HasSubstr("TOPSECRET"))));
  EXPECT_THAT(keys_problem("key = 1\n"), HasSubstr("only tables [[key]]"));
  EXPECT_THAT(keys_problem("# nothing\n"), HasSubstr("no key is in it"));
  EXPECT_THAT(keys_problem("[[key]]\nname = \"a\"\nsecret = \"x\"\n[[key]]\nname = \"a\"\nsecret = \"y\"\n"),
              HasSubstr("two keys are called 'a'"));
  EXPECT_THAT(keys_problem("0123456789abcdef\n", 0646), AllOf(HasSubstr("everybody"), HasSubstr("chmod 600")));
  EXPECT_THAT(problem([] { (void)read_server_keys("/no/such/keys"); }), HasSubstr("not_found: "));
}

}  // namespace
}  // namespace hearth
