#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <random>
#include <string>

#include "base/file.h"
#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

/// The message of the kCorruptData that `action` must throw.
template <typename Action>
std::string corrupt(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << error.message();
    return error.message();
  }
  ADD_FAILURE() << "no error";
  return {};
}

std::string corrupt_json(std::string_view text, int max_depth = 64,
                         DuplicateKeys duplicates = DuplicateKeys::kKeepLast) {
  return corrupt([&] { parse_json(text, "x.json", max_depth, duplicates); });
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  const json::value value = parse_json(
      R"( {"a": [1, -2, 18446744073709551615, 2.5, "t\u00e9\n\ud83d\ude00", true, false, null], "b": {}} )", "x");
  const json::array& a = value.as_object().at("a").as_array();
  EXPECT_EQ(a[0].as_int64(), 1);
  EXPECT_EQ(a[1].as_int64(), -2);
  EXPECT_EQ(a[2].as_uint64(), 18446744073709551615ull);
  EXPECT_EQ(a[3].as_double(), 2.5);
  EXPECT_EQ(a[4].as_string(), "t\xC3\xA9\n\xF0\x9F\x98\x80");
  EXPECT_TRUE(a[5].as_bool());
  EXPECT_FALSE(a[6].as_bool());
  EXPECT_TRUE(a[7].is_null());
  EXPECT_TRUE(value.as_object().at("b").as_object().empty());
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  const json::value value = parse_json(R"({"z":1,"a":2,"m":3})", "x");
  std::string order;
  for (const auto& item : value.as_object()) order += item.key();
  EXPECT_EQ(order, "zam");
}

TEST(ParseJson, DoublesAreTheNearestToTheirText) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    char text[64];
    const double number = -20.0 * static_cast<double>(random() >> 11) / 9007199254740992.0;
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    ASSERT_EQ(parse_json({text, static_cast<std::size_t>(end - text)}, "x").to_number<double>(), number);
  }
  for (const char* text :
       {"1e-05", "0.1", "1E+22", "123456789012345678901234567890", "2.2250738585072011e-308", "5e-324",
        "1.7976931348623157e308", "0.000000000000000000000000000000000000000000000000000000000001e55"}) {
    EXPECT_EQ(parse_json(text, "x").to_number<double>(), std::strtod(text, nullptr)) << text;
    EXPECT_EQ(parse_json(std::string("[1, ") + text + ", 2]", "x").at(1).to_number<double>(),
              std::strtod(text, nullptr))
        << text;
  }
  EXPECT_EQ(parse_json("1e-400", "x").as_double(), 0.0);
}

TEST(ParseJson, RefusesNumbersBeyondADouble) {
  EXPECT_THAT(corrupt_json("[1e400]"), HasSubstr("'1e400' is too large"));
  EXPECT_THAT(corrupt_json("[-1e400]"), HasSubstr("too large"));
}

TEST(ParseJson, NamesDocumentAndByte) {
  EXPECT_THAT(corrupt_json("{\"a\": x}"), HasSubstr("x.json: not valid JSON at byte 6"));
  EXPECT_THAT(corrupt_json("{} {}"),
              HasSubstr("x.json: not valid JSON: the document is over, but there is more at byte 3"));
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "'a'",
                           "nul",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "NaN",
                           "Infinity",
                           "// x\n1",
                           "\"\\x41\"",
                           "\"a\nb\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "{\"\xff\":1}",
                           "\"\\ud800\"",
                           "\xef\xbb\xbf{}"}) {
    EXPECT_THAT(corrupt_json(text), HasSubstr("x.json")) << text;
  }
}

TEST(ParseJson, EveryTruncationIsAnError) {
  const std::string text = R"({"a": [1, -2.5e3, "t\u00e9", true, null], "b": {"c": false}})";
  for (std::size_t n = 0; n < text.size(); ++n) corrupt_json(text.substr(0, n));
}

TEST(ParseJson, LimitsNesting) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW(parse_json(nested(64), "x"));
  EXPECT_THAT(corrupt_json(nested(65)), HasSubstr("at byte 64"));
  EXPECT_NO_THROW(parse_json(nested(3), "x", 3));
  corrupt_json(nested(4), 3);
  corrupt_json(R"({"a":{"b":{"c":{}}}})", 3);
  corrupt_json(std::string(1000000, '['));
}

TEST(ParseJson, DuplicateKeys) {
  // As Python: json.loads('{"a": 1, "b": 2, "a": 3}') == {'a': 3, 'b': 2}
  EXPECT_EQ(json::serialize(parse_json(R"({"a": 1, "b": 2, "a": 3})", "x")), R"({"a":3,"b":2})");
  const auto refused = [](std::string_view text) { return corrupt_json(text, 64, DuplicateKeys::kRefuse); };
  EXPECT_THAT(refused(R"({"a": 1, "b": 2, "a": 3})"),
              HasSubstr("x.json: not valid JSON at byte 19: the key 'a' is there twice"));
  EXPECT_THAT(refused(R"([{"k": {"": 1, "": 2}}])"), HasSubstr("the key '' is there twice"));
  EXPECT_THAT(refused(R"({"a": 1, "\u0061": 2})"), HasSubstr("the key 'a' is there twice"));
  EXPECT_THAT(refused(R"({"a": {"a": 1}, "b": [{"a": 1}], "a": 2})"), HasSubstr("the key 'a' is there twice"));
  EXPECT_NO_THROW(parse_json(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]})", "x", 64, DuplicateKeys::kRefuse));
}

TEST(LoadJson, NamesThePathAndLimitsTheSize) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.json";
  write_file_atomic(path, "{\"a\": 1}");
  EXPECT_EQ(load_json(path).at("a").as_int64(), 1);
  write_file_atomic(path, "{");
  EXPECT_THAT(corrupt([&] { load_json(path); }), HasSubstr(path.string()));
  try {
    load_json(path, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST(JsonObject, TypedLooks) {
  const json::value value = parse_json(
      R"({"s": "x", "i": 3, "f": 4096.0, "h": 0.5, "b": true, "n": null, "a": [1], "o": {"k": 1}, "big": 18446744073709551615})",
      "x");
  const JsonObject object(value, "config.json");
  EXPECT_EQ(object.string("s"), "x");
  EXPECT_EQ(object.integer("i"), 3);
  EXPECT_EQ(object.integer("f"), 4096);
  EXPECT_EQ(object.number("i"), 3.0);
  EXPECT_EQ(object.number("h"), 0.5);
  EXPECT_EQ(object.boolean("b"), true);
  EXPECT_EQ(object.array("a")->size(), 1u);
  EXPECT_EQ(object.object("o")->require_integer("k"), 1);
  for (const char* key : {"n", "missing"}) {
    EXPECT_EQ(object.find(key), nullptr);
    EXPECT_FALSE(object.string(key) || object.integer(key) || object.number(key) || object.boolean(key) ||
                 object.object(key));
    EXPECT_EQ(object.array(key), nullptr);
    EXPECT_THAT(corrupt([&] { object.require_string(key); }), HasSubstr("is missing"));
    EXPECT_THAT(corrupt([&] { object.require_integer(key); }), HasSubstr("is missing"));
  }
}

TEST(JsonObject, WrongTypesNameDocumentAndKey) {
  const json::value value =
      parse_json(R"({"s": "x", "h": 0.5, "o": {"k": "v"}, "big": 18446744073709551615, "huge": 1e30})", "x");
  const JsonObject object(value, "config.json");
  EXPECT_EQ(corrupt([&] { object.integer("s"); }), "config.json: s must be a whole number");
  EXPECT_EQ(corrupt([&] { object.integer("h"); }), "config.json: h must be a whole number");
  EXPECT_EQ(corrupt([&] { object.integer("big"); }), "config.json: big must be a whole number");
  EXPECT_EQ(corrupt([&] { object.integer("huge"); }), "config.json: huge must be a whole number");
  EXPECT_EQ(corrupt([&] { object.string("h"); }), "config.json: h must be a string");
  EXPECT_EQ(corrupt([&] { object.number("s"); }), "config.json: s must be a number");
  EXPECT_EQ(corrupt([&] { object.boolean("s"); }), "config.json: s must be true or false");
  EXPECT_EQ(corrupt([&] { object.array("s"); }), "config.json: s must be an array");
  EXPECT_EQ(corrupt([&] { object.object("s"); }), "config.json: s must be an object");
  EXPECT_EQ(corrupt([&] { object.object("o")->integer("k"); }), "config.json: o: k must be a whole number");
  EXPECT_EQ(corrupt([&] { JsonObject(value.at("s"), "y"); }), "y: expected a JSON object, found string");
}

}  // namespace
}  // namespace hearth
