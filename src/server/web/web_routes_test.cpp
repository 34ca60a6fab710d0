#include "server/web/web_routes.h"

#include <gtest/gtest.h>

#include <array>

#include "server/http/testing/recorded_exchange.h"

namespace hearth {
namespace {

constexpr std::array<WebFile, 2> kFiles = {
    WebFile{"/assets/a-1.js", "text/javascript; charset=utf-8", "\"a1\"", true, "plain a", "gzip a", "brotli a"},
    WebFile{"/index.html", "text/html; charset=utf-8", "\"page\"", false, "plain page", "gzip page", ""},
};

class WebRoutes : public ::testing::Test {
 protected:
  std::shared_ptr<testing::RecordedExchange> get(const std::string& path, std::vector<HttpHeader> headers = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.headers = std::move(headers);
    std::vector<std::string> parts;
    for (std::size_t at = 1; at <= path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      parts.push_back(path.substr(at, end - at));
      at = end + 1;
    }
    const Router::Match match = router_.find("GET", parts);
    auto exchange = std::make_shared<testing::RecordedExchange>(std::move(request));
    if (match.route == nullptr) return exchange;
    EXPECT_EQ(match.route->scope, Scope::kPublic) << path;
    try {
      match.route->handler(exchange);
    } catch (const Error& error) {
      exchange->fail(error);
    }
    return exchange;
  }
  static std::string header(const testing::RecordedExchange& exchange, std::string_view name) {
    for (const HttpHeader& field : exchange.headers())
      if (field.name == name) return field.value;
    return "";
  }
  static std::vector<HttpHeader> browser() { return {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}}; }

  Router router_;
};

TEST_F(WebRoutes, ShowBrowsersThePageAndOthersThatSomebodyListens) {
  add_web_routes(router_, kFiles, "");
  EXPECT_EQ(get("/", browser())->body(), "plain page");
  EXPECT_EQ(get("/chat")->body(), "plain page");
  EXPECT_EQ(get("/")->body(), "Ollama is running");
  EXPECT_EQ(get("/", {{"Accept", "*/*"}})->body(), "Ollama is running");
}

TEST_F(WebRoutes, LetThePageLoadNothingFromElsewhere) {
  add_web_routes(router_, kFiles, "");
  for (const char* path : {"/chat", "/assets/a-1.js"}) {
    const auto exchange = get(path);
    EXPECT_EQ(header(*exchange, "Content-Security-Policy"), kPagePolicy);
    EXPECT_EQ(header(*exchange, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(*exchange, "Cross-Origin-Opener-Policy"), "same-origin");
  }
  EXPECT_EQ(kPagePolicy.find("unsafe"), std::string_view::npos);
  EXPECT_EQ(kPagePolicy.find("http"), std::string_view::npos);
}

TEST_F(WebRoutes, CompressForWhoTakesIt) {
  add_web_routes(router_, kFiles, "");
  const auto coded = [&](const std::string& path, const std::string& accept) {
    const auto exchange = get(path, {{"Accept-Encoding", accept}});
    return header(*exchange, "Content-Encoding") + ":" + exchange->body();
  };
  EXPECT_EQ(coded("/assets/a-1.js", "gzip, deflate, br"), "br:brotli a");
  EXPECT_EQ(coded("/assets/a-1.js", "gzip;q=0.5"), "gzip:gzip a");
  EXPECT_EQ(coded("/assets/a-1.js", "br;q=0, gzip"), "gzip:gzip a");
  EXPECT_EQ(coded("/assets/a-1.js", "br ; q=0.000 , *"), "gzip:gzip a");
  EXPECT_EQ(coded("/assets/a-1.js", "identity"), ":plain a");
  EXPECT_EQ(coded("/assets/a-1.js", ""), ":plain a");
  EXPECT_EQ(coded("/assets/a-1.js", "brotli"), ":plain a");
  EXPECT_EQ(coded("/chat", "br"), ":plain page");
}

TEST_F(WebRoutes, KeepHashedFilesForEverAndAskForThePageAgain) {
  add_web_routes(router_, kFiles, "");
  EXPECT_EQ(header(*get("/assets/a-1.js"), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(*get("/chat"), "Cache-Control"), "no-cache");
  for (const char* tag : {"\"page\"", "W/\"page\"", "\"other\", \"page\"", "*"}) {
    const auto exchange = get("/chat", {{"If-None-Match", tag}});
    EXPECT_EQ(exchange->status(), 304) << tag;
    EXPECT_EQ(exchange->body(), "");
    EXPECT_EQ(header(*exchange, "ETag"), "\"page\"");
  }
  EXPECT_EQ(get("/chat", {{"If-None-Match", "\"pag\""}})->status(), 200);
}

TEST_F(WebRoutes, KnowNoOtherFiles) {
  add_web_routes(router_, kFiles, "");
  EXPECT_EQ(get("/assets/b.js")->status(), 404);
  EXPECT_EQ(get("/assets/..")->status(), 404);
  EXPECT_EQ(get("/sw.js")->status(), 404);
}

TEST_F(WebRoutes, SayHowToGetThePage) {
  add_web_routes(router_, {}, "npm was not found");
  const auto exchange = get("/", browser());
  EXPECT_EQ(exchange->status(), 200);
  EXPECT_NE(exchange->body().find("npm was not found"), std::string::npos);
  EXPECT_NE(exchange->body().find("nodejs npm"), std::string::npos);
  EXPECT_EQ(get("/")->body(), "Ollama is running");
}

TEST(WebFiles, AreThereOrSayWhyNot) {
  EXPECT_NE(web_files().empty(), web_files_missing().empty());
  std::string_view last;
  for (const WebFile& file : web_files()) {
    EXPECT_LT(last, file.path);
    last = file.path;
    EXPECT_FALSE(file.plain.empty()) << file.path;
    EXPECT_FALSE(file.type.empty()) << file.path;
    EXPECT_EQ(file.etag.front(), '"');
    EXPECT_EQ(file.etag.back(), '"');
    EXPECT_TRUE(file.gzip.empty() || file.gzip.starts_with("\x1f\x8b")) << file.path;
  }
}

}  // namespace
}  // namespace hearth
