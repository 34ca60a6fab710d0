// A rate limit that allows bursts: it fills at a steady rate, and each request takes one from it. Times are given, so
// that tests need not wait.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hearth {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  /// Full at first. It holds ten seconds of the rate; of a small rate a whole minute, up to ten requests: whoever may
  /// send three a minute may send three at once. At least one. `per_minute` > 0.
  TokenBucket(double per_minute, Clock::time_point now)
      : per_second_(per_minute / 60), most_(holds(per_minute)), level_(most_), at_(now) {}

  /// 0: taken; else the whole seconds until there is one, and nothing was taken.
  int take(Clock::time_point now) {
    level_ = level_at(now);
    at_ = now;
    if (level_ >= 1) {
      level_ -= 1;
      return 0;
    }
    return static_cast<int>(std::clamp(std::ceil((1 - level_) / per_second_), 1.0, 3600.0));
  }

  /// As full as another one is, for its share of what it can hold.
  void take_over(const TokenBucket& before, Clock::time_point now) {
    level_ = most_ * before.level_at(now) / before.most_;
    at_ = now;
  }

  /// As if it had never been used: whoever keeps many may forget it.
  bool is_full(Clock::time_point now) const { return level_at(now) >= most_; }

 private:
  static double holds(double per_minute) { return std::max({1.0, per_minute / 6, std::min(per_minute, 10.0)}); }
  double level_at(Clock::time_point now) const {
    return std::min(most_, level_ + per_second_ * std::chrono::duration<double>(now - at_).count());
  }

  double per_second_, most_, level_;
  Clock::time_point at_;
};

}  // namespace hearth
