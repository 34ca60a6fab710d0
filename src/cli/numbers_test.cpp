#include "cli/numbers.h"

#include <gtest/gtest.h>

#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

template <typename F>
std::string refusal(F&& parse) {
  try {
    parse();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Numbers, AreTakenWholeOrNotAtAll) {
  EXPECT_EQ(parse_integer("-12", "x"), -12);
  EXPECT_EQ(parse_number("+1.5e-3", "x"), 1.5e-3);
  EXPECT_EQ(parse_unsigned("18446744073709551615", "seed"), 18446744073709551615U);
  for (const char* text : {"", " 1", "1 ", "1x", "0x1", "--1", "9223372036854775808"}) {
    EXPECT_THROW(parse_integer(text, "x"), UsageError) << text;
  }
  for (const char* text : {"", "nan", "inf", "1,5", "1e999"}) EXPECT_THROW(parse_number(text, "x"), UsageError) << text;
}

TEST(Numbers, ErrorsNameTheRange) {
  EXPECT_EQ(refusal([] { parse_integer("2", "--threads", 0, 1); }),
            "--threads is '2'; it must be a whole number of at least 0 and at most 1");
  EXPECT_EQ(refusal([] { parse_number("hot", "--temp"); }), "--temp is 'hot'; it must be a number");
  EXPECT_EQ(refusal([] { parse_boolean("x", "mirostat"); }), "mirostat is 'x'; it must be on or off");
}

TEST(Numbers, Ids) {
  EXPECT_EQ(parse_ids("1,2,3", "x"), (std::vector<TokenId>{1, 2, 3}));
  EXPECT_EQ(parse_ids(" [1, 2]\n3 ", "x"), (std::vector<TokenId>{1, 2, 3}));
  EXPECT_TRUE(parse_ids("", "x").empty());
  EXPECT_EQ(refusal([] { parse_ids("1,a", "--ids"); }),
            "--ids is 'a'; it must be a whole number of at least 0 and at most 2147483647");
  EXPECT_THROW(parse_ids("-1", "x"), UsageError);
  EXPECT_THROW(parse_ids("2147483648", "x"), UsageError);
}

}  // namespace
}  // namespace hearth::cli
