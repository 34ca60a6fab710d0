#include "base/quote.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Quote, LeavesPlainTextAlone) {
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("blk.0.attn_q.weight"), "'blk.0.attn_q.weight'");
  EXPECT_EQ(quote("é 한 😀"), "'é 한 😀'");
}

TEST(Quote, NothingThatATerminalActsOn) {
  EXPECT_EQ(quote("a\x1b[2Jb"), "'a\\u{1B}[2Jb'");
  EXPECT_EQ(quote("a\nb\r\t"), "'a\\u{A}b\\u{D}\\u{9}'");
  EXPECT_EQ(quote(std::string_view("\0", 1)), "'\\u{0}'");
  EXPECT_EQ(quote("\xE2\x80\xAE"), "'\\u{202E}'");  // turns the direction of text
  EXPECT_EQ(quote("\xE2\x80\xA8"), "'\\u{2028}'");  // line separator
  EXPECT_EQ(quote("\xC2\x9B"), "'\\u{9B}'");        // an escape in one byte
  EXPECT_EQ(quote("\xFF\xC3"), "'\\xFF\\xC3'");
}

TEST(Quote, ShortensBetweenCharacters) {
  EXPECT_EQ(quote("abcdef", 6), "'abcdef'");
  EXPECT_EQ(quote("abcdef", 3), "'abc…'");
  EXPECT_EQ(quote("abé", 3), "'ab…'");
  EXPECT_LT(quote(std::string(1000000, 'x')).size(), 100u);
}

}  // namespace
}  // namespace hearth
