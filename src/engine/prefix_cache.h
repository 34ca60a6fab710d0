// What sequences have read, kept for those that begin alike: a tree of pages. A sequence shares the pages on its way
// down without copying them; what was used least recently goes first.
#pragma once

#include <compare>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "hearth/sampling.h"
#include "model/kv_cache.h"
#include "model/lora.h"

namespace hearth {

/// Besides the tokens, all that keys and values depend on.
struct PrefixKey {
  bool long_rope = false;
  const Adapter* adapter = nullptr;
  auto operator<=>(const PrefixKey&) const = default;
};

/// A node is a page: kKvPageTokens tokens, or fewer where it is the end of a sequence. Not thread-safe.
class PrefixCache {
 public:
  /// It holds at most `max_pages` pages, those that sequences share with it among them.
  explicit PrefixCache(std::size_t max_pages);
  ~PrefixCache();
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  struct Match {
    std::vector<KvPage> pages;
    std::int64_t tokens = 0;  ///< in these pages; of the last page perhaps not all
  };
  /// The longest known beginning of `tokens`, of at most `most` of them.
  Match find(const PrefixKey& key, std::span<const TokenId> tokens, std::int64_t most);
  /// Keeps the whole pages of `kv`, which holds the first of `tokens`, and with `tail` the last, partial one. Where a
  /// page is known already, `kv` takes that one in place of its own.
  void insert(const PrefixKey& key, std::span<const TokenId> tokens, KvSequence& kv, bool tail);

  /// Drops the page that nobody shares and that was used least recently; false when there is none.
  bool evict();
  /// Pages that evict() could free, one after the other.
  std::size_t evictable() const;
  void clear();

  std::size_t pages() const { return lru_.size(); }
  std::int64_t tokens() const { return tokens_; }

 private:
  struct Node;
  struct Less {
    using is_transparent = void;
    bool operator()(std::span<const TokenId> a, std::span<const TokenId> b) const;
  };
  using Children = std::map<std::vector<TokenId>, std::unique_ptr<Node>, Less>;
  struct Node {
    Node* parent = nullptr;
    KvPage page;
    Children children;
    Children::iterator self;            ///< in parent->children
    std::list<Node*>::iterator recent;  ///< in lru_
    std::size_t n_tokens() const { return self->first.size(); }
  };

  Node* add(Node& parent, std::span<const TokenId> block, const KvPage& page);
  void remove(Node& node);
  /// The last of `path` first, so that a node is always more recent than what hangs on it.
  void touch(std::span<Node* const> path);

  std::size_t max_pages_;
  std::map<PrefixKey, Node> roots_;
  std::list<Node*> lru_;  ///< most recent first
  std::int64_t tokens_ = 0;
};

}  // namespace hearth
