#include "server/http/response_head.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <ctime>

namespace hearth {
namespace {

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value) head += (c >= 0 && c < ' ' && c != '\t') || c == 0x7F ? ' ' : c;
  head += "\r\n";
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7), in no locale.
std::string http_date() {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string_view reason(int status) {
  const auto text = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {text.data(), text.size()};
}

}  // namespace

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

std::string response_head(int status, std::string_view content_type, std::optional<std::uint64_t> length,
                          const std::vector<HttpHeader>& extra, const ResponseRules& rules) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, reason(status));
  append_field(head, "Date", http_date());
  if (!is_bodiless(status)) {
    if (!content_type.empty()) append_field(head, "Content-Type", content_type);
    append_field(head, "X-Content-Type-Options", "nosniff");
    if (length) {
      append_field(head, "Content-Length", std::to_string(*length));
    } else if (!rules.http_1_0) {
      append_field(head, "Transfer-Encoding", "chunked");
    }
  }
  if (rules.close || (!length && rules.http_1_0)) {
    append_field(head, "Connection", "close");
  } else if (rules.http_1_0) {
    append_field(head, "Connection", "keep-alive");
  }
  append_field(head, "X-Request-Id", rules.request_id);
  for (const HttpHeader& field : rules.extra) append_field(head, field.name, field.value);
  for (const HttpHeader& field : extra) append_field(head, field.name, field.value);
  head += "\r\n";
  return head;
}

std::string response_chunk(std::string bytes, const ResponseRules& rules) {
  if (rules.http_1_0) return bytes;
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace hearth
