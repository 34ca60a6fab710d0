// A client for tests of the server: whole answers and streams, by libcurl.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace hearth::testing {

struct HttpAnswer {
  int status = 0;  ///< 0: there was none
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string header(const std::string& name) const;         ///< or ""
  json::value json() const;                                  ///< of the body. Errors: as parse_json
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : base_("http://127.0.0.1:" + std::to_string(port)) {}

  using Headers = std::vector<std::string>;  ///< "Name: value"
  HttpAnswer get(const std::string& path, const Headers& headers = {}) const;
  HttpAnswer post(const std::string& path, const std::string& body, const Headers& headers = {}) const;
  HttpAnswer post(const std::string& path, const json::value& body, const Headers& headers = {}) const;
  HttpAnswer send(const std::string& method, const std::string& path, const std::string* body,
                  const Headers& headers = {}) const;

 private:
  std::string base_;
};

/// The data of a stream of server-sent events, without "[DONE]"; `*done` says whether that came last.
std::vector<json::value> events_of(const std::string& body, bool* done = nullptr);
/// The values of a stream of lines.
std::vector<json::value> lines_of(const std::string& body);

}  // namespace hearth::testing
