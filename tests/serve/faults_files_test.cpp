// Files that go, shrink or cannot be written while the server runs; memory that is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/file.h"
#include "serve/serve_probe.h"
#include "serve/test_server.h"
#include "server/http/testing/raw_client.h"
#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::int64_t kLong = 4000;

HttpAnswer complete(const TestServer& server, const std::string& model) {
  return server.client().post("/v1/completions",
                              {{"model", model}, {"prompt", "abc"}, {"temperature", 0}, {"max_tokens", 4}});
}

std::string text_of(const HttpAnswer& answer) {
  return answer.status == 200 ? std::string(answer.json().at("choices").at(0).at("text").as_string()) : answer.body;
}

TEST(FaultsOfFiles, ARemovedModelIsNotFoundAndWhatRunsGoesOn) {
  const TestServer server;
  RawClient client(server.port());
  client.request("POST", "/v1/completions", endless("chat", kLong));
  client.read_until("data: ");
  fs::remove(server.folder() / "models" / "chat.gguf");
  EXPECT_TRUE(comes_true([&] { return complete(server, "chat").status == 404; }));
  EXPECT_EQ(text_of(complete(server, "tiny")), "defg");
  EXPECT_THAT(client.read_until("[DONE]"), HasSubstr("\"finish_reason\":\"length\""));
}

TEST(FaultsOfFiles, ARemovedModelCanBeStopped) {
  const TestServer server;
  ASSERT_EQ(server.client().post("/v1/completions", {{"model", "chat"}, {"prompt", "abc"}, {"max_tokens", 1}}).status,
            200);
  fs::remove(server.folder() / "models" / "chat.gguf");
  const HttpAnswer stopped = server.client().post("/api/generate", {{"model", "chat"}, {"keep_alive", 0}});
  EXPECT_EQ(stopped.status, 200) << stopped.body;
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") == -1; }));
}

TEST(FaultsOfFiles, AListLetsGoOfARemovedModel) {
  const TestServer server;
  ASSERT_EQ(text_of(complete(server, "chat")), "defg");
  fs::remove(server.folder() / "models" / "chat.gguf");
  // The disk is looked at once a second at most.
  EXPECT_TRUE(comes_true([&] {
    const bool is_listed = server.client().get("/v1/models").body.find("chat") != std::string::npos;
    return !is_listed && running(server.client(), "chat") == -1;
  }));
}

TEST(FaultsOfFiles, AShortenedModelFailsItsOwnRequestsOnly) {
  const TestServer server;
  const fs::path file = server.folder() / "models" / "chat.gguf";
  const std::string whole = read_file(file);
  RawClient client(server.port());
  client.request("POST", "/v1/completions", endless("chat", kLong));
  client.read_until("data: ");
  fs::resize_file(file, 4096);  // the weights are behind that
  const std::string rest = client.read_until("\r\n0\r\n\r\n");
  EXPECT_THAT(rest, HasSubstr("was shortened while it was in use"));
  EXPECT_THAT(rest, ::testing::Not(HasSubstr("finish_reason\":\"length\"")));
  // The file is broken now, which is nobody else's fault.
  const HttpAnswer broken = complete(server, "chat");
  EXPECT_EQ(broken.status, 500) << broken.body;
  EXPECT_EQ(text_of(complete(server, "tiny")), "defg");
  // Put back by renaming, it is read anew.
  write_file_atomic(file, whole);
  EXPECT_TRUE(comes_true([&] { return text_of(complete(server, "chat")) == "defg"; })) << complete(server, "chat").body;
}

TEST(FaultsOfFiles, AFileThatIsNoModelFailsItsOwnRequestsOnly) {
  const TestServer server;
  const fs::path models = server.folder() / "models";
  write_file_atomic(models / "empty.gguf", "");
  write_file_atomic(models / "noise.gguf", std::string(5000, '\x5a'));
  write_file_atomic(models / "half.gguf", read_file(models / "tiny.gguf").substr(0, 20'000));
  ASSERT_TRUE(comes_true([&] { return complete(server, "half").status != 404; }));
  for (const char* name : {"empty", "noise", "half"}) {
    const HttpAnswer answer = complete(server, name);
    EXPECT_EQ(answer.status, 500) << name << ": " << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(name));
  }
  EXPECT_EQ(text_of(complete(server, "tiny")), "defg");
}

TEST(FaultsOfFiles, TooLittleMemoryIsSaidWithItsNumbers) {
  ServeOptions options;
  options.memory = 1000;
  const TestServer server(options);
  const HttpAnswer answer = complete(server, "tiny");
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("tiny never fits here"));
  EXPECT_THAT(answer.body, HasSubstr("give more with --memory"));
  EXPECT_EQ(answer.header("retry-after"), "") << "trying again changes nothing";
  EXPECT_EQ(server.client().get("/health").status, 200);
}

TEST(FaultsOfFiles, ALogThatCannotBeWrittenStopsNothing) {
  ServeOptions options;
  options.log_file = "/dev/full";
  const TestServer server(options);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of(complete(server, "tiny")), "defg");
}

/// No file of this process may grow beyond so many bytes, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

std::size_t bytes_below(const fs::path& folder) {
  std::size_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

TEST(FaultsOfFiles, AFullDiskFailsWhatIsWrittenAndLeavesNothingBehind) {
  const TestServer server;
  EXPECT_EQ(text_of(complete(server, "tiny")), "defg");
  const std::size_t before = bytes_below(server.folder());
  const std::string blob(4 << 20, 'b');
  const std::string path = "/api/blobs/sha256:" + std::string(64, 'a');
  {
    const FullDisk disk(1 << 20);
    const HttpAnswer answer = server.client().post(path, blob);
    EXPECT_GE(answer.status, 500) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("error"));
    EXPECT_EQ(text_of(complete(server, "tiny")), "defg");
  }
  EXPECT_EQ(bytes_below(server.folder()), before);
}

}  // namespace
}  // namespace hearth::testing
