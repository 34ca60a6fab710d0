#include "engine/speculation/draft_chances.h"

#include <algorithm>

namespace hearth {
namespace {

constexpr double kRate = 0.12;         ///< of the newest guess: the last eight or so count
constexpr double kMostCertain = 0.98;  ///< no guess is sure

}  // namespace

std::size_t DraftChances::kind(std::int64_t match) { return match <= 2 ? 0 : match == 3 ? 1 : match <= 5 ? 2 : 3; }

void DraftChances::learn(std::int64_t match, std::int64_t right, bool wrong) {
  double& chance = chances_[kind(match)];
  for (std::int64_t i = 0; i < right; ++i) chance += kRate * (1 - chance);
  if (wrong) chance -= kRate * chance;
  chance = std::min(chance, kMostCertain);
}

}  // namespace hearth
