#include "server/access/host_name.h"

#include <arpa/inet.h>

#include <algorithm>

namespace hearth {
namespace {

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// The address in the one form that inet_ntop writes.
std::optional<std::string> canonical_ipv6(const std::string& text) {
  in6_addr address{};
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  char canonical[INET6_ADDRSTRLEN];
  if (inet_ntop(AF_INET6, &address, canonical, sizeof canonical) == nullptr) return std::nullopt;
  return std::string(canonical);
}

}  // namespace

std::optional<std::string> host_of(std::string_view authority) {
  constexpr std::size_t kLongest = 260;  // a DNS name has at most 253 characters
  if (authority.empty() || authority.size() > kLongest) return std::nullopt;
  if (authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    return canonical_ipv6(std::string(authority.substr(1, end - 1)));
  }
  const std::size_t colon = authority.find(':');
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return std::nullopt;
  std::string host(authority.substr(0, colon));
  std::transform(host.begin(), host.end(), host.begin(), lower);
  if (host.size() > 1 && host.back() == '.') host.pop_back();
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_name_character)) return std::nullopt;
  if (host.front() == '.' || host.back() == '.' || host.find("..") != std::string::npos) return std::nullopt;
  return host;
}

bool is_loopback_name(std::string_view host) {
  if (host == "localhost" || host == "::1" || host.ends_with(".localhost")) return true;
  in_addr address{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &address) == 1) return ntohl(address.s_addr) >> 24U == 127;
  in6_addr mapped{};
  return inet_pton(AF_INET6, std::string(host).c_str(), &mapped) == 1 && IN6_IS_ADDR_V4MAPPED(&mapped) &&
         mapped.s6_addr[12] == 127;
}

bool is_reserved_name(std::string_view host) {
  return host.ends_with(".localhost") || host.ends_with(".local") || host.ends_with(".internal");
}

bool is_ip_address(std::string_view host) {
  in6_addr address{};
  const std::string text(host);
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool matches_wildcard(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace hearth
