// The status line and header fields of an answer as bytes. Names and values are made safe: no value can begin a new
// line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_request.h"

namespace hearth {

/// What the connection, and not the handler, decides about an answer.
struct ResponseRules {
  bool http_1_0 = false;
  bool head_only = false;  ///< the answer to HEAD
  bool close = false;      ///< the connection ends after it
  std::string request_id;
  std::vector<HttpHeader> extra;  ///< CORS
};

/// A status that never has a body.
bool is_bodiless(int status);

/// `length`: of the body; nothing for a stream, which is chunked, or ends with the connection for HTTP/1.0.
std::string response_head(int status, std::string_view content_type, std::optional<std::uint64_t> length,
                          const std::vector<HttpHeader>& extra, const ResponseRules& rules);

/// Bytes of a stream as one chunk; for HTTP/1.0 as they are. `bytes` must not be empty.
std::string response_chunk(std::string bytes, const ResponseRules& rules);

}  // namespace hearth
