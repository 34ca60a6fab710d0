// Byte-pair merging: again and again the pair of neighbours with the lowest rank, leftmost first, becomes one symbol
// (Sennrich et al. 2016). Short words scan for it; long ones keep the pairs of each rank in a list of their own, which
// fills from left to right and so needs next to no sorting.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <unordered_map>
#include <vector>

namespace hearth {

struct Symbol {
  std::uint32_t id = 0;      ///< what the merge rule knows it by
  std::uint32_t begin = 0;   ///< in the piece
  std::uint32_t length = 0;  ///< 0 once it has been merged into the one before
  std::int32_t previous = -1;
  std::int32_t next = -1;
};

/// What two neighbours become; `rank` decides who goes first.
struct Merge {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t rank = kNone;
  std::uint32_t id = 0;
};

/// Links `symbols` and merges them in place by `find(left, right) -> Merge`. Merged symbols have length 0.
template <typename Find>
class SymbolMerger {
 public:
  SymbolMerger(std::vector<Symbol>& symbols, Find find) : symbols_(symbols), find_(find) {}

  void run() {
    const auto n = static_cast<std::int32_t>(symbols_.size());
    for (std::int32_t i = 0; i < n; ++i) {
      symbols_[static_cast<std::size_t>(i)].previous = i - 1;
      symbols_[static_cast<std::size_t>(i)].next = i + 1 < n ? i + 1 : -1;
    }
    if (symbols_.size() <= kShort) {
      merge_by_scanning();
    } else {
      merge_by_rank();
    }
  }

 private:
  static constexpr std::size_t kShort = 32;

  struct Candidate {
    std::int32_t left;
    std::uint32_t id;
    std::uint32_t length;  // of both together; no longer true where one has changed since
    bool operator>(const Candidate& other) const { return left > other.left; }
  };

  /// The candidates of one rank, leftmost first.
  class Bucket {
   public:
    bool empty() const { return next_ == ordered_.size() && late_.empty(); }
    void push(const Candidate& candidate) {
      if (next_ == ordered_.size()) {
        ordered_.clear();
        next_ = 0;
      }
      if (ordered_.empty() || candidate.left >= ordered_.back().left) {
        ordered_.push_back(candidate);
      } else {
        late_.push(candidate);
      }
    }
    Candidate pop() {
      if (late_.empty() || (next_ < ordered_.size() && ordered_[next_].left <= late_.top().left))
        return ordered_[next_++];
      const Candidate candidate = late_.top();
      late_.pop();
      return candidate;
    }

   private:
    std::vector<Candidate> ordered_;
    std::size_t next_ = 0;
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<Candidate>> late_;
  };

  Symbol& at(std::int32_t i) { return symbols_[static_cast<std::size_t>(i)]; }

  Merge merge_with_next(std::int32_t left) {
    if (left < 0 || at(left).next < 0) return {};
    return find_(at(left), at(at(left).next));
  }

  void join(std::int32_t left, std::uint32_t id) {
    Symbol& a = at(left);
    Symbol& b = at(a.next);
    a.id = id;
    a.length += b.length;
    b.length = 0;
    a.next = b.next;
    if (a.next >= 0) at(a.next).previous = left;
  }

  void merge_by_scanning() {
    Merge merges[kShort];
    for (std::size_t i = 0; i < symbols_.size(); ++i) merges[i] = merge_with_next(static_cast<std::int32_t>(i));
    for (;;) {
      std::int32_t best = -1;
      std::uint32_t best_rank = Merge::kNone;
      for (std::int32_t i = symbols_.empty() ? -1 : 0; i >= 0; i = at(i).next) {
        if (merges[i].rank < best_rank) {
          best_rank = merges[i].rank;
          best = i;
        }
      }
      if (best < 0) return;
      join(best, merges[best].id);
      merges[best] = merge_with_next(best);
      if (at(best).previous >= 0) merges[at(best).previous] = merge_with_next(at(best).previous);
    }
  }

  void merge_by_rank() {
    std::unordered_map<std::uint32_t, Bucket> buckets;
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<std::uint32_t>>
        ranks;  // of buckets with something in
    const auto propose = [&](std::int32_t left) {
      const Merge merge = merge_with_next(left);
      if (merge.rank == Merge::kNone) return;
      Bucket& bucket = buckets[merge.rank];
      if (bucket.empty()) ranks.push(merge.rank);
      bucket.push({left, merge.id, at(left).length + at(at(left).next).length});
    };
    for (std::size_t i = 0; i < symbols_.size(); ++i) propose(static_cast<std::int32_t>(i));
    while (!ranks.empty()) {
      const std::uint32_t rank = ranks.top();
      Bucket& bucket = buckets[rank];
      const Candidate candidate = bucket.pop();
      if (bucket.empty()) {
        ranks.pop();
        buckets.erase(rank);
      }
      const Symbol& left = at(candidate.left);
      if (left.length == 0 || left.next < 0 || left.length + at(left.next).length != candidate.length) continue;
      join(candidate.left, candidate.id);
      propose(at(candidate.left).previous);
      propose(candidate.left);
    }
  }

  std::vector<Symbol>& symbols_;
  Find find_;
};

}  // namespace hearth
