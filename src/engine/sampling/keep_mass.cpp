#include "engine/sampling/keep_mass.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

namespace hearth {
namespace {

/// Bits of a float >= 0 ascend with its value, so they serve as a radix key.
std::uint32_t radix_key(float key) { return std::bit_cast<std::uint32_t>(key); }

struct Digit {
  int shift;
  std::uint32_t buckets;
  std::uint32_t of(float key) const { return (radix_key(key) >> shift) & (buckets - 1); }
};
constexpr Digit kDigits[] = {{20, 2048}, {10, 1024}, {0, 1024}};  // 31 bits: the sign is 0

}  // namespace

void keep_mass(Candidates& candidates, std::span<const float> keys, double mass) {
  assert(keys.size() == candidates.size());
  if (candidates.empty()) return;

  // A radix selection by weight: sum the weights per bucket of the leading digit, find the bucket in which `mass` is
  // reached, and look inside it by the next digit. After the last digit, the members of the bucket have equal keys.
  std::vector<std::uint32_t> inside(candidates.size());
  for (std::uint32_t i = 0; i < inside.size(); ++i) inside[i] = i;
  std::vector<double> bucket_mass;
  double before = 0.0;  // weight of everything with a smaller key than those inside
  for (const Digit& digit : kDigits) {
    bucket_mass.assign(digit.buckets, 0.0);
    std::uint32_t first_used = digit.buckets - 1;
    std::uint32_t last_used = 0;
    for (const std::uint32_t i : inside) {
      const std::uint32_t bucket = digit.of(keys[i]);
      bucket_mass[bucket] += static_cast<double>(candidates.weight(i));
      first_used = std::min(first_used, bucket);
      last_used = std::max(last_used, bucket);
    }
    std::uint32_t chosen = first_used;
    while (chosen < last_used && before + bucket_mass[chosen] < mass) before += bucket_mass[chosen++];
    std::size_t kept = 0;
    for (const std::uint32_t i : inside) {
      inside[kept] = i;  // without a branch, which nothing could predict
      kept += digit.of(keys[i]) == chosen ? 1 : 0;
    }
    inside.resize(kept);
  }

  std::uint32_t border = inside.front();
  for (const std::uint32_t i : inside) {
    border = i;
    before += static_cast<double>(candidates.weight(i));
    if (before >= mass) break;
  }
  const float border_key = keys[border];
  candidates.keep_if([&](std::size_t i) { return keys[i] < border_key || (keys[i] == border_key && i <= border); });
}

}  // namespace hearth
