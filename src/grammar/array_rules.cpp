#include "grammar/array_rules.h"

#include <algorithm>
#include <bit>

namespace hearth {
namespace {

std::uint32_t counted(const Frame& frame, std::size_t which) {
  return frame.memory == nullptr || frame.memory->counts.empty() ? 0 : frame.memory->counts[which];
}

bool is_seen(const Frame& frame, std::uint32_t identity) {
  if (frame.memory == nullptr || identity / 64 >= frame.memory->seen.size()) return false;
  return (frame.memory->seen[identity / 64] >> (identity % 64) & 1) != 0;
}

/// How items of one place can count for the only `contains`.
struct Place {
  bool with = false, without = false;
  bool dead() const { return !with && !without; }
};
Place place_of(const std::vector<ArrayNode::Variant>& variants) {
  Place place;
  for (const ArrayNode::Variant& variant : variants) (variant.counts != 0 ? place.with : place.without) = true;
  return place;
}

/// One `contains`: is there a length at which the numbers of items that must and that can count fit?
bool contains_possible(const ArrayNode& array, std::uint32_t index, std::uint32_t n_counted) {
  const ArrayNode::Contains& wanted = array.contains[0];
  std::uint64_t forced = n_counted, possible = n_counted;
  const auto fits = [&](std::uint64_t length) {
    return length >= array.min && length <= array.max && forced <= wanted.max && possible >= wanted.min;
  };
  std::uint64_t length = index;
  for (; length < array.prefix.size(); ++length) {
    if (fits(length)) return true;
    const Place place = place_of(array.prefix[length]);
    if (place.dead()) return false;
    if (place.with) ++possible;
    if (!place.without) ++forced;
  }
  if (fits(length)) return true;
  const Place place = place_of(array.rest);
  if (place.dead()) return false;
  // All further places are alike: as few of them as the minima ask for.
  std::uint64_t more = array.min > length ? array.min - length : 0;
  if (possible < wanted.min) {
    if (!place.with) return false;
    more = std::max(more, wanted.min - possible);
  }
  if (place.with) possible += more;
  if (!place.without) forced += more;
  return fits(length + more);
}

/// `frame` stands after an item: can the array be completed?
bool completable(const ArrayNode& array, const Frame& frame) {
  if (frame.count > array.max) return false;
  if (array.contains.size() == 1) return contains_possible(array, frame.count, counted(frame, 0));
  if (array.distinct && frame.count < array.min) {
    const auto n_left = static_cast<std::size_t>(std::count_if(
        array.rest.begin(), array.rest.end(), [&](const auto& variant) { return !is_seen(frame, variant.identity); }));
    return n_left >= array.min - frame.count;
  }
  // Several `contains`, and distinct texts, are only compiled where there is always room; lengths end before a place
  // that nothing can stand at.
  return true;
}

}  // namespace

const std::vector<ArrayNode::Variant>& item_variants(const ArrayNode& array, std::uint32_t index) {
  return index < array.prefix.size() ? array.prefix[index] : array.rest;
}

Frame after_item(const ArrayNode& array, const Frame& frame, const ArrayNode::Variant& variant) {
  Frame after = frame;
  // Where nothing depends on it the count of items stays as it is, so that states repeat.
  const std::uint32_t matters =
      array.max != kUnbounded ? array.max : std::max(array.min, static_cast<std::uint32_t>(array.prefix.size()));
  after.count = std::min(frame.count + 1, matters);
  if (array.contains.empty() && !array.distinct) return after;
  auto memory =
      frame.memory == nullptr ? std::make_shared<FrameMemory>() : std::make_shared<FrameMemory>(*frame.memory);
  if (array.distinct) {
    memory->seen.resize((array.rest.size() + 63) / 64);
    memory->seen[variant.identity / 64] |= std::uint64_t{1} << (variant.identity % 64);
  }
  memory->counts.resize(array.contains.size());
  for (std::size_t i = 0; i < array.contains.size(); ++i) {
    const ArrayNode::Contains& wanted = array.contains[i];
    const std::uint32_t most = wanted.max == kUnbounded ? wanted.min : wanted.max + 1;
    if ((variant.counts >> i & 1) != 0) memory->counts[i] = std::min(memory->counts[i] + 1, most);
  }
  after.memory = std::move(memory);
  return after;
}

bool may_use_item(const ArrayNode& array, const Frame& frame, const ArrayNode::Variant& variant) {
  if (frame.count >= array.max) return false;
  if (array.distinct && is_seen(frame, variant.identity)) return false;
  for (std::size_t i = 0; i < array.contains.size(); ++i) {
    if ((variant.counts >> i & 1) != 0 && counted(frame, i) >= array.contains[i].max) return false;
  }
  if (array.contains.empty() && !array.distinct) return true;
  return completable(array, after_item(array, frame, variant));
}

bool may_add_item(const ArrayNode& array, const Frame& frame) {
  const auto& variants = item_variants(array, frame.count);
  return std::any_of(variants.begin(), variants.end(),
                     [&](const auto& variant) { return may_use_item(array, frame, variant); });
}

bool may_end_array(const ArrayNode& array, const Frame& frame) {
  if (frame.count < array.min) return false;
  for (std::size_t i = 0; i < array.contains.size(); ++i) {
    if (counted(frame, i) < array.contains[i].min || counted(frame, i) > array.contains[i].max) return false;
  }
  return true;
}

void limit_to_usable_places(ArrayNode& array) {
  std::uint32_t usable = 0;
  while (usable < array.prefix.size() && !array.prefix[usable].empty()) ++usable;
  if (usable == array.prefix.size() && !array.rest.empty()) return;
  array.max = std::min(array.max, usable);
}

bool can_complete_array(const ArrayNode& array) {
  ArrayNode limited = array;
  limit_to_usable_places(limited);
  if (limited.min > limited.max) return false;
  if (limited.contains.size() > 1) {  // without bounds: enough that each can be met
    return std::all_of(limited.contains.begin(), limited.contains.end(), [&](const ArrayNode::Contains& wanted) {
      const auto bit = static_cast<std::uint32_t>(&wanted - limited.contains.data());
      return wanted.min == 0 || std::any_of(limited.rest.begin(), limited.rest.end(),
                                            [bit](const auto& variant) { return (variant.counts >> bit & 1) != 0; });
    });
  }
  return completable(limited, Frame{});
}

}  // namespace hearth
