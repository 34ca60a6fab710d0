#include "grammar/dfa_pool.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "grammar/state_index.h"

namespace hearth {
namespace {

// Automata with one hash are compared one by one; somebody who makes hashes collide shall not make that long.
constexpr std::size_t kMostOfOneHash = 4;
constexpr std::size_t kSweepAt = 1024;

std::uint64_t hash_of(const Dfa& dfa) {
  std::uint64_t hash = mix_hash(dfa.start(), dfa.n_states());
  for (Dfa::State state = 0; state < dfa.n_states(); ++state)
    hash = mix_hash(hash, hash_edges(dfa.edges(state), dfa.accepts(state)));
  return hash;
}

bool equal(const Dfa& a, const Dfa& b) {
  if (a.start() != b.start() || a.n_states() != b.n_states()) return false;
  for (Dfa::State state = 0; state < a.n_states(); ++state) {
    if (a.accepts(state) != b.accepts(state) || !equal_edges(a.edges(state), b.edges(state))) return false;
  }
  return true;
}

class Pool {
 public:
  DfaPointer get(DfaPointer dfa) {
    const std::uint64_t hash = hash_of(*dfa);
    const std::lock_guard lock(mutex_);
    std::size_t n_of_hash = 0;
    const auto [first, last] = known_.equal_range(hash);
    for (auto entry = first; entry != last; ++entry, ++n_of_hash) {
      if (auto known = entry->second.lock(); known != nullptr && (known == dfa || equal(*known, *dfa))) return known;
    }
    if (n_of_hash >= kMostOfOneHash) return dfa;
    if (known_.size() >= sweep_at_) sweep();
    known_.emplace(hash, dfa);
    return dfa;
  }

 private:
  void sweep() {
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kSweepAt, known_.size() * 2);
  }

  std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, std::weak_ptr<const Dfa>> known_;
  std::size_t sweep_at_ = kSweepAt;
};

}  // namespace

DfaPointer shared_dfa(DfaPointer dfa) {
  static Pool pool;
  return pool.get(std::move(dfa));
}

}  // namespace hearth
