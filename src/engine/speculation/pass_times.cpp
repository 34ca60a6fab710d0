#include "engine/speculation/pass_times.h"

#include <algorithm>
#include <cassert>

namespace hearth {
namespace {

constexpr double kRate = 0.25;       ///< of the newest pass
constexpr double kMostChange = 2.0;  ///< a pass that was interrupted by other programs counts as so many times longer
constexpr int kForgottenAfter =
    256;  ///< passes: depth and load change, and a price that was too high is never paid again

/// Before it is measured: a row more costs a tenth of the first one. Enough to begin with, and soon replaced.
double guess(std::int64_t rows) { return 1 + 0.1 * static_cast<double>(rows - 1); }

}  // namespace

void PassTimes::observe(std::int64_t rows, double seconds) {
  if (rows < 1 || rows > kMostRows || !(seconds > 0)) return;
  for (Measured& other : of_rows_) {
    if (++other.age > kForgottenAfter) other.seconds = 0;
  }
  Measured& mine = of_rows_[static_cast<std::size_t>(rows)];
  mine.age = 0;
  if (mine.seconds == 0) {
    mine.seconds = seconds;
  } else {
    mine.seconds += kRate * (std::min(seconds, kMostChange * mine.seconds) - mine.seconds);
  }
}

double PassTimes::expected(std::int64_t rows) const {
  assert(1 <= rows && rows <= kMostRows);
  const auto known = [&](std::int64_t n) { return of_rows_[static_cast<std::size_t>(n)].seconds; };
  if (known(rows) > 0) return known(rows);
  std::int64_t fewer = rows - 1;
  while (fewer > 0 && known(fewer) == 0) --fewer;
  std::int64_t more = rows + 1;
  while (more <= kMostRows && known(more) == 0) ++more;
  if (fewer > 0 && more <= kMostRows) {
    const double share = static_cast<double>(rows - fewer) / static_cast<double>(more - fewer);
    return known(fewer) + share * (known(more) - known(fewer));
  }
  if (fewer > 0) return known(fewer) * guess(rows) / guess(fewer);
  if (more <= kMostRows) return known(more) * guess(rows) / guess(more);
  return guess(rows);
}

}  // namespace hearth
