#include "grammar/token_trie.h"

#include <algorithm>

namespace hearth {
namespace {

constexpr std::size_t kLongestToken = 60'000;  // depths are 16 bits wide

}  // namespace

TokenTrie::TokenTrie(std::vector<Entry> entries) {
  std::erase_if(entries, [](const Entry& entry) { return entry.first.empty() || entry.first.size() > kLongestToken; });
  std::sort(entries.begin(), entries.end());
  nodes_.push_back({});
  tokens_.reserve(entries.size());
  std::vector<std::uint32_t> path = {0};  // the nodes of the bytes that stand now
  std::string_view previous;
  for (const auto& [bytes, id] : entries) {
    std::size_t shared = 0;
    while (shared < previous.size() && shared < bytes.size() && previous[shared] == bytes[shared]) ++shared;
    for (std::size_t depth = path.size() - 1; depth > shared; --depth) {
      nodes_[path[depth]].end = static_cast<std::uint32_t>(nodes_.size());
      path.pop_back();
    }
    for (std::size_t depth = shared; depth < bytes.size(); ++depth) {
      path.push_back(static_cast<std::uint32_t>(nodes_.size()));
      nodes_.push_back({0, static_cast<std::uint32_t>(tokens_.size()), static_cast<std::uint16_t>(depth + 1),
                        static_cast<std::uint8_t>(bytes[depth]), 0});
    }
    for (std::size_t depth = 0; depth < path.size(); ++depth) {
      std::uint16_t& below = nodes_[path[depth]].below;
      below = std::max(below, static_cast<std::uint16_t>(bytes.size() - depth));
    }
    tokens_.push_back(id);
    max_depth_ = std::max(max_depth_, static_cast<std::uint32_t>(bytes.size()));
    previous = bytes;
  }
  for (const std::uint32_t node : path) nodes_[node].end = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({0, static_cast<std::uint32_t>(tokens_.size()), 0, 0, 0});
}

}  // namespace hearth
