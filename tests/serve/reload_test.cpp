// What a running server takes over of new settings, all of it or nothing; and when it first says that it is ready.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "serve/serve_probe.h"
#include "serve/test_server.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

HttpAnswer complete(const TestServer& server, std::int64_t max_tokens = 4) {
  return server.client().post("/v1/completions",
                              {{"model", "tiny"}, {"prompt", "abc"}, {"temperature", 0}, {"max_tokens", max_tokens}});
}

std::string text_of(const HttpAnswer& answer) {
  return answer.status == 200 ? std::string(answer.json().at("choices").at(0).at("text").as_string()) : answer.body;
}

ServerKey admin_key() {
  ServerKey key;
  key.name = "new";
  key.secret = "0123456789abcdef";
  key.scopes = {"admin"};
  return key;
}

TEST(Reload, TakesTheLimitsOfRequests) {
  TestServer server;
  EXPECT_EQ(text_of(complete(server)), "defg");
  ServeOptions options;
  options.max_tokens = 2;
  server.server().reload(options);
  EXPECT_EQ(text_of(complete(server)), "de");
  options.max_tokens = 0;
  options.request_time = std::chrono::milliseconds(1);
  server.server().reload(options);
  const HttpAnswer late = server.client().post(
      "/v1/completions", {{"model", "chat"}, {"prompt", "a"}, {"max_tokens", 4000}, {"ignore_eos", true}});
  EXPECT_EQ(late.status, 504) << late.body;
  server.server().reload(ServeOptions());
  EXPECT_EQ(text_of(complete(server)), "defg");
}

TEST(Reload, ThatIsRefusedChangesNothing) {
  const TemporaryFolder folder;
  ServeOptions options;
  options.log_file = (folder.path() / "log").string();
  TestServer server(options);
  const auto refuses = [&] {
    ServeOptions wanted = options;
    wanted.keys.push_back(admin_key());
    wanted.max_tokens = 1;
    EXPECT_THROW(server.server().reload(wanted), Error);
    EXPECT_EQ(text_of(complete(server)), "defg") << "without a key, and as long as before";
  };
  fs::remove(options.log_file);
  fs::create_directory(options.log_file);  // so that no log can be opened there
  refuses();
  fs::remove(options.log_file);
  options.log_level = "loud";
  refuses();
  options.log_level = "info";
  options.tls_certificate = options.tls_key = (folder.path() / "none.pem").string();
  refuses();
}

TEST(Reload, UnloadsWhatALowerCountLeavesNoPlaceFor) {
  TestServer server;
  for (const char* model : {"tiny", "chat"}) {
    EXPECT_EQ(server.client().post("/hearth/models/load", {{"model", model}}).status, 200);
  }
  const auto loaded = [&] { return server.client().get("/hearth/status").json().at("models").as_array().size(); };
  EXPECT_EQ(loaded(), 2U);
  ServeOptions options;
  options.max_loaded = 1;
  server.server().reload(options);
  EXPECT_TRUE(comes_true([&] { return loaded() == 1; })) << "though nobody asks for another model";
}

TEST(Reload, RefusesFewerModelsThanArePinned) {
  ServeOptions options;
  options.pinned = {"tiny", "chat"};
  TestServer server(options);
  options.max_loaded = 1;
  options.max_tokens = 1;
  EXPECT_THROW(server.server().reload(options), Error);
  EXPECT_EQ(text_of(complete(server)), "defg") << "nothing of it was taken over";
}

TEST(Reload, RefusesAKeyWithoutAScopeAsTheStartDoes) {
  ServeOptions options;
  options.keys.push_back(admin_key());
  TestServer server(options);
  ServeOptions wanted = options;
  wanted.keys.front().scopes.clear();
  EXPECT_THROW(server.server().reload(wanted), Error);
  const auto status_with_key = [&] {
    return server.client().get("/metrics", {"Authorization: Bearer 0123456789abcdef"}).status;
  };
  EXPECT_EQ(status_with_key(), 200) << "the old key, with its old scope";
  wanted.port = 0;
  EXPECT_THROW(Server(wanted).start(), Error);
}

TEST(Reload, TakesKeysAndOpensTheLogAnew) {
  const TemporaryFolder folder;
  ServeOptions options;
  options.log_file = (folder.path() / "log").string();
  TestServer server(options);
  fs::rename(options.log_file, folder.path() / "log.1");
  options.keys.push_back(admin_key());
  options.log_level = "info";
  options.max_running = 7;
  server.server().reload(options);
  EXPECT_EQ(complete(server).status, 401);
  const std::string log = read_file(options.log_file);
  EXPECT_THAT(log, HasSubstr("configuration read again"));
  EXPECT_THAT(log, HasSubstr("these settings hold from the next start"));
  EXPECT_THAT(log, HasSubstr("serve.max_running"));
}

TEST(Ready, IsSaidWhenAllThatIsPreloadedIsThere) {
  for (int round = 0; round < 5; ++round) {
    ServeOptions options;
    options.preload = {"tiny", "chat", "bert"};
    const TestServer server(options);
    ASSERT_TRUE(comes_true([&] { return server.client().get("/ready").status == 200; }));
    for (const char* model : {"tiny", "chat", "bert"}) EXPECT_NE(running(server.client(), model), -1) << model;
  }
}

}  // namespace
}  // namespace hearth::testing
