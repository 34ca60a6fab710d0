// The files of the page, as they were built into this program. It knows nothing of HTTP; web_routes.h serves them.
#pragma once

#include <span>
#include <string_view>

namespace hearth {

/// Everything lives as long as the program.
struct WebFile {
  std::string_view path;  ///< "/assets/index-1a2b3c.js"; the page itself is "/index.html"
  std::string_view type;  ///< for Content-Type
  std::string_view etag;  ///< quoted, of the plain bytes
  bool is_immutable;      ///< its name changes with its content
  std::string_view plain;
  std::string_view gzip;    ///< empty: not worth it
  std::string_view brotli;  ///< empty: not worth it
};

/// Sorted by path. Empty where the page was not built; then web_files_missing() says why.
std::span<const WebFile> web_files();

/// "npm was not found", for people; empty where the page is there.
std::string_view web_files_missing();

}  // namespace hearth
