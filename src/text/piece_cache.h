// Remembers the ids of pieces that were tokenised before: words repeat. One belongs to one call, so it needs no lock.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace hearth {

class PieceCache {
 public:
  static constexpr std::size_t kLongestPiece = 64;

  /// `text_bytes`: how much text this call has; a short one gets no table.
  explicit PieceCache(std::size_t text_bytes);

  /// Appends the ids of `piece` to `out` where they are known.
  bool find(std::string_view piece, std::vector<TokenId>& out) const;
  void insert(std::string_view piece, std::span<const TokenId> ids);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t text_begin = 0;
    std::uint32_t ids_begin = 0;
    std::uint16_t text_length = 0;  // 0: the slot is empty
    std::uint16_t n_ids = 0;
  };
  std::vector<Slot> slots_;  // a power of two of them, or none; a new piece replaces what is in its slot
  std::string texts_;
  std::vector<TokenId> ids_;
};

}  // namespace hearth
