// A request that was read completely, as handlers see it. How it travelled (keep-alive, chunks, TLS) is not in here.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/access/access_options.h"

namespace hearth {

struct HttpHeader {
  std::string name, value;
};

struct HttpRequest {
  std::string method;  ///< "GET", …; HEAD is "HEAD" although the handler of GET gets it
  std::string path;    ///< percent-decoded, begins with '/', valid UTF-8 without NUL
  std::vector<std::pair<std::string, std::string>> path_params;  ///< of the pattern, percent-decoded
  std::vector<std::pair<std::string, std::string>> query;        ///< percent-decoded, in order
  std::vector<HttpHeader> headers;                               ///< in order, values trimmed
  std::string body;                 ///< empty where the route asked for a file; a handler may move it away
  std::filesystem::path body_file;  ///< the body of a route with RouteOptions::body_to_file; removed with the exchange
  std::string remote;               ///< "127.0.0.1:40312", "[::1]:40312", "unix"
  std::string id;                   ///< the request's own X-Request-Id where it has a sound one, else made here
  std::string route;                ///< the pattern that matched
  Principal principal;

  /// The first of that name in any case, or nullptr.
  const std::string* header(std::string_view name) const;
  /// The first of that name, or nullptr.
  const std::string* query_value(std::string_view name) const;
  /// Errors: kInternal where the pattern has no such part.
  const std::string& path_param(std::string_view name) const;
};

}  // namespace hearth
