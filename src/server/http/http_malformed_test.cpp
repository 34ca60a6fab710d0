// Bytes that are no sound request: each is refused with a 4xx that says what is wrong, and nothing behind it is taken
// for another request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "server/http/http_server.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;
using testing::RawClient;
using testing::RawResponse;
using testing::TestServer;

struct Refused {
  const char* name;
  std::string bytes;
  int status;
  const char* message;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class HttpMalformed : public ::testing::TestWithParam<Refused> {};

TEST_P(HttpMalformed, IsRefusedAndTheConnectionEnds) {
  TestServer server;
  RawClient client(server.port());
  client.send(GetParam().bytes + "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const RawResponse response = client.response();
  EXPECT_EQ(response.status, GetParam().status) << response.head << response.body;
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_EQ(response.headers.at("content-type"), "application/json");
  const json::value error = parse_json(response.body, "the answer");
  EXPECT_THAT(std::string(error.at("error").at("message").as_string()), HasSubstr(GetParam().message));
  EXPECT_TRUE(client.closed_by_server()) << client.pending();
}

const std::string kHost = "Host: localhost\r\n";

INSTANTIATE_TEST_SUITE_P(
    All, HttpMalformed,
    ::testing::Values(
        Refused{"Garbage", "\x01\x02\x03\r\n\r\n", 400, "not well-formed"},
        Refused{"TlsHello", "\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "not https"},
        Refused{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/1.0 and HTTP/1.1"},
        Refused{"NoVersion", "GET /hello\r\n\r\n", 400, "not well-formed"},
        Refused{"NoHost", "GET /hello HTTP/1.1\r\n\r\n", 400, "no Host"},
        Refused{"TwoHosts", "GET /hello HTTP/1.1\r\n" + kHost + "Host: other\r\n\r\n", 400, "more than one Host"},
        Refused{"BadHost", "GET /hello HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400, "no host name"},
        Refused{"SpaceBeforeColon", "GET /hello HTTP/1.1\r\n" + kHost + "Name : x\r\n\r\n", 400, "not well-formed"},
        Refused{"NulInValue", std::string("GET /hello HTTP/1.1\r\nHost: localhost\r\nA: b\0c\r\n\r\n", 47), 400,
                "not well-formed"},
        Refused{"BareLineFeeds", "GET /hello HTTP/1.1\nHost: localhost\n\n", 400, ""},
        Refused{"LengthAndChunks",
                "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400, ""},
        Refused{"ChunksAndLength",
                "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                400, ""},
        Refused{"TwoLengths", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
                400, ""},
        Refused{"TwoEqualLengths",
                "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", 400,
                "more than one Content-Length"},
        Refused{"ListOfLengths", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 5, 5\r\n\r\nabcde", 400,
                "is no number"},
        Refused{"SignedLength", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: +5\r\n\r\nabcde", 400, ""},
        Refused{"NegativeLength", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: -5\r\n\r\n", 400, ""},
        Refused{"HugeLength", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 18446744073709551616\r\n\r\n", 400,
                ""},
        Refused{"LargeLength", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 18446744073709551615\r\n\r\n", 413,
                "18446744073709551615 bytes"},
        Refused{"OtherCoding", "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                400, "Transfer-Encoding"},
        Refused{"ChunkedNotLast", "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n",
                400, "Transfer-Encoding"},
        Refused{"ChunkedTwice",
                "POST /echo HTTP/1.1\r\n" + kHost +
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400, ""},
        Refused{"ChunkedInHttp10", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
                "HTTP/1.0"},
        Refused{"BadChunkSize",
                "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n", 400,
                "not well-formed"},
        Refused{"HugeChunk",
                "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc\r\n",
                413, ""},
        Refused{"OverflowingChunk",
                "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n", 400,
                ""},
        Refused{"ChunkWithoutEnd",
                "POST /echo HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n", 400,
                "not well-formed"},
        Refused{"BadEscape", "GET /hel%zzlo HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", 400, "hexadecimal"},
        Refused{"CutEscape", "GET /hello%4 HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", 400, "hexadecimal"},
        Refused{"NulInPath", "GET /hello%00 HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", 400, "control"},
        Refused{"BadUtf8InPath", "GET /hello%ff HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", 400, "UTF-8"},
        Refused{"BadQuery", "GET /hello?a=%g HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", 400, "hexadecimal"},
        Refused{"RelativeTarget", "GET hello HTTP/1.1\r\n" + kHost + "\r\n", 400, "is not a path"},
        Refused{"OtherExpectation", "POST /echo HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nExpect: more\r\n\r\na",
                417, "expectation"},
        Refused{"LongHead", "GET /hello HTTP/1.1\r\n" + kHost + "A: " + std::string(70'000, 'a') + "\r\n\r\n", 431,
                "too long"},
        Refused{"LongTarget", "GET /" + std::string(70'000, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n", 414,
                "address of the request is too long"},
        Refused{"LongChunkExtension",
                "POST /echo HTTP/1.1\r\n" + kHost +
                    "Transfer-Encoding: chunked\r\n\r\n1;a=" + std::string(300'000, 'a') + "\r\na\r\n0\r\n\r\n",
                431, "too long"},
        Refused{"LongTrailer",
                "POST /echo HTTP/1.1\r\n" + kHost +
                    "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + std::string(300'000, 'a') + "\r\n\r\n",
                431, "too long"},
        Refused{"BodyOverTheRoutesLimit", "POST /small HTTP/1.1\r\n" + kHost + "Content-Length: 1001\r\n\r\n", 413,
                "at most 1000"},
        Refused{"ChunksOverTheRoutesLimit",
                "POST /small HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n3E9\r\n" +
                    std::string(1001, 'a') + "\r\n0\r\n\r\n",
                413, "too long"}),
    [](const auto& refused) { return refused.param.name; });

TEST(HttpMalformedHead, IsRefusedInTheWordsOfItsAddress) {
  TestServer server;
  const auto refusal = [&](const std::string& bytes) {
    RawClient client(server.port());
    client.send(bytes);
    const RawResponse response = client.response();
    EXPECT_EQ(response.status, 400) << response.body;
    return parse_json(response.body, "the answer").as_object();
  };
  const std::string twice = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\n";
  const std::string message = "the request has more than one Content-Type header";
  EXPECT_EQ(refusal("POST /api/blobs/sha256:0?x=1" + twice), (json::object{{"error", message}}));
  EXPECT_EQ(refusal("POST /v1/messages" + twice).at("type").as_string(), "error");
  EXPECT_EQ(refusal("POST /v1/chat/completions" + twice).at("error").at("message").as_string(), message);
  // Not even well-formed.
  EXPECT_TRUE(refusal("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n").at("error").is_string());
  EXPECT_TRUE(refusal("nonsense\r\n\r\n").at("error").is_object());
}

TEST(HttpMalformedLate, AnswersA413WhileTheBodyIsStillBeingSent) {
  TestServer server;
  RawClient client(server.port());
  // Fifty megabytes that nobody wants: the answer must get through all the same.
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n");
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(client.send(block.substr(0, i == 49 ? 50'000'000 - 49 * (1 << 20) : 1 << 20)));
  EXPECT_EQ(client.response().status, 413);
}

TEST(HttpMalformedLate, DropsAnUnfinishedHead) {
  TestServer server;
  RawClient client(server.port());
  client.send("GET /hel");
  client.shutdown_send();
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpMalformedLate, RefusesAnUnfinishedBody) {
  TestServer server;
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  client.shutdown_send();
  EXPECT_EQ(client.response().status, 400);
}

}  // namespace
}  // namespace hearth
