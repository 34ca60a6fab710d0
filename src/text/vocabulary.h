// The two directions between token ids and their texts. Ids come from files, so holes are allowed and absurd ids
// refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer.h"

namespace hearth {

class Vocabulary {
 public:
  /// `source` names the file in errors. At most `expected` tokens are promised; ids far beyond that number are refused,
  /// so that a small file cannot ask for a large table.
  Vocabulary(std::string source, std::size_t expected);
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  enum class Repeated { kRefused, kLastCounts };
  /// Errors: kCorruptData for an id below 0 or absurdly large, an id given twice, or (unless the last counts) a text
  /// given twice.
  void add(std::string_view text, std::int64_t id, Repeated repeated = Repeated::kRefused);

  std::optional<TokenId> find(std::string_view text) const;
  bool contains(TokenId id) const;
  /// The text of `id`; empty for holes and ids outside.
  std::string_view text(TokenId id) const;
  /// One more than the largest id.
  std::int64_t size() const { return static_cast<std::int64_t>(texts_.size()); }
  /// How many ids have a text.
  std::size_t count() const { return ids_.size(); }
  std::size_t longest_text() const { return longest_text_; }

 private:
  std::string source_;
  std::size_t id_limit_;
  std::size_t longest_text_ = 0;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, TokenId, Hash, std::equal_to<>>
      ids_;  // node-based: keys never move, texts_ points at them
  std::vector<const std::string*> texts_;
};

}  // namespace hearth
