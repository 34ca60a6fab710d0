// GET over libcurl, with redirects followed here, so that a token stays with the host it was meant for. Proxies come
// from the environment in libcurl's way (https_proxy, no_proxy …). It does not retry and writes no files.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hub/download/url.h"

namespace hearth {

struct HttpClientOptions {
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::seconds stall_timeout{30};  ///< no byte for that long ends a request
  const std::atomic<bool>* cancel = nullptr;
};

struct HttpGet {
  std::string url;
  std::string
      token;  ///< sent as "Authorization: Bearer …" to the origin of `url` only, and only over https or loopback
  std::optional<std::uint64_t> first, last;  ///< Range: bytes=first-last, both included
  std::string if_range;                      ///< an ETag: the range counts only for this version
};

struct HttpResponse {
  int status = 0;
  std::string url;                                   ///< where the answer came from, after redirects
  std::map<std::string, std::string> headers;        ///< of the last answer; names in small letters
  std::map<std::string, std::string> first_headers;  ///< of the first one, before any redirect
  std::string header(const std::string& name) const;
};

/// How a request ended. `problem` is empty when the whole answer came, whatever its status.
struct HttpOutcome {
  HttpResponse response;
  std::string problem;
  bool may_retry = false;  ///< the problem may go away by itself
  bool unreached = false;  ///< no server was found or none took the connection: nothing was sent, nothing has come
  bool cancelled = false;
};

class HttpClient {
 public:
  /// Called once, with the headers of the last answer, before its body. False: the body is not wanted.
  using OnResponse = std::function<bool(const HttpResponse&)>;
  /// A piece of the body. False: no more of it is wanted.
  using OnBody = std::function<bool(std::string_view)>;

  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// At most 10 redirects; never from https to http. Not thread-safe: one client for each thread. Connections are kept.
  HttpOutcome get(const HttpGet& request, const OnResponse& on_response, const OnBody& on_body);
  /// The whole body, at most `max_bytes`.
  HttpOutcome get_text(const HttpGet& request, std::string& body, std::size_t max_bytes);

 private:
  struct Exchange;
  void perform(const Url& url, const HttpGet& request, bool with_token, Exchange& exchange);

  HttpClientOptions options_;
  std::unique_ptr<void, void (*)(void*)> curl_;
};

}  // namespace hearth
