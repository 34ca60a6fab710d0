#include "server/http/request_head_rules.h"

#include <openssl/rand.h>

#include <algorithm>
#include <charconv>

#include "base/quote.h"
#include "server/http/error_answer.h"
#include "server/http/header_name.h"
#include "server/http/request_target.h"

namespace hearth {
namespace {

[[noreturn]] void refuse(int status, std::string message, std::string hint = {}) {
  throw HttpError(ErrorCode::kInvalidArgument, std::move(message),
                  {.status = status, .type = {}, .param = {}, .code = {}, .retry_after = 0}, std::move(hint));
}

std::size_t count(const HttpRequest& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const HttpHeader& header) { return same_header_name(header.name, name); }));
}

/// Two of them could be read as different ones by two programs on the way.
void check_single(const HttpRequest& request) {
  for (const char* name : {"Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Content-Encoding", "Expect",
                           "Authorization", "x-api-key", "api-key", "Origin"}) {
    if (count(request, name) > 1) refuse(400, std::string("the request has more than one ") + name + " header");
  }
}

void read_framing(RequestHead& head) {
  const HttpRequest& request = head.request;
  const std::string* length = request.header("Content-Length");
  const std::string* encoding = request.header("Transfer-Encoding");
  if (length != nullptr && encoding != nullptr) {
    refuse(400, "the request has both Content-Length and Transfer-Encoding");
  }
  if (length != nullptr) {
    std::uint64_t value = 0;
    const char* end = length->data() + length->size();
    const auto [stop, error] = std::from_chars(length->data(), end, value);
    if (error != std::errc() || stop != end) refuse(400, "the Content-Length " + quote(*length) + " is no number");
    head.content_length = value;
  }
  if (encoding != nullptr) {
    if (head.http_1_0) refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    if (!same_header_name(*encoding, "chunked")) {
      refuse(400, "the Transfer-Encoding " + quote(*encoding) + " is not understood", "only chunked is");
    }
    head.chunked = true;
  }
}

bool is_sound_id(std::string_view id) {
  constexpr std::size_t kLongest = 128;
  return !id.empty() && id.size() <= kLongest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace

std::string new_request_id() {
  unsigned char bytes[12];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw Error(ErrorCode::kInternal, "there are no random numbers");
  std::string id = "req_";
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte >> 4U];
    id += "0123456789abcdef"[byte & 0xFU];
  }
  return id;
}

RequestHead read_request_head(const boost::beast::http::request_header<>& header, bool keep_alive) {
  RequestHead head;
  HttpRequest& request = head.request;
  const auto text = [](boost::beast::string_view view) { return std::string(view.data(), view.size()); };
  request.method = text(header.method_string());
  for (const auto& field : header) request.headers.push_back({text(field.name_string()), text(field.value())});
  if (header.version() != 10 && header.version() != 11) refuse(400, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  head.http_1_0 = header.version() == 10;
  head.keep_alive = keep_alive;

  check_single(request);
  read_framing(head);
  if (!head.http_1_0 && request.header("Host") == nullptr) refuse(400, "the request has no Host header");
  if (const std::string* expect = request.header("Expect"); expect != nullptr && !head.http_1_0) {
    if (!same_header_name(*expect, "100-continue")) refuse(417, "the expectation " + quote(*expect) + " is not met");
    head.expects_continue = true;
  }
  if (const std::string* id = request.header("X-Request-Id"); id != nullptr && is_sound_id(*id)) {
    request.id = *id;
  } else {
    request.id = new_request_id();
  }

  const std::string target = text(header.target());
  if (target == "*" && request.method == "OPTIONS") {
    request.path = "*";
    return head;
  }
  RequestTarget parsed = parse_request_target(target);
  request.path = std::move(parsed.path);
  request.query = std::move(parsed.query);
  head.parts = std::move(parsed.parts);
  if (!parsed.authority.empty()) {
    // RFC 9112 §3.2.2: the target's authority replaces the Host header.
    for (HttpHeader& field : request.headers) {
      if (same_header_name(field.name, "Host")) field.value = parsed.authority;
    }
  }
  return head;
}

}  // namespace hearth
