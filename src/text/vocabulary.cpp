#include "text/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>

#include "hearth/error.h"

namespace hearth {
namespace {

/// Real vocabularies have holes (padding to a round number, tokens taken out), but not more than this many.
constexpr std::size_t kMaxHoles = 200'000;

}  // namespace

Vocabulary::Vocabulary(std::string source, std::size_t expected)
    : source_(std::move(source)), id_limit_(expected + kMaxHoles) {
  ids_.reserve(expected);
  texts_.reserve(expected);
}

void Vocabulary::add(std::string_view text, std::int64_t id, Repeated repeated) {
  if (id < 0 || static_cast<std::uint64_t>(id) >= id_limit_) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: token \"{}\" has the id {}, which is out of any proportion to the "
                            "number of tokens",
                            source_, text, id));
  }
  const auto index = static_cast<std::size_t>(id);
  if (index < texts_.size() && texts_[index] != nullptr) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: id {} is given to \"{}\" and to \"{}\"", source_, id, *texts_[index], text));
  }
  const auto [entry, inserted] = ids_.try_emplace(std::string(text), static_cast<TokenId>(id));
  if (!inserted && repeated == Repeated::kLastCounts) {
    entry->second = static_cast<TokenId>(id);
  } else if (!inserted) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: token \"{}\" has two ids, {} and {}", source_, text, entry->second, id));
  }
  if (index >= texts_.size()) texts_.resize(index + 1, nullptr);
  texts_[index] = &entry->first;
  longest_text_ = std::max(longest_text_, text.size());
}

std::optional<TokenId> Vocabulary::find(std::string_view text) const {
  const auto entry = ids_.find(text);
  if (entry == ids_.end()) return std::nullopt;
  return entry->second;
}

bool Vocabulary::contains(TokenId id) const {
  return id >= 0 && static_cast<std::size_t>(id) < texts_.size() && texts_[static_cast<std::size_t>(id)] != nullptr;
}

std::string_view Vocabulary::text(TokenId id) const {
  return contains(id) ? std::string_view(*texts_[static_cast<std::size_t>(id)]) : std::string_view();
}

}  // namespace hearth
