// RFC 3339, section 5.6 and appendix A.
#include <string>

#include "grammar/format_makers.h"

namespace hearth::formats {

namespace {

const std::string kHour = "(?:[01]\\d|2[0-3])";
const std::string kMinute = "[0-5]\\d";

std::string date_pattern() {
  const std::string days_31 = "(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])";
  const std::string days_30 = "(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)";
  const std::string february = "02-(?:0[1-9]|1\\d|2[0-8])";
  // Divisible by 4: two last digits; of the centuries only those whose two first digits are.
  const std::string leap_year = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
  return "(?:\\d{4}-(?:" + days_31 + "|" + days_30 + "|" + february + ")|" + leap_year + "-02-29)";
}

std::string time_pattern() {
  return kHour + ":" + kMinute + ":" + kMinute + "(?:\\.\\d+)?(?:[zZ]|[-+]" + kHour + ":" + kMinute + ")";
}

std::string two_digits(int value) { return std::to_string(100 + value).substr(1); }

/// A leap second is 23:59:60 in UTC. Written for the offsets of whole and half hours: a choice for each offset whose
/// local time is still on UTC's day, or already on the next one.
std::string leap_second_pattern(bool next_day) {
  std::string choices = next_day ? "" : "23:59:60(?:\\.\\d+)?(?:[zZ]|[-+]00:00)";
  for (int offset = 30; offset < 24 * 60; offset += 30) {
    const int local = next_day ? offset - 1 : 23 * 60 + 59 - offset;
    if (!choices.empty()) choices += '|';
    choices += two_digits(local / 60) + ":" + two_digits(local % 60) + ":60(?:\\.\\d+)?" + (next_day ? "\\+" : "-") +
               two_digits(offset / 60) + ":" + two_digits(offset % 60);
  }
  return "(?:" + choices + ")";
}

}  // namespace

DfaPointer date() { return from_pattern(date_pattern()); }

DfaPointer time() {
  return from_pattern(time_pattern() + "|" + leap_second_pattern(false) + "|" + leap_second_pattern(true));
}

/// Leap seconds only where RFC 3339's appendix D has them: at the end of June and December, UTC.
DfaPointer date_time() {
  return from_pattern(date_pattern() + "[tT]" + time_pattern() + "|\\d{4}-(?:06-30|12-31)[tT]" +
                      leap_second_pattern(false) + "|\\d{4}-(?:07-01|01-01)[tT]" + leap_second_pattern(true));
}

DfaPointer duration() {
  const std::string time = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)";
  const std::string days = "(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)";
  return from_pattern("P(?:" + days + "(?:" + time + ")?|" + time + "|\\d+W)");
}

}  // namespace hearth::formats
