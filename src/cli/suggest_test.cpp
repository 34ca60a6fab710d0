#include "cli/suggest.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

const std::vector<std::string> kNames = {"run", "chat", "tokenize", "detokenize", "config", "--top-p", "--top-k"};

TEST(Suggest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(nearest_name("chta", kNames), "chat");          // two neighbours swapped
  EXPECT_EQ(nearest_name("rn", kNames), "run");             // a letter left out
  EXPECT_EQ(nearest_name("tokenise", kNames), "tokenize");  // a letter replaced
  EXPECT_EQ(nearest_name("conffig", kNames), "config");     // a letter too many
  EXPECT_EQ(nearest_name("conf", kNames), "config");        // only one begins so
}

TEST(Suggest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("serve", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("", kNames), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), kNames), std::nullopt);
  EXPECT_EQ(did_you_mean("serve", kNames, "look"), "look");
  EXPECT_EQ(did_you_mean("chatt", kNames, "look"), "did you mean 'chat'?");
}

}  // namespace
}  // namespace hearth::cli
