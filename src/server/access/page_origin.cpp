#include "server/access/page_origin.h"

#include <algorithm>
#include <array>

namespace hearth {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); }

/// RFC 3986, section 3.1.
bool is_scheme(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

bool is_host_character(char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

/// A name of unreserved characters ("." is one: what Electron's programs load as app://./index.html), or an address in
/// brackets, and maybe a port.
bool is_authority(std::string_view text) {
  constexpr std::size_t kLongest = 260;
  if (text.size() > kLongest) return false;
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, end++ - 1);
    if (!std::all_of(address.begin(), address.end(), [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; }))
      return false;
  } else {
    end = std::min(text.find(':'), text.size());
    const std::string_view name = text.substr(0, end);
    if (!std::all_of(name.begin(), name.end(), is_host_character)) return false;
  }
  const std::string_view port = text.substr(end);
  if (port.empty()) return true;
  constexpr std::size_t kDigits = 5;
  return port.front() == ':' && end != 0 && port.size() > 1 && port.size() <= kDigits + 1 &&
         std::all_of(port.begin() + 1, port.end(), is_digit);
}

}  // namespace

std::optional<PageOrigin> parse_origin(std::string_view text) {
  constexpr std::string_view kBetween = "://";
  const std::size_t at = text.find(kBetween);
  if (at == std::string_view::npos || !is_scheme(text.substr(0, at))) return std::nullopt;
  PageOrigin origin{std::string(text.substr(0, at)), std::string(text.substr(at + kBetween.size()))};
  if (!is_authority(origin.authority)) return std::nullopt;
  std::transform(origin.scheme.begin(), origin.scheme.end(), origin.scheme.begin(), lower);
  return origin;
}

bool is_program_origin(const PageOrigin& origin) {
  constexpr std::array<std::string_view, 4> kSchemes = {"app", "tauri", "vscode-webview", "file"};
  return std::find(kSchemes.begin(), kSchemes.end(), origin.scheme) != kSchemes.end();
}

}  // namespace hearth
