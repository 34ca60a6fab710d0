#include "text/piece_cache.h"

#include <functional>

namespace hearth {
namespace {

constexpr std::size_t kSlots = std::size_t{1} << 15;
constexpr std::size_t kSmallestText = 2048;
/// Replaced pieces leave their text behind; past this size the cache begins anew.
constexpr std::size_t kMaxTextBytes = std::size_t{8} << 20;

std::uint64_t hash_of(std::string_view piece) { return std::hash<std::string_view>{}(piece); }

}  // namespace

PieceCache::PieceCache(std::size_t text_bytes) {
  if (text_bytes >= kSmallestText) slots_.resize(text_bytes >= kSlots * 4 ? kSlots : kSlots / 16);
}

bool PieceCache::find(std::string_view piece, std::vector<TokenId>& out) const {
  if (slots_.empty() || piece.size() > kLongestPiece) return false;
  const std::uint64_t hash = hash_of(piece);
  const Slot& slot = slots_[hash & (slots_.size() - 1)];
  if (slot.hash != hash || slot.text_length != piece.size() ||
      std::string_view(texts_).substr(slot.text_begin, piece.size()) != piece) {
    return false;
  }
  const auto first = ids_.begin() + slot.ids_begin;
  out.insert(out.end(), first, first + slot.n_ids);
  return true;
}

void PieceCache::insert(std::string_view piece, std::span<const TokenId> ids) {
  if (slots_.empty() || piece.empty() || piece.size() > kLongestPiece || ids.size() > UINT16_MAX) return;
  if (texts_.size() > kMaxTextBytes || ids_.size() > kMaxTextBytes) {
    slots_.assign(slots_.size(), Slot{});
    texts_.clear();
    ids_.clear();
  }
  const std::uint64_t hash = hash_of(piece);
  slots_[hash & (slots_.size() - 1)] = {
      hash, static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(ids_.size()),
      static_cast<std::uint16_t>(piece.size()), static_cast<std::uint16_t>(ids.size())};
  texts_ += piece;
  ids_.insert(ids_.end(), ids.begin(), ids.end());
}

}  // namespace hearth
