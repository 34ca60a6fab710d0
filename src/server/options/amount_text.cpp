#include "server/options/amount_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace hearth {
namespace {

constexpr double kMost = 9.2e18;  // just below 2^63
constexpr double kKibi = 1024, kKilo = 1000;
constexpr std::array<std::pair<std::string_view, double>, 14> kUnits = {{{"", 1},
                                                                         {"b", 1},
                                                                         {"k", kKibi},
                                                                         {"kib", kKibi},
                                                                         {"kb", kKilo},
                                                                         {"m", kKibi* kKibi},
                                                                         {"mib", kKibi* kKibi},
                                                                         {"mb", kKilo* kKilo},
                                                                         {"g", kKibi* kKibi* kKibi},
                                                                         {"gib", kKibi* kKibi* kKibi},
                                                                         {"gb", kKilo* kKilo* kKilo},
                                                                         {"t", kKibi* kKibi* kKibi* kKibi},
                                                                         {"tib", kKibi* kKibi* kKibi* kKibi},
                                                                         {"tb", kKilo* kKilo* kKilo* kKilo}}};

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure != std::errc() || end == text.data() || !(number >= 0)) return std::nullopt;
  std::string unit(end, text.data() + text.size());
  while (unit.starts_with(' ')) unit.erase(0, 1);
  for (char& c : unit) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    const double bytes = number * factor;
    if (!(bytes <= kMost)) return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(bytes));
  }
  return std::nullopt;
}

}  // namespace hearth
