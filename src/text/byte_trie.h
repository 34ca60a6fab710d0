// Strings to numbers, found as prefixes of a text byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

class ByteTrie {
 public:
  static constexpr std::int32_t kNone = -1;

  ByteTrie() : ByteTrie(std::vector<std::pair<std::string_view, std::int32_t>>()) {}
  /// Of equal strings the last counts; empty ones are left out. Values are at least 0.
  explicit ByteTrie(std::vector<std::pair<std::string_view, std::int32_t>> entries);

  /// Calls `found(length, value)` for each string that `text` begins with, shortest first.
  template <typename Found>
  void each_prefix(std::string_view text, Found&& found) const {
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = child(node, static_cast<std::uint8_t>(text[i]));
      if (node == 0) return;
      if (nodes_[node].value != kNone) found(i + 1, nodes_[node].value);
    }
  }

  struct Match {
    std::size_t length = 0;  ///< 0: nothing matched
    std::int32_t value = kNone;
  };
  Match longest_prefix(std::string_view text) const {
    Match best;
    each_prefix(text, [&best](std::size_t length, std::int32_t value) { best = {length, value}; });
    return best;
  }

  bool empty() const { return nodes_.size() == 1; }
  /// Whether any string begins with `byte`.
  bool may_start(std::uint8_t byte) const { return roots_[byte] != 0; }

 private:
  struct Node {
    std::uint32_t first_edge = 0;
    std::uint32_t n_edges = 0;
    std::int32_t value = kNone;
  };
  struct Edge {
    std::uint8_t byte = 0;
    std::uint32_t target = 0;
  };

  /// The child of `node` by `byte`; 0 (the root is nobody's child) where there is none.
  std::uint32_t child(std::uint32_t node, std::uint8_t byte) const {
    if (node == 0) return roots_[byte];
    const Edge* edge = edges_.data() + nodes_[node].first_edge;
    std::uint32_t n = nodes_[node].n_edges;
    while (n > 4) {  // edges are in order: halve, then look one by one
      const std::uint32_t half = n / 2;
      if (edge[half].byte <= byte) {
        edge += half;
        n -= half;
      } else {
        n = half;
      }
    }
    for (; n > 0; --n, ++edge) {
      if (edge->byte == byte) return edge->target;
    }
    return 0;
  }

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> roots_;
};

}  // namespace hearth
