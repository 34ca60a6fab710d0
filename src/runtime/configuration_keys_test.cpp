#include "runtime/configuration_keys.h"

#include <gtest/gtest.h>

#include <string>

#include "hearth/error.h"

namespace hearth {
namespace {

std::string checked(const char* name, const char* value) { return check_setting(*find_setting_key(name), value, "X"); }

std::string refusal(const char* name, const char* value) {
  try {
    return "accepted: " + checked(name, value);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
}

TEST(SettingKeys, EveryDefaultIsAValueThatIsTaken) {
  for (const SettingKey& key : setting_keys()) {
    if (!key.fallback.empty()) {
      EXPECT_EQ(check_setting(key, key.fallback, "default"), key.fallback) << key.name;
    }
    EXPECT_TRUE(key.variable.starts_with("HEARTH_")) << key.name;
    EXPECT_EQ(find_setting_key(key.name), &key) << "two settings of one name";
  }
  EXPECT_EQ(find_setting_key("nothing"), nullptr);
}

TEST(SettingKeys, Booleans) {
  for (const char* yes : {"true", "1", "yes", "on"}) EXPECT_EQ(checked("exact", yes), "true");
  for (const char* no : {"false", "0", "no", "off"}) EXPECT_EQ(checked("exact", no), "false");
  EXPECT_EQ(refusal("exact", "maybe"), "X is 'maybe'; it must be true or false");
}

TEST(SettingKeys, Numbers) {
  EXPECT_EQ(checked("threads", "8"), "8");
  EXPECT_EQ(refusal("threads", "8x"), "X is '8x'; it must be a whole number from 0 to 1024");
  EXPECT_EQ(refusal("threads", "-1"), "X is '-1'; it must be a whole number from 0 to 1024");
  EXPECT_EQ(refusal("threads", "99999999999999999999"),
            "X is '99999999999999999999'; it must be a whole number from 0 to 1024");
  EXPECT_EQ(checked("temperature", "0.7"), "0.7");
  EXPECT_EQ(refusal("temperature", "nan"), "X is 'nan'; it must be a number of at least 0");
  EXPECT_EQ(refusal("temperature", "inf"), "X is 'inf'; it must be a number of at least 0");
  EXPECT_EQ(refusal("top_p", "1.5"), "X is '1.5'; it must be a number from 0 to 1");
}

TEST(SettingKeys, AContextThatCanOnlyBeASlip) {
  for (const char* right : {"0", "8", "4096", "16777216"}) EXPECT_EQ(checked("context", right), right);
  for (const char* wrong : {"1", "7", "-8", "16777217", "99999999999999999999", "8k", ""}) {
    EXPECT_EQ(refusal("context", wrong),
              "X is '" + std::string(wrong) + "'; it must be a whole number from 8 to 16777216, or 0");
  }
}

TEST(SettingKeys, Choices) {
  EXPECT_EQ(checked("kv_type", "bf16"), "bf16");
  EXPECT_EQ(refusal("kv_type", "q4"), "X is 'q4'; it must be one of auto, f32, f16, bf16, q8");
}

}  // namespace
}  // namespace hearth
