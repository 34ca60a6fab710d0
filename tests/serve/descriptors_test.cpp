// Servers that may have few descriptors: connections never take those that models need.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>

#include "serve/serve_probe.h"
#include "serve/serve_process.h"
#include "server/http/testing/raw_client.h"
#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

/// Asks on a connection that is there already.
std::string completion(RawClient& client) {
  client.request("POST", "/v1/completions", R"({"model":"tiny","prompt":"abc","temperature":0,"max_tokens":4})");
  const RawResponse response = client.response();
  if (response.status != 200) return response.head + response.body;
  return std::string(parse_json(response.body, "answer").at("choices").at(0).at("text").as_string());
}

std::size_t open_idle(std::deque<RawClient>& clients, std::uint16_t port, std::size_t wanted) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    RawClient& client = clients.emplace_back(port);
    client.request("GET", "/health");
    const int status = client.response().status;
    EXPECT_TRUE(status == 200 || status == 503) << status;
    taken += status == 200 ? 1U : 0U;
  }
  return taken;
}

TEST(Descriptors, TheSoftLimitIsRaised) {
  rlimit own{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &own), 0);
  ASSERT_GE(own.rlim_max, 1024U) << "this test opens some hundred connections";
  const rlimit low{200, own.rlim_max};
  const ServeHome home;
  make_tiny_llama(home.models() / "tiny.gguf");
  const ServeProcess process(home, free_port(), {}, &low);
  std::deque<RawClient> clients;
  EXPECT_EQ(open_idle(clients, process.port(), 400), 400U);
  RawClient one_more(process.port());
  EXPECT_EQ(completion(one_more), "defg");
}

TEST(Descriptors, ConnectionsLeaveWhatModelsNeed) {
  const rlimit low{256, 256};
  const ServeHome home;
  make_tiny_llama(home.models() / "tiny.gguf");
  const ServeProcess process(home, free_port(), {}, &low);
  RawClient first(process.port());
  first.request("GET", "/health");
  ASSERT_EQ(first.response().status, 200);
  std::deque<RawClient> clients;
  const std::size_t taken = open_idle(clients, process.port(), 300);
  EXPECT_GT(taken, 64U);
  EXPECT_LT(taken, 128U);
  EXPECT_EQ(completion(first), "defg") << "its file could still be opened";
  first.request("GET", "/v1/models");
  EXPECT_NE(first.response().body.find("tiny"), std::string::npos);
}

}  // namespace
}  // namespace hearth::testing
