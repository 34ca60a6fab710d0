#include "engine/speculation/draft_length.h"

#include <cmath>

namespace hearth {
namespace {

/// What must be won at least: chances and times are only measured.
constexpr double kLeastGain = 1.03;

}  // namespace

double expected_gain(double chance, std::int64_t drafted) {
  return chance * (1 - std::pow(chance, static_cast<double>(drafted))) / (1 - chance);
}

std::int64_t draft_length(double chance, std::int64_t most, std::int64_t rows, double tokens, const PassTimes& times) {
  std::int64_t best = 0;
  double best_rate = kLeastGain * tokens / times.expected(rows);
  for (std::int64_t n = 1; n <= most; ++n) {
    const double rate = (tokens + expected_gain(chance, n)) / times.expected(rows + n);
    if (rate <= best_rate) continue;
    best = n;
    best_rate = rate;
  }
  return best;
}

}  // namespace hearth
