// A hash table from "what a state is" to its number, for building automata. The keys themselves stay with the caller.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grammar/dfa.h"

namespace hearth {

/// Mixes one more value into a hash (the finaliser of MurmurHash3 on their combination).
inline std::uint64_t mix_hash(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t x = hash ^ (value + 0x9E37'79B9'7F4A'7C15ULL + (hash << 6) + (hash >> 2));
  x ^= x >> 33;
  x *= 0xFF51'AFD7'ED55'8CCDULL;
  x ^= x >> 33;
  return x;
}

inline std::uint64_t hash_edges(std::span<const Dfa::Edge> edges, bool accepts) {
  std::uint64_t hash = accepts ? 1 : 2;
  for (const auto& edge : edges) {
    hash = mix_hash(hash, std::uint64_t{edge.to} << 16 | std::uint64_t{edge.first} << 8 | edge.last);
  }
  return hash;
}

inline bool equal_edges(std::span<const Dfa::Edge> a, std::span<const Dfa::Edge> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].to != b[i].to || a[i].first != b[i].first || a[i].last != b[i].last) return false;
  }
  return true;
}

class StateIndex {
 public:
  explicit StateIndex(std::size_t expected = 0) {
    std::size_t n = 16;
    while (n < expected * 2) n *= 2;
    slots_.assign(n, {});
  }

  /// The state that was added with an equal key, or `candidate`, which is then added. `equals(state)` compares the key
  /// with that of a state whose hash is the same.
  template <typename Equals>
  std::uint32_t find_or_add(std::uint64_t hash, std::uint32_t candidate, const Equals& equals) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    std::size_t i = hash & (slots_.size() - 1);
    for (; slots_[i].state != Dfa::kDead; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].hash == hash && equals(slots_[i].state)) return slots_[i].state;
    }
    slots_[i] = {hash, candidate};
    ++size_;
    return candidate;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t state = Dfa::kDead;
  };

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.state == Dfa::kDead) continue;
      std::size_t i = slot.hash & (slots_.size() - 1);
      while (slots_[i].state != Dfa::kDead) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace hearth
