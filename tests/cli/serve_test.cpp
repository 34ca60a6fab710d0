// serve, ps and stop, as programs.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// One that nobody had a moment ago.
std::string free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool is_bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  return is_bound ? std::to_string(ntohs(address.sin_port)) : "0";
}

class ServeTest : public ProgramTest {
 protected:
  Finished ask(std::vector<std::string> arguments, std::map<std::string, std::string> more = {}) const {
    more.emplace("HEARTH_HOST", "127.0.0.1:" + port_);
    return run(Start{.arguments = std::move(arguments), .environment = std::move(more)});
  }
  static bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 300; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }
  const std::string port_ = free_port();
};

TEST_F(ServeTest, WithoutAServer) {
  const Finished ps = ask({"ps"});
  EXPECT_EQ(ps.status, 1);
  EXPECT_EQ(ps.err, "hearth: no server answers at http://127.0.0.1:" + port_ +
                        "\n'hearth serve' starts one; HEARTH_HOST says where another one is\n");
  EXPECT_EQ(ask({"stop", "tiny"}).status, 1);
  EXPECT_EQ(ask({"stop"}).status, 2);
  EXPECT_EQ(ask({"ps"}, {{"HEARTH_HOST", "no address"}}).status, 2);
  EXPECT_THAT(ask({"ps"}, {{"HEARTH_HOST", ""}, {"OLLAMA_HOST", "127.0.0.1:" + port_}}).err,
              HasSubstr("no server answers at http://127.0.0.1:" + port_));
}

TEST_F(ServeTest, WhatIsWrongIsToldAtTheStart) {
  EXPECT_THAT(run({"serve", "no-such-model"}).err, StartsWith("hearth: no-such-model"));
  EXPECT_EQ(run({"serve", "--models-dir", "/no/such/folder"}).status, 1);
  EXPECT_THAT(run({"serve", "--memory", "lots"}).err, HasSubstr("serve.memory is 'lots' (flag)"));
  EXPECT_EQ(run({"serve", "--memory", "lots"}).status, 2);
  const Finished unitless = run({"serve", "--memory", "8", "--port", port_});
  EXPECT_EQ(unitless.status, 2);
  EXPECT_THAT(unitless.err, HasSubstr("that is 8 bytes: is its unit missing? 8GiB, for example"));
  EXPECT_EQ(run({"serve", "--ctx", "7", "--port", port_}).status, 2);
  EXPECT_EQ(run({"serve", "--ctx", "16777217", "--port", port_}).status, 2);
  const Finished pins =
      run({"serve", llama(), llama({}, "other.gguf"), "--pin", "tiny,other", "--max-loaded", "1", "--port", port_});
  EXPECT_EQ(pins.status, 2);
  EXPECT_THAT(pins.err, HasSubstr("1 models may be loaded at once, and 2 are pinned"));
  EXPECT_EQ(run({"serve", "--host", "0.0.0.0", "--port", port_}).status, 2) << "without keys";
  EXPECT_THAT(run({"serve", "--help"}).out, HasSubstr("--models-dir DIR"));
}

TEST_F(ServeTest, ServesUntilItIsToldToStop) {
  const std::string model = llama();
  HearthProcess server(home(), {.arguments = {"serve", model, "--preload", "--port", port_}});
  EXPECT_TRUE(eventually([&] { return ask({"ps", "--json"}).out.find("tiny") != std::string::npos; }));
  const json::value loaded = parsed(ask({"ps", "--json"}));
  EXPECT_GT(loaded.at("bytes").to_number<std::int64_t>(), 0);
  EXPECT_EQ(loaded.at("context").to_number<std::int64_t>(), 64);
  EXPECT_THAT(ask({"ps"}).out, StartsWith("name"));

  const Finished unknown = ask({"stop", "nobody"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.err, HasSubstr("nobody"));
  EXPECT_EQ(ask({"stop", "tiny"}).out, "stopped tiny\n");
  EXPECT_TRUE(eventually([&] { return ask({"ps", "--json"}).out.empty(); }));
  EXPECT_THAT(ask({"ps"}).out, StartsWith("no models are loaded"));

  const Finished second = run({"serve", model, "--port", port_});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr(port_));

  server.signal(SIGHUP);
  EXPECT_EQ(ask({"ps"}).status, 0);
  server.signal(SIGTERM);
  const Finished finished = server.finish();
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, IsEmpty()) << "the log goes to stderr";
  EXPECT_THAT(finished.err, HasSubstr("Hearth answers at http://127.0.0.1:" + port_));
}

TEST_F(ServeTest, UploadsThatNoModelIsMadeOfGoAtTheStart) {
  const std::filesystem::path blobs = home() / ".cache/hearth/models/blobs";
  std::filesystem::create_directories(blobs);
  const std::string old = file(".cache/hearth/models/blobs/sha256-" + std::string(64, '1'), "abcde");
  const std::string young = file(".cache/hearth/models/blobs/sha256-" + std::string(64, '2'), "abc");
  std::filesystem::last_write_time(old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  HearthProcess server(home(), {.arguments = {"serve", "--port", port_}});
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(old); }));
  EXPECT_TRUE(eventually([&] { return ask({"ps"}).status == 0; }));
  EXPECT_TRUE(std::filesystem::exists(young));
  server.signal(SIGTERM);
  EXPECT_THAT(server.finish().err, HasSubstr("uploaded files removed that no model was made of files=1 bytes=5"));
}

TEST_F(ServeTest, TwoInterruptsEndIt) {
  HearthProcess server(home(), {.arguments = {"serve", "--port", port_}});
  EXPECT_TRUE(eventually([&] { return ask({"ps"}).status == 0; }));
  server.signal(SIGINT);
  EXPECT_EQ(server.finish().status, 0) << "idle, it ends at once";
}

TEST_F(ServeTest, KeysAreAskedFor) {
  const std::string model = llama();
  HearthProcess server(home(), {.arguments = {"serve", model, "--port", port_},
                                .environment = {{"HEARTH_API_KEY", "a-key-of-enough-length"}}});
  EXPECT_TRUE(eventually([&] { return ask({"ps"}).err.find("no server answers") == std::string::npos; }));
  const Finished without = ask({"ps"});
  EXPECT_EQ(without.status, 2);
  EXPECT_THAT(without.err, HasSubstr("HEARTH_API_KEY holds the key to send"));
  EXPECT_EQ(ask({"ps"}, {{"HEARTH_API_KEY", "a-key-of-enough-length"}}).status, 0);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().status, 0);
}

TEST_F(ServeTest, ToStopAModelNeedsTheScopeManageAndNoOther) {
  const std::string keys =
      file("keys.toml",
           "[[key]]\nname = \"manager\"\nsecret = \"the-key-of-a-manager\"\nscopes = [\"manage\"]\n"
           "[[key]]\nname = \"talker\"\nsecret = \"the-key-of-a-talker\"\nscopes = [\"chat\"]\n");
  HearthProcess server(home(), {.arguments = {"serve", llama(), "--preload", "--port", port_, "--api-keys", keys}});
  const std::map<std::string, std::string> manager = {{"HEARTH_API_KEY", "the-key-of-a-manager"}};
  EXPECT_TRUE(eventually([&] { return ask({"ps", "--json"}, manager).out.find("tiny") != std::string::npos; }));
  const Finished refused = ask({"stop", "tiny"}, {{"HEARTH_API_KEY", "the-key-of-a-talker"}});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("lacks the scope manage"));
  EXPECT_EQ(ask({"stop", "tiny"}, manager).out, "stopped tiny\n");
  EXPECT_TRUE(eventually([&] { return ask({"ps", "--json"}, manager).out.empty(); }));
  EXPECT_THAT(ask({"stop", "nobody"}, manager).err, HasSubstr("'nobody' not found"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().status, 0);
}

}  // namespace
}  // namespace hearth::testing
