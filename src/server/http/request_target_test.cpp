#include "server/http/request_target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/http/error_answer.h"

namespace hearth {
namespace {

using Parts = std::vector<std::string>;
using Query = std::vector<std::pair<std::string, std::string>>;

TEST(RequestTarget, TakesAPathApart) {
  const RequestTarget target = parse_request_target("/v1/models/a%2Fb%20c");
  EXPECT_EQ(target.path, "/v1/models/a/b c");
  EXPECT_EQ(target.parts, (Parts{"v1", "models", "a/b c"}));
  EXPECT_EQ(parse_request_target("/").parts, Parts{""});
  EXPECT_EQ(parse_request_target("//a/").parts, (Parts{"", "a", ""}));
  EXPECT_EQ(parse_request_target("/%C3%A4").path, "/ä");
  EXPECT_EQ(parse_request_target("/a+b").path, "/a+b");
  EXPECT_EQ(parse_request_target("/a/../b").parts, (Parts{"a", "..", "b"}));  // no file system here
}

TEST(RequestTarget, TakesAQueryApart) {
  EXPECT_EQ(parse_request_target("/a?x=1&y=a+b%26&&z&x=2").query,
            (Query{{"x", "1"}, {"y", "a b&"}, {"z", ""}, {"x", "2"}}));
  EXPECT_EQ(parse_request_target("/a?").query, Query{});
  EXPECT_EQ(parse_request_target("/a?x=1=2").query, (Query{{"x", "1=2"}}));
  EXPECT_EQ(parse_request_target("/a?x=1#y=2").query, (Query{{"x", "1"}}));
}

TEST(RequestTarget, TakesAbsoluteAddresses) {
  const RequestTarget target = parse_request_target("HTTP://Example.org:8080/a?b=c");
  EXPECT_EQ(target.authority, "Example.org:8080");
  EXPECT_EQ(target.path, "/a");
  EXPECT_EQ(target.query, (Query{{"b", "c"}}));
  EXPECT_EQ(parse_request_target("http://localhost").path, "/");
  EXPECT_EQ(parse_request_target("https://localhost?a=b").query, (Query{{"a", "b"}}));
}

TEST(RequestTarget, RefusesWhatCannotBeOne) {
  std::string many = "/a?";
  for (int i = 0; i < 257; ++i) many += "a&";
  for (const std::string& bad : {std::string(), std::string("a"), std::string("*"), std::string("ftp://a/b"),
                                 std::string("http:///a"), std::string("/%"), std::string("/%4"), std::string("/%4g"),
                                 std::string("/%00"), std::string("/%0a"), std::string("/%7f"), std::string("/%ff"),
                                 std::string("/%c3"), std::string("/a?%ff"), std::string("/a?b=%00"), many}) {
    try {
      parse_request_target(bad);
      ADD_FAILURE() << bad;
    } catch (const HttpError& error) {
      EXPECT_EQ(error.details().status, 400) << bad;
    }
  }
}

}  // namespace
}  // namespace hearth
