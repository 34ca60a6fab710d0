// Addresses, taken apart by libcurl's own parser, so that what is checked is what is fetched.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

struct Url {
  std::string text;    ///< normalised
  std::string scheme;  ///< "https"
  std::string host;    ///< small letters
  std::string port;    ///< never empty: the scheme's own where none is written
  std::string path;

  /// Scheme, host and port: what a secret belongs to.
  std::string origin() const { return scheme + "://" + host + ":" + port; }
  bool is_loopback() const;
};

/// Only http and https, without a user name or password. Empty for anything else.
std::optional<Url> parse_url(std::string_view text);
/// `location` as a redirect from `base` means it. Empty for what parse_url() refuses.
std::optional<Url> resolve_url(const Url& base, std::string_view location);
/// Percent-encodes what may not stand in a path, keeping '/'.
std::string encode_path(std::string_view path);

}  // namespace hearth
