// A hash table from pairs of symbols to merges: flat, since every step of byte-pair encoding asks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/merge_symbols.h"

namespace hearth {

class PairTable {
 public:
  /// Room for `n` pairs.
  explicit PairTable(std::size_t n = 0) {
    std::size_t size = 16;
    while (size < n * 2) size *= 2;
    slots_.resize(size);
  }

  /// A pair that is there already gets the new merge. REQUIRES: no more pairs than the constructor was told.
  void insert(std::uint32_t left, std::uint32_t right, const Merge& merge) {
    Slot& slot = slots_[index_of(left, right)];
    slot = {left, right, merge};
  }

  Merge find(std::uint32_t left, std::uint32_t right) const { return slots_[index_of(left, right)].merge; }

 private:
  struct Slot {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    Merge merge;  // rank kNone: empty
  };

  /// The slot of the pair, or the empty one where it would go.
  std::size_t index_of(std::uint32_t left, std::uint32_t right) const {
    const std::uint64_t key = std::uint64_t{left} << 32 | right;
    std::size_t i =
        static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 20) & (slots_.size() - 1);  // Fibonacci hashing
    while (slots_[i].merge.rank != Merge::kNone && (slots_[i].left != left || slots_[i].right != right)) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  std::vector<Slot> slots_;
};

}  // namespace hearth
