#include "store/search_query.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(SearchQuery, QuotesEachWordAndLetsTheLastGoOn) {
  EXPECT_EQ(search_expression("pea soup"), R"("pea" AND "soup"*)");
  EXPECT_EQ(search_expression("pea soup "), R"("pea" AND "soup")");
  EXPECT_EQ(search_expression("  \"pea soup\" bread"), R"("pea soup" AND "bread"*)");
  EXPECT_EQ(search_expression("\"pea sou"), R"("pea sou"*)");
  EXPECT_EQ(search_expression("Käse"), R"("Käse"*)");
}

TEST(SearchQuery, KnowsNoSyntax) {
  EXPECT_EQ(search_expression("a* OR (b) NEAR/2"), R"("a" AND "OR" AND "b" AND "NEAR 2"*)");
  EXPECT_EQ(search_expression("title:soup"), R"("title soup"*)");
  EXPECT_EQ(search_expression("a.b-c"), R"("a b c"*)");
  EXPECT_EQ(search_expression("c++"), R"("c")");
}

TEST(SearchQuery, IsEmptyWithoutWords) {
  for (const char* query : {"", "   ", "!?", "\"\"", "\" \"", "\xff"}) EXPECT_EQ(search_expression(query), "") << query;
}

TEST(SearchQuery, IsBounded) {
  std::string query;
  for (int i = 0; i < 10'000; ++i) query += "w ";
  EXPECT_LT(search_expression(query).size(), 1000U);
}

}  // namespace
}  // namespace hearth
