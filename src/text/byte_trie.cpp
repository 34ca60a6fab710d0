#include "text/byte_trie.h"

#include <algorithm>

namespace hearth {

/// Level by level: a node stands for a range of the sorted strings that share their first `depth` bytes.
ByteTrie::ByteTrie(std::vector<std::pair<std::string_view, std::int32_t>> entries) : roots_(256, 0) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  struct Range {
    std::size_t begin;
    std::size_t end;
  };
  nodes_.emplace_back();
  std::vector<Range> level = {{0, entries.size()}};
  std::uint32_t level_begin = 0;
  for (std::size_t depth = 0; !level.empty(); ++depth) {
    std::vector<Range> next;
    const auto next_begin = static_cast<std::uint32_t>(nodes_.size());
    for (std::size_t k = 0; k < level.size(); ++k) {
      const std::size_t node = level_begin + k;
      std::size_t i = level[k].begin;
      for (; i < level[k].end && entries[i].first.size() == depth; ++i) {
        if (depth > 0) nodes_[node].value = entries[i].second;
      }
      nodes_[node].first_edge = static_cast<std::uint32_t>(edges_.size());
      while (i < level[k].end) {
        const char byte = entries[i].first[depth];
        const std::size_t begin = i;
        while (i < level[k].end && entries[i].first[depth] == byte) ++i;
        const auto target = static_cast<std::uint32_t>(next_begin + next.size());
        edges_.push_back({static_cast<std::uint8_t>(byte), target});
        if (depth == 0) roots_[static_cast<std::uint8_t>(byte)] = target;
        next.push_back({begin, i});
      }
      nodes_[node].n_edges = static_cast<std::uint32_t>(edges_.size()) - nodes_[node].first_edge;
    }
    nodes_.resize(nodes_.size() + next.size());
    level = std::move(next);
    level_begin = next_begin;
  }
}

}  // namespace hearth
