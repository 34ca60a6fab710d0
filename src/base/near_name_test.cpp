#include "base/near_name.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

using Names = std::vector<std::string>;

TEST(NearName, CountsEdits) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("abc", "acb"), 1U);  // neighbours swapped
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(NearName, SeveralNearestFirst) {
  const Names names = {"qwen2.5:0.5b", "qwen2.5:7b", "phi-2", "phi-3", "mistral"};
  EXPECT_EQ(near_names("ph-3", names, 3), (Names{"phi-3"}));
  EXPECT_EQ(near_names("phi-4", names, 3), (Names{"phi-2", "phi-3"}));
  EXPECT_EQ(near_names("qwen2.5", names, 1), (Names{"qwen2.5:0.5b"}));
  EXPECT_EQ(near_names("mistrial", names, 3), (Names{"mistral"}));
  EXPECT_TRUE(near_names("banana", names, 3).empty());
  EXPECT_TRUE(near_names("", names, 3).empty());
  EXPECT_TRUE(near_names(std::string(1000, 'a'), names, 3).empty());
}

}  // namespace
}  // namespace hearth
