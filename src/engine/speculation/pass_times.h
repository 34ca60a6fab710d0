// How long passes take that only decode, by their number of rows, as measured while they run. It tells what a row more
// would cost, which depends on the model, its format, the machine and what else that does.
#pragma once

#include <array>
#include <cstdint>

namespace hearth {

class PassTimes {
 public:
  static constexpr std::int64_t kMostRows = 48;

  /// A pass with so many rows took so long. Those with more than kMostRows are left out.
  void observe(std::int64_t rows, double seconds);
  /// What one would take: measured, or by those with nearly as many rows. In seconds, or where nothing was measured yet
  /// in passes of one row. REQUIRES: 1 <= rows <= kMostRows.
  double expected(std::int64_t rows) const;

 private:
  struct Measured {
    double seconds = 0;  ///< 0: not known
    int age = 0;         ///< passes with other numbers of rows since
  };
  std::array<Measured, kMostRows + 1> of_rows_ = {};
};

}  // namespace hearth
