#include "engine/pattern_matcher.h"

#include <algorithm>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxPatternBytes = std::size_t{16} << 20;

std::uint64_t edge(PatternMatcher::State state, unsigned char byte) { return std::uint64_t{state} << 8 | byte; }

}  // namespace

PatternMatcher::PatternMatcher(std::span<const std::string> patterns, std::string_view what) {
  struct Link {
    State parent;
    unsigned char byte;
    State child;
  };
  std::vector<Link> links;
  std::size_t bytes = 0;
  for (const std::string& pattern : patterns) {
    if (pattern.empty()) {
      throw Error(ErrorCode::kInvalidArgument, "a " + std::string(what) + " is empty", "leave it out");
    }
    bytes += pattern.size();
    if (bytes > kMaxPatternBytes) {
      throw Error(ErrorCode::kInvalidArgument, "the " + std::string(what) + "s are longer than 16 MiB together");
    }
    State state = kStart;
    for (const char c : pattern) {
      const auto byte = static_cast<unsigned char>(c);
      const auto [child, is_new] = children_.try_emplace(edge(state, byte), static_cast<State>(nodes_.size()));
      if (is_new) {
        links.push_back({state, byte, child->second});
        nodes_.push_back({nodes_[state].depth + 1, 0, kStart});
      }
      state = child->second;
    }
    nodes_[state].matched = nodes_[state].depth;
  }

  // Fallbacks point to shallower nodes, so go down the tree level by level.
  std::stable_sort(links.begin(), links.end(),
                   [&](const Link& a, const Link& b) { return nodes_[a.child].depth < nodes_[b.child].depth; });
  for (const Link& link : links) {
    Node& node = nodes_[link.child];
    node.fallback = link.parent == kStart ? kStart : step(nodes_[link.parent].fallback, link.byte);
    node.matched = std::max(node.matched, nodes_[node.fallback].matched);
  }
}

PatternMatcher::State PatternMatcher::step(State state, unsigned char byte) const {
  while (true) {
    const auto child = children_.find(edge(state, byte));
    if (child != children_.end()) return child->second;
    if (state == kStart) return kStart;
    state = nodes_[state].fallback;
  }
}

bool PatternMatcher::occurs_in(std::string_view text) const {
  State state = kStart;
  for (const char c : text) {
    state = step(state, static_cast<unsigned char>(c));
    if (matched(state) > 0) return true;
  }
  return false;
}

}  // namespace hearth
