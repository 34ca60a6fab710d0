#include "text/jinja/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::jinja {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Text mixed() {  // "ab" trusted, "CD" not, "ef" trusted, "GH" not
  Text text("ab");
  text.append("CD", true);
  text.append("ef", false);
  text.append("GH", true);
  return text;
}

TEST(JinjaText, RemembersWhereUntrustedBytesAre) {
  const Text text = mixed();
  EXPECT_EQ(text.view(), "abCDefGH");
  EXPECT_THAT(text.untrusted(), ElementsAre(Pair(2, 4), Pair(6, 8)));
  EXPECT_FALSE(text.untrusted_at(1));
  EXPECT_TRUE(text.untrusted_at(2));
  EXPECT_TRUE(text.untrusted_at(3));
  EXPECT_FALSE(text.untrusted_at(4));
  EXPECT_TRUE(text.untrusted_in(4, 7));
  EXPECT_FALSE(text.untrusted_in(4, 6));
  EXPECT_FALSE(text.untrusted_in(3, 3));
}

TEST(JinjaText, JoinsRangesThatTouch) {
  Text text("a", true);
  text.append("b", true);
  text.append("", true);
  EXPECT_THAT(text.untrusted(), ElementsAre(Pair(0, 2)));
  EXPECT_THAT(Text("", true).untrusted(), IsEmpty());
}

TEST(JinjaText, SlicesCutRanges) {
  EXPECT_THAT(mixed().slice(3, 7).untrusted(), ElementsAre(Pair(0, 1), Pair(3, 4)));
  EXPECT_EQ(mixed().slice(3, 7).view(), "DefG");
  EXPECT_THAT(mixed().slice(4, 6).untrusted(), IsEmpty());
  EXPECT_THAT(mixed().slice(2, 4).untrusted(), ElementsAre(Pair(0, 2)));
  EXPECT_EQ(mixed().slice(5, 5).view(), "");
}

TEST(JinjaText, AppendedSlicesKeepTheirOrigin) {
  Text text("x");
  text.append_slice(mixed(), 1, 3);
  text.append(mixed());
  EXPECT_EQ(text.view(), "xbCabCDefGH");
  EXPECT_THAT(text.untrusted(), ElementsAre(Pair(2, 3), Pair(5, 7), Pair(9, 11)));
}

TEST(JinjaText, OtherBytesOfTheSameOrigin) {
  const Text upper = mixed().with_bytes("12345678");
  EXPECT_EQ(upper.view(), "12345678");
  EXPECT_EQ(upper.untrusted(), mixed().untrusted());
}

}  // namespace
}  // namespace hearth::jinja
