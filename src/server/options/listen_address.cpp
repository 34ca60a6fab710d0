#include "server/options/listen_address.h"

#include <algorithm>
#include <charconv>

namespace hearth {
namespace {

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '%';
  });
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  text = text.substr(0, text.find('/'));
  ListenAddress address;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    address.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
  } else {
    // More than one ':' without brackets is an IPv6 address, which has no port then.
    const bool has_port = std::count(text.begin(), text.end(), ':') == 1;
    const std::size_t colon = has_port ? text.find(':') : text.size();
    address.host = text.substr(0, colon);
    port = text.substr(colon);
    if (address.host.empty() && !port.empty()) address.host = "0.0.0.0";  // ":8080", as other programs have it
  }
  if (!is_host(address.host)) return std::nullopt;
  if (port.empty()) return address;
  port.remove_prefix(1);
  std::uint16_t number = 0;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (failure != std::errc() || end != port.data() + port.size() || port.empty()) return std::nullopt;
  address.port = number;
  return address;
}

}  // namespace hearth
