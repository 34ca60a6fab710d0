#include "grammar/state_partition.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace hearth {

namespace {

/// Elements in blocks. Some elements can be marked; split() then parts every block into its marked and unmarked ones.
class RefinablePartition {
 public:
  /// Elements with equal keys (below `n_keys`) make the first blocks.
  template <typename Key>
  RefinablePartition(std::size_t n, std::size_t n_keys, const Key& key) : elements_(n), place_(n), block_(n) {
    std::vector<std::uint32_t> next(n_keys + 1, 0);
    for (std::size_t e = 0; e < n; ++e) ++next[key(e) + 1];
    for (std::size_t k = 0; k < n_keys; ++k) {
      next[k + 1] += next[k];
      if (next[k + 1] > next[k]) blocks_.push_back({next[k], next[k + 1], 0});
    }
    for (std::size_t e = 0; e < n; ++e) {
      const std::uint32_t place = next[key(e)]++;
      elements_[place] = static_cast<std::uint32_t>(e);
      place_[e] = place;
    }
    for (std::size_t b = 0; b < blocks_.size(); ++b) assign(b);
  }

  std::size_t size() const { return blocks_.size(); }
  std::uint32_t block_of(std::size_t element) const { return block_[element]; }
  std::vector<std::uint32_t> take_blocks() && { return std::move(block_); }
  /// Valid until the next mark().
  std::span<const std::uint32_t> block(std::size_t b) const {
    return {elements_.data() + blocks_[b].begin, elements_.data() + blocks_[b].end};
  }

  void mark(std::uint32_t element) {
    const std::uint32_t b = block_[element];
    Block& block = blocks_[b];
    const std::uint32_t place = place_[element];
    const std::uint32_t border = block.begin + block.n_marked;
    if (place < border) return;
    if (block.n_marked++ == 0) touched_.push_back(b);
    std::swap(elements_[place], elements_[border]);
    place_[elements_[place]] = place;
    place_[elements_[border]] = border;
  }

  /// The smaller part of a block becomes a new block.
  void split() {
    for (const std::uint32_t b : touched_) {
      const Block old = blocks_[b];
      blocks_[b].n_marked = 0;
      const std::uint32_t border = old.begin + old.n_marked;
      if (border == old.end) continue;
      Block part = {0, 0, 0};
      if (old.n_marked <= old.end - border) {
        part = {old.begin, border, 0};
        blocks_[b].begin = border;
      } else {
        part = {border, old.end, 0};
        blocks_[b].end = border;
      }
      blocks_.push_back(part);
      assign(blocks_.size() - 1);
    }
    touched_.clear();
  }

 private:
  struct Block {
    std::uint32_t begin, end, n_marked;
  };

  void assign(std::size_t b) {
    for (std::uint32_t i = blocks_[b].begin; i < blocks_[b].end; ++i)
      block_[elements_[i]] = static_cast<std::uint32_t>(b);
  }

  std::vector<std::uint32_t> elements_;  // block by block, in each the marked ones first
  std::vector<std::uint32_t> place_;     // element → its index in elements_
  std::vector<std::uint32_t> block_;     // element → block
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> touched_;  // blocks with marked elements
};

}  // namespace

std::vector<std::uint32_t> coarsest_partition(std::span<const std::uint8_t> kind,
                                              std::span<const Transition> transitions, std::uint32_t n_labels) {
  const std::size_t n = kind.size();
  std::vector<std::uint32_t> first_into(n + 1, 0);
  for (const auto& t : transitions) ++first_into[t.to + 1];
  std::partial_sum(first_into.begin(), first_into.end(), first_into.begin());
  std::vector<std::uint32_t> into(transitions.size());
  {
    std::vector<std::uint32_t> next(first_into.begin(), first_into.end() - 1);
    for (std::size_t t = 0; t < transitions.size(); ++t)
      into[next[transitions[t].to]++] = static_cast<std::uint32_t>(t);
  }

  RefinablePartition states(n, 256, [&](std::size_t s) { return kind[s]; });
  // Transitions of one block here have one label and lead into one block of states that was already used to split.
  RefinablePartition splitters(transitions.size(), n_labels, [&](std::size_t t) { return transitions[t].label; });
  std::size_t next_block = 1;
  for (std::size_t splitter = 0; splitter < splitters.size(); ++splitter) {
    for (const std::uint32_t t : splitters.block(splitter)) states.mark(transitions[t].from);
    states.split();
    for (; next_block < states.size(); ++next_block) {
      for (const std::uint32_t s : states.block(next_block)) {
        for (std::uint32_t i = first_into[s]; i < first_into[s + 1]; ++i) splitters.mark(into[i]);
      }
      splitters.split();
    }
  }
  return std::move(states).take_blocks();
}

}  // namespace hearth
