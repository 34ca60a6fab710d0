#include "server/http/request_target.h"

#include <algorithm>

#include "base/quote.h"
#include "base/unicode.h"
#include "server/http/error_answer.h"
#include "server/http/header_name.h"

namespace hearth {
namespace {

[[noreturn]] void refuse(std::string message) {
  throw HttpError(ErrorCode::kInvalidArgument, std::move(message),
                  {.status = 400, .type = {}, .param = {}, .code = "bad_request_target", .retry_after = 0});
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
      if (high < 0 || low < 0) refuse("the address has a '%' without two hexadecimal digits: " + quote(text));
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string decode_path(std::string_view text) {
  std::string decoded = decode(text, false);
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; };
  if (std::any_of(decoded.begin(), decoded.end(), is_control)) {
    refuse("the path has a control character: " + quote(decoded));
  }
  if (!is_valid_utf8(decoded)) refuse("the path is not UTF-8: " + quote(decoded));
  return decoded;
}

std::string decode_query(std::string_view text) {
  std::string decoded = decode(text, true);
  if (!is_valid_utf8(decoded) || decoded.find('\0') != std::string::npos) {
    refuse("the query of the address is not UTF-8 without NUL: " + quote(decoded));
  }
  return decoded;
}

void parse_query(std::string_view text, RequestTarget& target) {
  constexpr std::size_t kMost = 256;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    if (target.query.size() == kMost) refuse("the address has more than 256 query parameters");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals == pair.size() ? std::string_view() : pair.substr(equals + 1);
    target.query.emplace_back(decode_query(pair.substr(0, equals)), decode_query(value));
  }
}

/// Cuts "http://authority" off an absolute target.
std::string take_authority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_header_name(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t end = std::min(target.find_first_of("/?#", scheme.size()), target.size());
    std::string authority(target.substr(scheme.size(), end - scheme.size()));
    if (authority.empty()) refuse("the address has no host");
    target.remove_prefix(end);
    return authority;
  }
  return {};
}

}  // namespace

RequestTarget parse_request_target(std::string_view target) {
  RequestTarget parsed;
  const std::string_view whole = target;
  parsed.authority = take_authority(target);
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, question);
  if (path.empty() && !parsed.authority.empty()) path = "/";
  if (!path.starts_with('/')) refuse("the address " + quote(whole) + " is not a path");
  parsed.path = decode_path(path);
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parsed.parts.push_back(decode_path(path.substr(begin, end - begin)));
    begin = end + 1;
  }
  if (question < target.size()) parse_query(target.substr(question + 1), parsed);
  return parsed;
}

}  // namespace hearth
