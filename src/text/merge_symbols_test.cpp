#include "text/merge_symbols.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "text/pair_table.h"

namespace hearth {
namespace {

using Rules = std::map<std::pair<std::uint32_t, std::uint32_t>, Merge>;

/// The definition: look at all pairs, merge the one of lowest rank, leftmost of equals, until there is none.
std::vector<std::uint32_t> merged_by_definition(std::vector<std::uint32_t> ids, const Rules& rules) {
  for (;;) {
    std::size_t best = ids.size();
    Merge best_merge;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto rule = rules.find({ids[i], ids[i + 1]});
      if (rule != rules.end() && rule->second.rank < best_merge.rank) {
        best = i;
        best_merge = rule->second;
      }
    }
    if (best == ids.size()) return ids;
    ids[best] = best_merge.id;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

std::vector<std::uint32_t> merged(const std::vector<std::uint32_t>& ids, const PairTable& table) {
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < ids.size(); ++i)
    symbols.push_back({.id = ids[i], .begin = static_cast<std::uint32_t>(i), .length = 1});
  const auto find = [&table](const Symbol& left, const Symbol& right) { return table.find(left.id, right.id); };
  SymbolMerger(symbols, find).run();
  std::vector<std::uint32_t> result;
  for (const Symbol& symbol : symbols) {
    if (symbol.length > 0) result.push_back(symbol.id);
  }
  return result;
}

// Short words scan and long ones keep lists by rank; both must do what the definition says, whatever the rules: also
// where a merge makes a pair of lower or equal rank possible.
TEST(SymbolMerger, DoesWhatTheDefinitionSays) {
  std::mt19937 random(1);
  for (int round = 0; round < 600; ++round) {
    Rules rules;
    const std::uint32_t letters = 1 + random() % 4;
    const std::uint32_t n_rules = 1 + random() % 30;
    const bool shared_ranks = round % 3 == 0;
    for (std::uint32_t i = 0; i < n_rules; ++i) {
      const std::uint32_t known = letters + i;
      rules.try_emplace({random() % known, random() % known},
                        Merge{shared_ranks ? static_cast<std::uint32_t>(random() % 3) : n_rules - i, letters + i});
    }
    PairTable table(rules.size());
    for (const auto& [pair, merge] : rules) table.insert(pair.first, pair.second, merge);
    std::vector<std::uint32_t> ids(random() % (round % 2 == 0 ? 33 : 200));
    for (std::uint32_t& id : ids) id = random() % letters;
    EXPECT_EQ(merged(ids, table), merged_by_definition(ids, rules)) << "round " << round;
  }
}

TEST(PairTable, KeepsTheLastOfEqualPairs) {
  PairTable table(2);
  EXPECT_EQ(table.find(1, 2).rank, Merge::kNone);
  table.insert(1, 2, {7, 3});
  table.insert(2, 1, {8, 4});
  table.insert(1, 2, {9, 5});
  EXPECT_EQ(table.find(1, 2).id, 5u);
  EXPECT_EQ(table.find(2, 1).id, 4u);
  EXPECT_EQ(table.find(2, 2).rank, Merge::kNone);
}

}  // namespace
}  // namespace hearth
