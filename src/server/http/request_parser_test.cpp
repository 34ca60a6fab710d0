// However the bytes of requests are divided, the same requests come of them.
#include "server/http/request_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "server/http/error_answer.h"

namespace hearth {
namespace {

struct Read {
  std::string method, path, body;
  bool operator==(const Read&) const = default;
};

/// Feeds `text` in pieces of the sizes that `next` gives.
template <typename Next>
std::vector<Read> read_all(const std::string& text, const Next& next) {
  std::vector<Read> all;
  std::string input;
  auto parser = std::make_unique<RequestParser>(8192);
  for (std::size_t at = 0; at < text.size() || !input.empty();) {
    const std::size_t n = std::min<std::size_t>(next(), text.size() - at);
    input += text.substr(at, n);
    at += n;
    while (true) {
      const std::size_t taken = parser->feed(input);
      input.erase(0, taken);
      if (parser->done()) {
        all.push_back({parser->head().request.method, parser->head().request.path, parser->take_body()});
        parser = std::make_unique<RequestParser>(8192);
        if (input.empty()) break;
      } else if (taken == 0) {
        break;
      }
    }
    if (at == text.size() && !parser->started() && input.empty()) break;
    if (at == text.size() && n == 0) break;
  }
  return all;
}

TEST(RequestParser, DoesNotMindHowBytesAreDivided) {
  const std::string text =
      "\r\nPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde"
      "GET /b?c HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: t\r\n\r\n"
      "POST /e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"
      "GET /f HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<Read> expected = {
      {"POST", "/a", "abcde"}, {"GET", "/b", ""}, {"POST", "/d", "abcde"}, {"POST", "/e", ""}, {"GET", "/f", ""}};
  EXPECT_EQ(read_all(text, [] { return std::size_t{1} << 20; }), expected);
  for (std::size_t size = 1; size < 40; ++size) EXPECT_EQ(read_all(text, [&] { return size; }), expected) << size;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(read_all(text, [&] { return random() % 30 + 1; }), expected);
}

TEST(RequestParser, GivesFieldsInOrderWithoutThoseOfTheTrailer) {
  RequestParser parser(8192);
  std::string text =
      "POST / HTTP/1.1\r\nhost: x\r\nA:  1 \r\na: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: b\r\n\r\n";
  text.erase(0, parser.feed(text));
  ASSERT_TRUE(parser.head_done());
  EXPECT_FALSE(parser.done());
  parser.feed(text);
  ASSERT_TRUE(parser.done());
  const HttpRequest& request = parser.head().request;
  ASSERT_EQ(request.headers.size(), 4U);
  EXPECT_EQ(*request.header("HOST"), "x");
  EXPECT_EQ(*request.header("a"), "1");
  EXPECT_EQ(request.headers[2].value, "2");
  EXPECT_EQ(request.header("authorization"), nullptr);
}

TEST(RequestParser, AllocatesNothingForAPromise) {
  RequestParser parser(8192);
  std::string text = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000000000000\r\n\r\nabc";
  text.erase(0, parser.feed(text));
  EXPECT_EQ(parser.head().content_length, 9'000'000'000'000'000'000U);
  parser.feed(text);
  EXPECT_EQ(parser.body_size(), 3U);
  EXPECT_LT(parser.take_body().capacity(), 1000U);
}

TEST(RequestParser, CountsTheBodyAndNotWhatWasTakenOfIt) {
  RequestParser parser(8192);
  std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  text.erase(0, parser.feed(text));
  parser.set_body_limit(10);
  for (int i = 0; i < 2; ++i) {
    parser.feed(i == 0 ? "5\r\nabcde" : "\r\n5\r\nabcde");
    EXPECT_EQ(parser.take_body(), "abcde");
  }
  try {
    parser.feed("\r\n1\r\na");
    FAIL();
  } catch (const HttpError& error) {
    EXPECT_EQ(error.details().status, 413);
  }
}

TEST(RequestParser, KnowsWhetherTheConnectionGoesOn) {
  const auto keeps = [](const std::string& first_line, const std::string& fields) {
    RequestParser parser(8192);
    parser.feed(first_line + "\r\nHost: x\r\n" + fields + "\r\n");
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1", ""));
  EXPECT_FALSE(keeps("GET / HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1", "Connection: keep-alive, Close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0", ""));
  EXPECT_TRUE(keeps("GET / HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST(RequestParser, MakesIdsThatDiffer) {
  EXPECT_NE(new_request_id(), new_request_id());
  EXPECT_EQ(new_request_id().size(), 28U);
}

}  // namespace
}  // namespace hearth
