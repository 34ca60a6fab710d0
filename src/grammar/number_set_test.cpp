#include "grammar/number_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

Decimal decimal(std::string_view text) { return Decimal::parse(text); }

TEST(Decimal, IsExactAndHasOneFormForEachValue) {
  const auto expect = [](std::string_view text, bool negative, const char* digits, std::int64_t exponent) {
    const Decimal value = decimal(text);
    EXPECT_EQ(value, (Decimal{negative, digits, exponent})) << text;
    EXPECT_EQ(value.is_integer(), exponent >= 0);
  };
  expect("0", false, "0", 0);
  expect("-0.000e7", false, "0", 0);
  expect("120", false, "12", 1);
  expect("-1.250", true, "125", -2);
  expect("0.001", false, "1", -3);
  expect("1e3", false, "1", 3);
  expect("1.5E+2", false, "15", 1);
  expect("100e-2", false, "1", 0);
  expect("12345678901234567890123", false, "12345678901234567890123", 0);
  for (const char* wrong : {"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "1x", "0x1", "1e99999999999999999999", "1 ",
                            " 1", "--1", "NaN"}) {
    EXPECT_THROW(decimal(wrong), Error) << wrong;
  }
}

/// A number in hundredths and one of its spellings.
struct Spelled {
  std::int64_t hundredths;
  std::string text;
};

std::vector<Spelled> spellings(std::int64_t limit, std::int64_t step = 1) {
  std::vector<Spelled> result;
  for (std::int64_t n = -limit; n <= limit; n += step) {
    const std::int64_t magnitude = std::abs(n);
    const std::string sign = n < 0 ? "-" : "";
    const std::string integer = sign + std::to_string(magnitude / 100);
    const std::string places = std::to_string(100 + magnitude % 100).substr(1);
    std::vector<std::string> fractions = {places, places + "000"};
    if (places[1] == '0') fractions.push_back(places.substr(0, 1));
    for (const auto& fraction : fractions) {
      std::string text = integer + '.';
      text += fraction;
      result.push_back({n, text});
    }
    if (places == "00") result.push_back({n, integer});
    if (n == 0) {
      result.push_back({0, "-0"});
      result.push_back({0, "-0.0"});
      result.push_back({0, "-0.000"});
    }
  }
  return result;
}

void expect_set(const NumberSet& set, const std::vector<Spelled>& numbers,
                const std::function<bool(std::int64_t)>& holds, const std::string& what) {
  for (const auto& [hundredths, text] : numbers) {
    ASSERT_EQ(set.texts()->matches(text), holds(hundredths)) << what << ": " << text;
  }
  for (const char* wrong : {"", "-", "00", "01", "-01", "1.", ".5", "-.5", "+1", "1e0", "0e0", "1E2", "0x1", " 1", "1 ",
                            "1.5.", "--1", "00.5"}) {
    ASSERT_FALSE(set.texts()->matches(wrong)) << what << ": " << wrong;
  }
}

TEST(NumberSet, ComparesWithEveryBound) {
  const auto numbers = spellings(1300);
  std::vector<std::pair<std::int64_t, std::string>> bounds;
  for (const auto& [hundredths, text] : spellings(1250, 7)) bounds.emplace_back(hundredths, text);
  for (const auto& [hundredths, text] : std::vector<std::pair<std::int64_t, std::string>>{{100, "1"},
                                                                                          {-100, "-1"},
                                                                                          {1000, "1e1"},
                                                                                          {0, "0"},
                                                                                          {999, "9.99"},
                                                                                          {1, "0.01"},
                                                                                          {-1, "-0.01"},
                                                                                          {900, "9"},
                                                                                          {1100, "11"}}) {
    bounds.emplace_back(hundredths, text);
  }
  for (std::size_t i = 0; i < bounds.size(); i += 3) {
    const auto& [bound, text] = bounds[i];
    const Decimal value = decimal(text);
    expect_set(
        NumberSet::at_least(value), numbers, [b = bound](auto n) { return n >= b; }, ">= " + text);
    expect_set(
        NumberSet::at_least(value, true), numbers, [b = bound](auto n) { return n > b; }, "> " + text);
    expect_set(
        NumberSet::at_most(value), numbers, [b = bound](auto n) { return n <= b; }, "<= " + text);
    expect_set(
        NumberSet::at_most(value, true), numbers, [b = bound](auto n) { return n < b; }, "< " + text);
    expect_set(
        NumberSet::equal_to(value), numbers, [b = bound](auto n) { return n == b; }, "= " + text);
  }
}

TEST(NumberSet, ComparesLongAndSmallNumbers) {
  const NumberSet big = NumberSet::at_most(decimal("1e308"));
  EXPECT_TRUE(big.texts()->matches("1" + std::string(308, '0')));
  EXPECT_FALSE(big.texts()->matches("1" + std::string(307, '0') + "1"));
  EXPECT_FALSE(big.texts()->matches("1" + std::string(308, '0') + ".0001"));
  EXPECT_TRUE(big.texts()->matches("9" + std::string(307, '9') + ".9"));
  const NumberSet small = NumberSet::at_least(decimal("1e-10"));
  EXPECT_TRUE(small.texts()->matches("0.0000000001"));
  EXPECT_TRUE(small.texts()->matches("0.00000000010"));
  EXPECT_FALSE(small.texts()->matches("0.00000000009999"));
  EXPECT_FALSE(small.texts()->matches("0"));
  const NumberSet exact = NumberSet::equal_to(decimal("-9007199254740993"));
  EXPECT_TRUE(exact.texts()->matches("-9007199254740993.0"));
  EXPECT_FALSE(exact.texts()->matches("-9007199254740992"));
  for (const char* huge : {"1e2000", "1e-2000", "-1e999999999999"}) {
    EXPECT_THROW(NumberSet::at_least(decimal(huge)), Error) << huge;
    EXPECT_THROW(NumberSet::multiples_of(decimal(huge[0] == '-' ? huge + 1 : huge)), Error) << huge;
  }
  EXPECT_THROW(NumberSet::at_least(decimal(std::string(5000, '7'))), Error);
}

TEST(NumberSet, KnowsMultiples) {
  const auto numbers = spellings(30'000);
  for (const auto& [step, text] : std::vector<std::pair<std::int64_t, std::string>>{
           {1, "0.01"},  {2, "0.02"},    {5, "0.05"},    {7, "0.07"},  {10, "0.1"},  {25, "0.25"},
           {33, "0.33"}, {50, "0.5"},    {100, "1"},     {100, "1.0"}, {150, "1.5"}, {200, "2"},
           {300, "3"},   {500, "5"},     {700, "7"},     {1000, "10"}, {1200, "12"}, {2000, "20"},
           {6000, "60"}, {10000, "1e2"}, {12300, "123"}, {314, "3.14"}}) {
    expect_set(
        NumberSet::multiples_of(decimal(text)), numbers, [s = step](auto n) { return n % s == 0; },
        "multiple of " + text);
  }
  // Finer than hundredths: 0.125 divides those numbers that are multiples of 1/8.
  expect_set(
      NumberSet::multiples_of(decimal("0.125")), numbers, [](auto n) { return n * 10 % 125 == 0; }, "1/8");
  expect_set(
      NumberSet::multiples_of(decimal("0.0001")), numbers, [](auto) { return true; }, "0.0001");
  EXPECT_TRUE(NumberSet::multiples_of(decimal("0.0001")).texts()->matches("0.0075"));
  EXPECT_FALSE(NumberSet::multiples_of(decimal("0.0001")).texts()->matches("0.00751"));
  EXPECT_TRUE(NumberSet::multiples_of(decimal("86400")).texts()->matches("172800"));
  EXPECT_TRUE(NumberSet::multiples_of(decimal("1e300")).texts()->matches("3" + std::string(300, '0')));
  EXPECT_THROW(NumberSet::multiples_of(decimal("0")), Error);
  EXPECT_THROW(NumberSet::multiples_of(decimal("-2")), Error);
  EXPECT_THROW(NumberSet::multiples_of(decimal("123456789")), Error);
  EXPECT_THROW(NumberSet::multiples_of(decimal("123456789123456789123456789")), Error);
}

TEST(NumberSet, IsSmall) {
  // Not more states than the value has digits, in kind.
  EXPECT_LE(NumberSet::multiples_of(decimal("1000")).texts()->n_states(), 10U);
  EXPECT_LE(NumberSet::multiples_of(decimal("0.01")).texts()->n_states(), 8U);
  EXPECT_LE(NumberSet::at_least(decimal("0")).texts()->n_states(), 10U);
  EXPECT_LE((NumberSet::at_least(decimal("1")) & NumberSet::at_most(decimal("65535")) & NumberSet::integers())
                .texts()
                ->n_states(),
            40U);
}

TEST(NumberSet, AllIsJsonsGrammar) {
  const NumberSet all = NumberSet::all();
  for (const char* number :
       {"0", "-0", "12", "-3.25", "1e5", "0E-7", "-1.5e+10", "0.0", "123456789012345678901234567890"}) {
    EXPECT_TRUE(all.texts()->matches(number)) << number;
  }
  for (const char* wrong : {"", "-", "+1", "01", "1.", ".1", "1e", "1e+", "Infinity", "NaN", "0x1", "1.e5", "- 1"}) {
    EXPECT_FALSE(all.texts()->matches(wrong)) << wrong;
  }
  EXPECT_FALSE(all.empty());
  EXPECT_TRUE(NumberSet::none().empty());
}

TEST(NumberSet, CombinesSetsOfValues) {
  const auto numbers = spellings(1000);
  const NumberSet range = NumberSet::at_least(decimal("-3")) & NumberSet::at_most(decimal("5.5"), true);
  expect_set(
      range, numbers, [](auto n) { return n >= -300 && n < 550; }, "range");
  expect_set(
      range & NumberSet::integers(), numbers, [](auto n) { return n >= -300 && n < 550 && n % 100 == 0; }, "integers");
  expect_set(
      range | NumberSet::equal_to(decimal("7")), numbers, [](auto n) { return (n >= -300 && n < 550) || n == 700; },
      "or 7");
  expect_set(
      range - NumberSet::multiples_of(decimal("2")), numbers,
      [](auto n) { return n >= -300 && n < 550 && n % 200 != 0; }, "odd");
  expect_set(
      NumberSet::all() - range, numbers, [](auto n) { return n < -300 || n >= 550; }, "not in the range");
  expect_set(
      NumberSet::all() - (NumberSet::all() - range), numbers, [](auto n) { return n >= -300 && n < 550; }, "twice not");
  EXPECT_TRUE((range - NumberSet::all()).empty());
  EXPECT_TRUE((NumberSet::at_least(decimal("2"), true) & NumberSet::at_most(decimal("2"))).empty());
  EXPECT_TRUE(same_language(*(NumberSet::all() & range).texts(), *range.texts()));
  EXPECT_TRUE((NumberSet::all() | range).texts()->matches("1e9"));
  EXPECT_TRUE((NumberSet::all() - NumberSet::none()).texts()->matches("1e9"));
  EXPECT_TRUE((NumberSet::integers() - NumberSet::multiples_of(decimal("1"))).empty());
}

}  // namespace
}  // namespace hearth
