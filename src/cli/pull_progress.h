// What a person sees of a download: one line that is drawn again on a terminal, a plain line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "hearth/hub.h"

namespace hearth::cli {

/// Bytes a second over the last seconds, and how long the rest takes at that rate.
class Rate {
 public:
  using Clock = std::chrono::steady_clock;
  void add(Clock::time_point now, std::uint64_t done);
  double per_second() const;  ///< 0 as long as it is not known

 private:
  std::deque<std::pair<Clock::time_point, std::uint64_t>> samples_;
};

/// "45 % [=========>          ] 210 MiB of 469 MiB, 12 MiB/s, 21 s left".
std::string progress_text(const PullProgress& progress, double bytes_per_second, int bar_width);
/// "8 s", "3 min", "2 h 5 min".
std::string duration_text(double seconds);

class PullProgressLines {
 public:
  /// `quiet`: nothing at all.
  explicit PullProgressLines(bool quiet) : quiet_(quiet) {}
  ~PullProgressLines();
  PullProgressLines(const PullProgressLines&) = delete;
  PullProgressLines& operator=(const PullProgressLines&) = delete;
  void show(const PullProgress& progress);

 private:
  void show_plain(const PullProgress& progress, Rate::Clock::time_point now);

  bool quiet_;
  Rate rate_;
  Rate::Clock::time_point next_draw_{};
  Rate::Clock::time_point next_line_{};
  int next_percent_ = 0;
  int last_phase_ = -1;
};

}  // namespace hearth::cli
