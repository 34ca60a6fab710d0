#include "text/jinja/search.h"

#include <gtest/gtest.h>

#include <string>

#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

/// All texts of two letters with up to 12 of them, repeated to be longer than what the standard library searches for.
TEST(JinjaSearch, FindsWhatTheStandardLibraryFinds) {
  Runtime runtime("t", {}, 0);
  std::uint32_t random = 1;
  const auto next = [&random] { return random = random * 1664525u + 1013904223u; };
  int found = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string haystack;
    for (std::size_t i = next() % 200; i > 0; --i) haystack.push_back((next() >> 20) % 7 == 0 ? 'b' : 'a');
    std::string needle(33 + next() % 10, 'a');
    if (haystack.size() > 80 && round % 2 == 0) needle = haystack.substr(next() % 30, 33 + next() % 10);
    const Needle search(runtime, needle);
    const std::size_t from = next() % 20;
    EXPECT_EQ(search.find(haystack, from), haystack.find(needle, from));
    EXPECT_EQ(search.rfind(haystack), haystack.rfind(needle));
    found += haystack.find(needle) != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(found, 200);
}

TEST(JinjaSearch, TakesLinearTimeOnRepetitiveText) {
  Runtime runtime("t", {}, 0);
  const std::string haystack(8'000'000, 'a');
  const std::string needle = std::string(4'000'000, 'a') + "b" + std::string(1000, 'a');
  const Needle search(runtime, needle);
  EXPECT_EQ(search.find(haystack), Needle::npos);  // a quadratic search takes hours
  EXPECT_EQ(search.rfind(haystack), Needle::npos);
}

}  // namespace
}  // namespace hearth::jinja
