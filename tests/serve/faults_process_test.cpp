// The end of a server: told to stop, it finishes what runs; killed, it has lost that and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "serve/serve_probe.h"
#include "serve/serve_process.h"
#include "serve/test_server.h"
#include "server/http/testing/raw_client.h"
#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;

TEST(FaultsOfProcesses, AGracefulStopFinishesWhatRuns) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/v1/completions", endless("chat", 1000));
  client.read_until("data: ");
  std::thread stopping([&] { server.server().stop(std::chrono::minutes(1)); });
  EXPECT_THAT(client.read_until("[DONE]"), HasSubstr("\"finish_reason\":\"length\""));
  stopping.join();
  EXPECT_EQ(server.client().get("/health").status, 0) << "nobody listens any more";
}

TEST(FaultsOfProcesses, AStopWithoutPatienceEndsWhatRuns) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/v1/completions", endless("chat", 4000, "a", 8));
  client.read_until("data: ");
  server.server().stop(std::chrono::milliseconds(0));
  EXPECT_THAT(client.read_all(), ::testing::Not(HasSubstr("[DONE]")));
}

TEST(FaultsOfProcesses, AStopTellsThoseWhoStillWaitWhenItsPatienceIsOver) {
  TestServer server;
  RawClient events(server.port()), openai(server.port());
  events.request("POST", "/v1/completions", endless("chat", 4000, "a", 8));
  events.read_until("data: ");
  std::string unstreamed = endless("chat", 4000, "a", 8);
  unstreamed.replace(unstreamed.find("\"stream\":true"), 13, "\"stream\":false");
  openai.request("POST", "/v1/completions", unstreamed);
  ASSERT_TRUE(comes_true([&] { return running(server.client(), "chat") == 16; }));
  server.server().stop(std::chrono::milliseconds(0));
  const RawResponse answer = openai.response();
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("type":"overloaded_error")"));
  const std::string rest = events.read_all();
  EXPECT_THAT(rest, HasSubstr("data: {\"error\":"));
  EXPECT_THAT(rest, ::testing::Not(HasSubstr("[DONE]")));
  EXPECT_THAT(rest, ::testing::EndsWith("0\r\n\r\n")) << "the stream itself is whole";
}

TEST(FaultsOfProcesses, SigtermFinishesWhatRunsAndExitsWithZero) {
  const ServeHome home;
  make_tiny_llama(home.models() / "tiny.gguf", 1, {.context = 4096});
  ServeProcess process(home, free_port());
  RawClient client(process.port());
  client.request("POST", "/v1/completions", endless("tiny", 1000));
  client.read_until("data: ");
  process.signal(SIGTERM);
  EXPECT_THAT(client.read_until("[DONE]"), HasSubstr("\"finish_reason\":\"length\""));
  const int status = process.wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(FaultsOfProcesses, SigtermEndsItAlsoWithoutMemory) {
  const ServeHome home;
  make_tiny_llama(home.models() / "tiny.gguf", 1, {.context = 4096});
  ServeProcess process(home, free_port());
  EXPECT_EQ(HttpClient(process.port()).post("/v1/completions", {{"model", "tiny"}, {"prompt", "a"}}).status, 200);
  process.take_no_more_memory();
  process.signal(SIGTERM);
  const int status = process.wait();  // which would take for ever
  EXPECT_TRUE(WIFEXITED(status) || WTERMSIG(status) == SIGTERM) << status;
}

std::size_t spooled_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    count += entry.path().filename().string().starts_with("hearth-body-") ? 1U : 0U;
  }
  return count;
}

TEST(FaultsOfProcesses, KilledInTheMiddleItStartsAgainAsBefore) {
  const ServeHome home;
  make_tiny_llama(home.models() / "tiny.gguf", 1, {.context = 4096});
  const std::uint16_t port = free_port();
  const HttpClient client(port);
  for (int round = 0; round < 3; ++round) {
    ServeProcess process(home, port);
    // What was made in an earlier life is there.
    EXPECT_EQ(client.post("/api/show", {{"model", "mine"}}).status, round == 0 ? 404 : 200);
    EXPECT_EQ(
        client.post("/api/create", {{"model", "mine"}, {"from", "tiny"}, {"system", "s"}, {"stream", false}}).status,
        200);
    EXPECT_EQ(
        client.post("/v1/completions", {{"model", "tiny"}, {"prompt", "abc"}, {"temperature", 0}, {"max_tokens", 4}})
            .json()
            .at("choices")
            .at(0)
            .at("text")
            .as_string(),
        "defg");
    RawClient stream(port), upload(port);
    stream.request("POST", "/v1/completions", endless("tiny", 4000));
    stream.read_until("data: ");
    EXPECT_EQ(spooled_files(home.folder()), 0U) << "what an earlier life left is gone";
    upload.send("POST /api/blobs/sha256:" + std::string(64, 'a') +
                " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + std::string(500'000, 'x'));
    EXPECT_TRUE(comes_true([&] { return spooled_files(home.folder()) == 1; })) << "beside the blobs, not in /tmp";
    process.signal(SIGKILL);
    const int status = process.wait();
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_THAT(stream.read_all(), ::testing::Not(HasSubstr("[DONE]")));
  }
}

}  // namespace
}  // namespace hearth::testing
