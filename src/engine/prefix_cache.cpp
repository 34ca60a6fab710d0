#include "engine/prefix_cache.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hearth {
namespace {

std::size_t common_prefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

std::span<const TokenId> block_at(std::span<const TokenId> tokens, std::size_t begin) {
  const std::span<const TokenId> rest = tokens.subspan(begin);
  return rest.first(std::min(rest.size(), static_cast<std::size_t>(kKvPageTokens)));
}

}  // namespace

bool PrefixCache::Less::operator()(std::span<const TokenId> a, std::span<const TokenId> b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

PrefixCache::PrefixCache(std::size_t max_pages) : max_pages_(max_pages) {}
PrefixCache::~PrefixCache() { clear(); }

PrefixCache::Match PrefixCache::find(const PrefixKey& key, std::span<const TokenId> tokens, std::int64_t most) {
  Match match;
  const auto root = roots_.find(key);
  if (root == roots_.end()) return match;
  std::vector<Node*> path;
  Node* node = &root->second;
  std::size_t found = 0;
  while (static_cast<std::int64_t>(found) < most && found < tokens.size()) {
    const std::span<const TokenId> block = block_at(tokens, found);
    // Keys are in lexicographic order: the one that shares most stands beside where this block would stand.
    const auto after = node->children.lower_bound(block);
    Node* best = nullptr;
    std::size_t shared = 0;
    const auto consider = [&](const auto& child) {
      const std::size_t n = common_prefix(child.first, block);
      if (n > shared) {
        best = child.second.get();
        shared = n;
      }
    };
    if (after != node->children.end()) consider(*after);
    if (after != node->children.begin()) consider(*std::prev(after));
    if (best == nullptr) break;
    path.push_back(best);
    found += shared;
    if (shared < static_cast<std::size_t>(kKvPageTokens)) break;
    node = best;
  }
  match.tokens = std::min(static_cast<std::int64_t>(found), std::max<std::int64_t>(most, 0));
  path.resize(kv_pages_for(match.tokens));
  for (const Node* each : path) match.pages.push_back(each->page);
  touch(path);
  return match;
}

void PrefixCache::insert(const PrefixKey& key, std::span<const TokenId> tokens, KvSequence& kv, bool tail) {
  const auto n = static_cast<std::size_t>(kv.size());
  assert(tokens.size() >= n);
  std::vector<Node*> path;
  Node* node = &roots_[key];
  for (std::size_t begin = 0; begin < n; begin += static_cast<std::size_t>(kKvPageTokens)) {
    const std::span<const TokenId> block = block_at(tokens.first(n), begin);
    const bool whole = block.size() == static_cast<std::size_t>(kKvPageTokens);
    if (!whole && !tail) break;
    const std::size_t index = begin / static_cast<std::size_t>(kKvPageTokens);
    const auto known = node->children.lower_bound(block);
    if (known != node->children.end() && common_prefix(known->first, block) == block.size()) {
      node = known->second.get();
      if (whole) kv.replace_page(index, node->page);
    } else {
      node = add(*node, block, kv.pages()[index]);
    }
    path.push_back(node);
  }
  touch(path);
  while (lru_.size() > max_pages_ && evict()) {
  }
}

PrefixCache::Node* PrefixCache::add(Node& parent, std::span<const TokenId> block, const KvPage& page) {
  auto owned = std::make_unique<Node>();
  Node* node = owned.get();
  node->parent = &parent;
  node->page = page;
  lru_.push_front(node);
  node->recent = lru_.begin();
  try {
    node->self = parent.children.emplace(std::vector<TokenId>(block.begin(), block.end()), std::move(owned)).first;
  } catch (...) {
    lru_.pop_front();
    throw;
  }
  tokens_ += static_cast<std::int64_t>(block.size());
  // An end that goes on here now is no end any more. No sibling begins another, so it can only stand right before.
  if (node->self != parent.children.begin()) {
    Node& before = *std::prev(node->self)->second;
    if (common_prefix(before.self->first, block) == before.n_tokens()) remove(before);
  }
  return node;
}

void PrefixCache::remove(Node& node) {
  assert(node.children.empty());
  tokens_ -= static_cast<std::int64_t>(node.n_tokens());
  lru_.erase(node.recent);
  node.parent->children.erase(node.self);
}

void PrefixCache::touch(std::span<Node* const> path) {
  for (std::size_t i = path.size(); i-- > 0;) lru_.splice(lru_.begin(), lru_, path[i]->recent);
}

bool PrefixCache::evict() {
  for (auto node = lru_.rbegin(); node != lru_.rend(); ++node) {
    if (!(*node)->children.empty() || (*node)->page.shared()) continue;
    remove(**node);
    return true;
  }
  return false;
}

std::size_t PrefixCache::evictable() const {
  return static_cast<std::size_t>(
      std::count_if(lru_.begin(), lru_.end(), [](const Node* node) { return !node->page.shared(); }));
}

void PrefixCache::clear() {
  while (!lru_.empty()) remove(*lru_.back());  // leaf by leaf: the tree may be deep
  roots_.clear();
}

}  // namespace hearth
