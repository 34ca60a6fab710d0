// Byte strings with token ids as one flat prefix tree in depth-first order: walking it is one pass over an array, and
// the tokens below a node stand side by side.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hearth/sampling.h"

namespace hearth {

/// Immutable; any number of threads may use one.
class TokenTrie {
 public:
  struct Node {
    std::uint32_t end = 0;          ///< index of the first node behind this one's subtree
    std::uint32_t first_token = 0;  ///< into tokens(): its own ids come first, then those below
    std::uint16_t depth = 0;        ///< bytes read at this node; the root has 0
    std::uint8_t byte = 0;          ///< the last of them
    std::uint16_t below = 0;        ///< bytes of the longest token below it, counted from here
  };

  using Entry = std::pair<std::string, TokenId>;
  /// Several ids may have the same bytes; entries without bytes are left out, and those of more than 60,000 bytes too.
  explicit TokenTrie(std::vector<Entry> entries);

  /// nodes()[0] is the root; one more entry than there are nodes ends the array.
  const std::vector<Node>& nodes() const { return nodes_; }
  std::uint32_t n_nodes() const { return static_cast<std::uint32_t>(nodes_.size()) - 1; }
  bool has_children(std::uint32_t node) const { return nodes_[node].end > node + 1; }
  /// The ids of exactly this node's bytes.
  std::span<const TokenId> tokens_at(std::uint32_t node) const {
    return between(nodes_[node].first_token, nodes_[node + 1].first_token);
  }
  /// The ids of this node and all below it.
  std::span<const TokenId> tokens_below(std::uint32_t node) const {
    return between(nodes_[node].first_token, nodes_[nodes_[node].end].first_token);
  }
  std::uint32_t max_depth() const { return max_depth_; }
  std::size_t bytes() const { return nodes_.size() * sizeof(Node) + tokens_.size() * sizeof(TokenId); }

 private:
  std::span<const TokenId> between(std::uint32_t first, std::uint32_t last) const {
    return std::span(tokens_).subspan(first, last - first);
  }

  std::vector<Node> nodes_;
  std::vector<TokenId> tokens_;
  std::uint32_t max_depth_ = 0;
};

}  // namespace hearth
