#include "server/http/router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth {
namespace {

Router make() {
  Router router;
  const Handler nothing = [](const std::shared_ptr<Exchange>&) {};
  router.add("GET", "/", Scope::kPublic, nothing);
  router.add("GET", "/v1/models", Scope::kAny, nothing);
  router.add("GET", "/v1/models/{name...}", Scope::kAny, nothing);
  router.add("GET", "/v1/responses/{id}", Scope::kChat, nothing);
  router.add("DELETE", "/v1/responses/{id}", Scope::kChat, nothing);
  router.add("GET", "/v1/responses/{id}/input", Scope::kChat, nothing);
  router.add("GET", "/v1/responses/latest", Scope::kChat, nothing);
  router.add("HEAD", "/api/blobs/{digest}", Scope::kManage, nothing);
  router.add("POST", "/api/blobs/{digest}", Scope::kManage, nothing);
  return router;
}

std::string pattern_of(const Router& router, const char* method, const std::vector<std::string>& parts) {
  const Router::Match match = router.find(method, parts);
  return match.route == nullptr ? "none; " + match.allow : match.route->pattern;
}

TEST(Router, FindsPathsByTheirParts) {
  const Router router = make();
  EXPECT_EQ(pattern_of(router, "GET", {}), "/");
  EXPECT_EQ(pattern_of(router, "GET", {""}), "/");
  EXPECT_EQ(pattern_of(router, "GET", {"v1", "models"}), "/v1/models");
  EXPECT_EQ(pattern_of(router, "GET", {"v1", "models", ""}), "/v1/models");
  EXPECT_EQ(pattern_of(router, "GET", {"v1", "responses", "a", "input"}), "/v1/responses/{id}/input");
  EXPECT_EQ(pattern_of(router, "GET", {"v1"}), "none; ");
  EXPECT_EQ(pattern_of(router, "GET", {"v1", "responses"}), "none; ");
  EXPECT_EQ(pattern_of(router, "GET", {"v1", "responses", "", "input"}), "none; ");
  EXPECT_EQ(pattern_of(router, "GET", {"", "v1", "models"}), "none; ");
}

TEST(Router, GivesTheNamedParts) {
  const Router router = make();
  const Router::Match one = router.find("GET", {"v1", "responses", "a/b"});  // an encoded slash divides nothing
  ASSERT_EQ(one.params.size(), 1U);
  EXPECT_EQ(one.params[0].first, "id");
  EXPECT_EQ(one.params[0].second, "a/b");
  const Router::Match rest = router.find("GET", {"v1", "models", "owner", "repo:Q4"});
  ASSERT_EQ(rest.params.size(), 1U);
  EXPECT_EQ(rest.params[0].first, "name");
  EXPECT_EQ(rest.params[0].second, "owner/repo:Q4");
}

TEST(Router, PrefersTheMoreExactPattern) {
  const Router router = make();
  EXPECT_EQ(pattern_of(router, "GET", {"v1", "responses", "latest"}), "/v1/responses/latest");
  EXPECT_EQ(pattern_of(router, "DELETE", {"v1", "responses", "latest"}), "/v1/responses/{id}");
}

TEST(Router, AnswersHeadByGetUnlessItHasItsOwn) {
  const Router router = make();
  EXPECT_EQ(router.find("HEAD", {"v1", "models"}).route->method, "GET");
  EXPECT_EQ(router.find("HEAD", {"api", "blobs", "x"}).route->method, "HEAD");
}

TEST(Router, SaysWhichMethodsAPathHas) {
  const Router router = make();
  EXPECT_EQ(pattern_of(router, "PUT", {"v1", "responses", "a"}), "none; DELETE, GET, HEAD");
  EXPECT_EQ(pattern_of(router, "GET", {"api", "blobs", "x"}), "none; HEAD, POST");
  EXPECT_EQ(pattern_of(router, "get", {"v1", "models"}), "none; GET, HEAD");
}

TEST(Router, RefusesBrokenPatterns) {
  for (const char* pattern : {"", "v1", "/v1//a", "/{", "/{}", "/{...}", "/{a...}/b", "/v1/models", "/a/"}) {
    Router router;
    const Handler nothing = [](const std::shared_ptr<Exchange>&) {};
    router.add("GET", "/v1/models", Scope::kAny, nothing);
    EXPECT_THROW(router.add("GET", pattern, Scope::kAny, nothing), Error) << pattern;
  }
}

TEST(Router, ChoosesTheDialectByThePath) {
  const Router router = make();
  EXPECT_EQ(router.find("GET", {"v1", "models"}).route->options.dialect, &openai_error);
  EXPECT_EQ(router.find("POST", {"api", "blobs", "x"}).route->options.dialect, &ollama_error);
}

}  // namespace
}  // namespace hearth
