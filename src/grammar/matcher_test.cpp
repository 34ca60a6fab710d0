#include "grammar/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Single bytes have the ids 0 to 255; then come these.
constexpr TokenId kQuoteName = 256, kNameQuote = 257, kName = 258, kEmpty = 259, kFalse = 260;

std::shared_ptr<const TokenVocabulary> vocabulary() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  for (const char* token : {"{\"name", "\":", "name", "", "false"}) tokens.emplace_back(token);
  return std::make_shared<const TokenVocabulary>(tokens);
}

constexpr const char* kSchema = R"({"type":"object","properties":{"name":{"type":"boolean"}},"required":["name"],
    "additionalProperties":false})";

Matcher matcher(const char* schema = kSchema) {
  JsonSchemaOptions options;
  options.space = JsonSpace::kNone;
  return {Grammar::from_json_schema(schema, options), vocabulary()};
}

std::vector<TokenId> allowed(Matcher& matcher) {
  std::vector<TokenId> ids;
  for (TokenId id = 0; id < matcher.vocabulary().n_vocab(); ++id) {
    if (is_allowed(matcher.allowed(), id)) ids.push_back(id);
  }
  return ids;
}

TEST(Matcher, FollowsAnAnswerToItsEnd) {
  Matcher m = matcher();
  EXPECT_THAT(allowed(m), ElementsAre('{', kQuoteName));
  EXPECT_TRUE(m.accept(kQuoteName));
  EXPECT_THAT(allowed(m), ElementsAre('"', kNameQuote));
  EXPECT_TRUE(m.accept(kNameQuote));
  EXPECT_THAT(allowed(m), ElementsAre('f', 't', kFalse));
  EXPECT_TRUE(m.accept(kFalse));
  EXPECT_FALSE(m.may_end());
  EXPECT_TRUE(m.accept('}'));
  EXPECT_TRUE(m.may_end());
  EXPECT_TRUE(m.must_end());
  EXPECT_THAT(allowed(m), IsEmpty());
  EXPECT_FALSE(m.accept('}'));
}

TEST(Matcher, ARefusedTokenChangesNothing) {
  Matcher m = matcher();
  ASSERT_TRUE(m.accept(kQuoteName));
  const auto before = allowed(m);
  EXPECT_FALSE(m.accept('x'));
  EXPECT_FALSE(m.accept(kEmpty));
  EXPECT_FALSE(m.accept(-1));
  EXPECT_FALSE(m.accept(100'000));
  EXPECT_FALSE(m.accept_text("\":tr\""));  // its first bytes are allowed
  EXPECT_EQ(allowed(m), before);
  EXPECT_TRUE(m.accept_text("\":true}"));
  EXPECT_TRUE(m.may_end());
}

TEST(Matcher, ARefusedKeyIsForgotten) {
  Matcher m = matcher(R"({"type":"object","additionalProperties":{"type":"integer"}})");
  ASSERT_TRUE(m.accept_text("{"));
  EXPECT_FALSE(m.accept_text("\"a\":x"));
  EXPECT_TRUE(m.accept_text("\"a\":1,"));
  EXPECT_FALSE(m.accept_text("\"a\""));
  EXPECT_TRUE(m.accept_text("\"b\":1}"));
}

TEST(Matcher, CopiesAreIndependent) {
  Matcher m = matcher(R"({"type":"object","additionalProperties":{"type":"integer"}})");
  ASSERT_TRUE(m.accept_text("{\"a\":1,"));
  Matcher copy = m;
  ASSERT_TRUE(copy.accept_text("\"b\":2,"));
  EXPECT_FALSE(copy.accept_text("\"b\""));
  EXPECT_TRUE(m.accept_text("\"b\":3,"));
  EXPECT_TRUE(copy.accept_text("\"c\":2}"));
  EXPECT_TRUE(copy.must_end());
  EXPECT_FALSE(m.must_end());
  EXPECT_TRUE(m.accept_text("\"c\":1}"));
}

TEST(Matcher, SaysWhatIsForced) {
  Matcher m = matcher(R"({"type":"object","properties":{"name":{"enum":["xyz"]}},"required":["name"],
      "additionalProperties":false,"maxProperties":1})");
  EXPECT_EQ(m.forced_text(), R"({"name":"xyz"})");
  EXPECT_EQ(m.forced_text(3), R"({"n)");
  EXPECT_THAT(m.forced_tokens(), ElementsAre(kQuoteName, kNameQuote, '"', 'x', 'y', 'z', '"', '}'));
  ASSERT_TRUE(m.accept_text("{\"na"));
  EXPECT_EQ(m.forced_text(), R"(me":"xyz"})");
  // A longer token could write more than what is certain: "na" is the beginning of "name".
  const std::vector<std::string> two = {"name", "nax"};
  Matcher either(Grammar::from_choices(two), vocabulary());
  EXPECT_EQ(either.forced_text(), "na");
  EXPECT_THAT(either.forced_tokens(), IsEmpty());
  const std::vector<std::string> one = {"false"};
  Matcher choice(Grammar::from_choices(one), vocabulary());
  EXPECT_EQ(choice.forced_text(), "false");
  EXPECT_THAT(choice.forced_tokens(), ElementsAre(kFalse));
  ASSERT_TRUE(choice.accept_text("false"));
  EXPECT_EQ(choice.forced_text(), "");
}

}  // namespace
}  // namespace hearth
