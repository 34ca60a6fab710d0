// The target of a request line ("/v1/models/a%2Fb?limit=2") taken apart and percent-decoded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

struct RequestTarget {
  std::string path;                ///< decoded
  std::vector<std::string> parts;  ///< of the path between its slashes, each decoded: an encoded slash divides nothing
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, '+' is a blank
  std::string authority;  ///< of a target in the absolute form, as proxies send it; else empty
};

/// Errors: HttpError 400 for a target that is neither a path nor an absolute http address, for a '%' without two
/// hexadecimal digits, for what decodes to control characters or to bytes that are not UTF-8, for more than 256 query
/// parameters.
RequestTarget parse_request_target(std::string_view target);

}  // namespace hearth
