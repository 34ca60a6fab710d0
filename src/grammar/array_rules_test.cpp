// Against counting: an array of letters may be completed if and only if some longer one satisfies the node.
#include "grammar/array_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace hearth {
namespace {

/// Items are variants of the place that they stand at. Whether such an array, as it is, satisfies the node.
bool satisfies(const ArrayNode& array, const std::vector<ArrayNode::Variant>& items) {
  if (items.size() < array.min || items.size() > array.max) return false;
  std::set<std::uint32_t> identities;
  for (const auto& item : items) {
    if (array.distinct && !identities.insert(item.identity).second) return false;
  }
  for (std::size_t i = 0; i < array.contains.size(); ++i) {
    std::uint32_t n = 0;
    for (const auto& item : items) n += item.counts >> i & 1;
    if (n < array.contains[i].min || n > array.contains[i].max) return false;
  }
  return true;
}

/// Some array of at most `most` items that begins with `items` satisfies the node.
bool completable(const ArrayNode& array, std::vector<ArrayNode::Variant> items, std::size_t most) {
  if (satisfies(array, items)) return true;
  if (items.size() >= most) return false;
  for (const auto& variant : item_variants(array, static_cast<std::uint32_t>(items.size()))) {
    items.push_back(variant);
    if (completable(array, items, most)) return true;
    items.pop_back();
  }
  return false;
}

/// Walks every array that the rules allow, up to a length, and compares each answer with the search.
void expect_exact(const ArrayNode& array, std::size_t length) {
  const std::size_t most = length + 5;
  EXPECT_EQ(can_complete_array(array), completable(array, {}, most));
  if (!can_complete_array(array)) return;
  std::vector<ArrayNode::Variant> items;
  const std::function<void(const Frame&)> walk = [&](const Frame& frame) {
    ASSERT_EQ(may_end_array(array, frame), satisfies(array, items)) << items.size() << " items";
    bool any = false;
    for (const auto& variant : item_variants(array, frame.count)) {
      items.push_back(variant);
      const bool may = may_use_item(array, frame, variant);
      ASSERT_EQ(may, completable(array, items, most)) << items.size() << " items";
      if (may && items.size() < length) walk(after_item(array, frame, variant));
      any = any || may;
      items.pop_back();
    }
    ASSERT_EQ(may_add_item(array, frame), any);
  };
  walk(Frame{});
}

using Variants = std::vector<ArrayNode::Variant>;

TEST(ArrayRules, BoundsOnTheLength) {
  for (std::uint32_t min = 0; min < 4; ++min) {
    for (const std::uint32_t max : {0U, 1U, 2U, 4U, kUnbounded}) {
      ArrayNode array;
      array.rest = {{1}};
      array.min = min;
      array.max = max;
      expect_exact(array, 5);
    }
  }
}

TEST(ArrayRules, OneContainsWithAllItsBounds) {
  const Variants with = {{1, 1}}, without = {{2, 0}}, both = {{1, 1}, {2, 0}}, none;
  for (const Variants& first : {with, without, both}) {
    for (const Variants& rest : {with, without, both, none}) {
      for (const std::uint32_t min_contains : {0U, 1U, 2U, 3U}) {
        for (const std::uint32_t max_contains : {1U, 3U, kUnbounded}) {
          for (const std::uint32_t min : {0U, 2U, 4U}) {
            for (const std::uint32_t max : {3U, 5U, kUnbounded}) {
              if (min_contains > max_contains) continue;
              ArrayNode array;
              array.prefix = {first, both};
              array.rest = rest;
              array.contains = {{min_contains, max_contains}};
              array.min = min;
              array.max = max;
              limit_to_usable_places(array);
              if (array.min > array.max) {
                EXPECT_FALSE(can_complete_array(array));
                continue;
              }
              expect_exact(array, 5);
              ASSERT_FALSE(::testing::Test::HasFatalFailure())
                  << first.size() << rest.size() << " contains " << min_contains << " to " << max_contains << " items "
                  << min << " to " << max;
            }
          }
        }
      }
    }
  }
}

TEST(ArrayRules, SeveralContainsWithoutBounds) {
  ArrayNode array;
  array.rest = {{1, 0}, {2, 1}, {3, 2}, {4, 3}};
  array.contains = {{2, kUnbounded}, {1, kUnbounded}};
  expect_exact(array, 4);
}

TEST(ArrayRules, DistinctItems) {
  for (const std::uint32_t min : {0U, 2U, 4U, 5U}) {
    for (const std::uint32_t max : {2U, 4U, kUnbounded}) {
      ArrayNode array;
      array.distinct = true;
      array.rest = {{1, 0, 0}, {2, 0, 1}, {3, 0, 2}, {4, 0, 3}};
      array.min = min;
      array.max = max;
      if (min > max) continue;
      expect_exact(array, 4);
      ASSERT_FALSE(::testing::Test::HasFatalFailure()) << min << " to " << max;
    }
  }
}

TEST(ArrayRules, PlacesEndWhereNothingCanStand) {
  ArrayNode array;
  array.prefix = {{{1}}, {}, {{1}}};
  array.rest = {{1}};
  limit_to_usable_places(array);
  EXPECT_EQ(array.max, 1U);
  array.prefix = {{{1}}, {{1}}};
  array.rest = {};
  array.max = kUnbounded;
  limit_to_usable_places(array);
  EXPECT_EQ(array.max, 2U);
}

}  // namespace
}  // namespace hearth
