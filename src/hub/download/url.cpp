#include "hub/download/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace hearth {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

std::optional<std::string> part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string result = text;
  curl_free(text);
  return result;
}

std::optional<Url> take_apart(CURLU* url) {
  Url result;
  const auto text = part(url, CURLUPART_URL);
  const auto scheme = part(url, CURLUPART_SCHEME);
  const auto host = part(url, CURLUPART_HOST);
  const auto port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto path = part(url, CURLUPART_PATH);
  if (!text || !scheme || !host || !port || !path) return std::nullopt;
  if (*scheme != "http" && *scheme != "https") return std::nullopt;
  if (part(url, CURLUPART_USER) || part(url, CURLUPART_PASSWORD)) return std::nullopt;
  result.text = *text;
  result.scheme = *scheme;
  for (const char c : *host) result.host += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  result.port = *port;
  result.path = *path;
  return result;
}

bool set(CURLU* url, std::string_view text) {
  return text.find('\0') == std::string_view::npos &&
         curl_url_set(url, CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER) == CURLUE_OK;
}

}  // namespace

bool Url::is_loopback() const {
  const bool is_number =
      std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return host == "localhost" || host == "[::1]" || (is_number && host.starts_with("127."));
}

std::optional<Url> parse_url(std::string_view text) {
  const UrlHandle url(curl_url());
  if (url == nullptr || !set(url.get(), text)) return std::nullopt;
  return take_apart(url.get());
}

std::optional<Url> resolve_url(const Url& base, std::string_view location) {
  const UrlHandle url(curl_url());
  if (url == nullptr || !set(url.get(), base.text) || !set(url.get(), location)) return std::nullopt;
  return take_apart(url.get());
}

std::string encode_path(std::string_view path) {
  std::string result;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
                       c == '.' || c == '-' || c == '_' || c == '~';
    if (plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace hearth
