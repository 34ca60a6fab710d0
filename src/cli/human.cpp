#include "cli/human.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace hearth::cli {
namespace {

/// Three digits that matter.
std::string three_digits(double value) {
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value), kUnits[unit]);
}

std::string human_count(std::uint64_t count) {
  if (count < 1000) return fmt::format("{}", count);
  constexpr std::array<std::string_view, 5> kUnits = {"K", "M", "B", "T", "Q"};
  double value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{} {}", three_digits(value), kUnits[unit]);
}

std::string human_percent(double share) { return fmt::format("{:.1f} %", share * 100); }

std::string human_rate(double per_second) { return three_digits(per_second); }

}  // namespace hearth::cli
