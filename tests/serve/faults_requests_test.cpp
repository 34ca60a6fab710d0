// Requests that are too large, too deep or no text: each is refused as the client's mistake, and costs little.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/serve_probe.h"
#include "serve/test_server.h"
#include "server/http/testing/raw_client.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;

class FaultsOfRequests : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<TestServer>(); }
  static void TearDownTestSuite() { server_ = nullptr; }
  static const HttpClient& client() { return server_->client(); }

  static void expect_refused(const std::string& path, const std::string& body, int status = 400) {
    const HttpAnswer answer = client().post(path, body);
    EXPECT_EQ(answer.status, status) << path << " " << body.substr(0, 200) << " → " << answer.body.substr(0, 500);
    EXPECT_LT(answer.body.size(), 4096U);  // an error does not repeat what it is about
  }
  static std::unique_ptr<TestServer> server_;
};
std::unique_ptr<TestServer> FaultsOfRequests::server_;

constexpr const char* kPaths[] = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings",     "/v1/tokenize",
                                  "/v1/detokenize",       "/v1/rerank",      "/hearth/models/load"};

/// A body for `path` whose text is `text`.
std::string body_with(const std::string& path, const std::string& text) {
  json::object body{{"model", "chat"}};
  if (path == "/v1/chat/completions") {
    body["messages"] = {{{"role", "user"}, {"content", text}}};
  } else if (path == "/v1/embeddings") {
    body["model"] = "bert";
    body["input"] = text;
  } else if (path == "/v1/rerank") {
    body["model"] = "bert";
    body["query"] = text;
    body["documents"] = json::array{"a"};
  } else {
    body[path == "/v1/completions" ? "prompt" : "content"] = text;
  }
  return json::serialize(body);
}

TEST_F(FaultsOfRequests, TwentyMegabytesOfText) {
  const std::string text(20 << 20, 'a');
  for (const char* path : {"/v1/chat/completions", "/v1/completions"}) {
    const HttpAnswer answer = client().post(path, body_with(path, text));
    EXPECT_EQ(answer.status, 400) << answer.body.substr(0, 500);
    EXPECT_EQ(answer.json().at("error").at("code").as_string(), "context_length_exceeded");
    EXPECT_THAT(answer.body, HasSubstr("4096"));
  }
  std::string words = text;  // one word of that length would be an unknown one, and nothing else
  for (std::size_t i = 1; i < words.size(); i += 2) words[i] = ' ';
  for (const char* path : {"/v1/embeddings", "/v1/rerank"}) expect_refused(path, body_with(path, words));
}

TEST_F(FaultsOfRequests, MoreThanABodyMayHave) {
  expect_refused("/v1/completions", std::string((std::size_t{32} << 20) + 1, ' '), 413);
}

TEST_F(FaultsOfRequests, DeepJson) {
  constexpr std::size_t kDeep = 100'000;
  const std::string arrays = std::string(kDeep, '[') + std::string(kDeep, ']');
  std::string objects;
  for (std::size_t i = 0; i < kDeep; ++i) objects += R"({"a":)";
  for (const char* path : kPaths) {
    expect_refused(path, arrays);
    expect_refused(path, objects);
    expect_refused(path, R"({"model":"chat","messages":)" + arrays + "}");
    expect_refused(path, R"({"model":"chat","response_format":)" + arrays + "}");
  }
}

TEST_F(FaultsOfRequests, ManySmallThings) {
  std::string list = "[1";
  for (int i = 0; i < 1'000'000; ++i) list += ",1";
  list += "]";
  expect_refused("/v1/completions", R"({"model":"chat","prompt":)" + list + "}");
  expect_refused("/v1/completions", R"({"model":"chat","prompt":"a","stop":)" + list + "}");
  expect_refused("/v1/chat/completions", R"({"model":"chat","messages":)" + list + "}");
  expect_refused("/v1/embeddings", R"({"model":"bert","input":)" + list + "}");
  expect_refused("/v1/rerank", R"({"model":"bert","query":"a","documents":)" + list + "}");
}

TEST_F(FaultsOfRequests, AHundredThousandTokens) {
  std::string ids = "[5";
  for (int i = 1; i < 100'000; ++i) ids += ",5";
  const HttpAnswer answer = client().post("/v1/completions", R"({"model":"chat","prompt":)" + ids + "]}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("error").at("code").as_string(), "context_length_exceeded");
  EXPECT_THAT(answer.body, HasSubstr("100000"));
  EXPECT_THAT(answer.body, HasSubstr("4096"));
}

TEST_F(FaultsOfRequests, NulIsACharacterLikeAnyOther) {
  const HttpAnswer answer =
      client().post("/v1/completions", std::string(R"({"model":"tiny","prompt":"a\u0000b","max_tokens":1})"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  expect_refused("/v1/completions", R"({"model":"tiny\u0000","prompt":"a"})", 404);
  expect_refused("/v1/completions", R"({"model":"../tiny","prompt":"a"})", 404);
  expect_refused("/v1/completions", std::string("{\"model\":\"tiny\",\"prompt\":\"a\0b\"}", 30));
  expect_refused("/v1/completions", std::string(64, '\0'));
}

TEST_F(FaultsOfRequests, WhatIsNoUtf8) {
  for (const char* path : kPaths) {
    for (const char* bad : {"\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"}) {
      expect_refused(path, body_with(path, "x") + bad);
      std::string inside = body_with(path, "x");
      inside.insert(inside.find("chat") == std::string::npos ? inside.find("bert") : inside.find("chat"), bad);
      expect_refused(path, inside);
    }
  }
  // Half of a pair of escapes.
  expect_refused("/v1/completions", R"({"model":"tiny","prompt":"\ud800"})");
}

}  // namespace
}  // namespace hearth::testing
