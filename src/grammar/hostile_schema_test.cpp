// Schemas that are made to cost much: each ends soon in a grammar whose masks are cheap, or in an Error.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "grammar/matcher.h"
#include "hearth/error.h"

namespace hearth {
namespace {

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Generous, since tests also run under sanitizers, which slow them down by ten and more.
constexpr double kMostCompile = 10, kMostMask = 2;

std::shared_ptr<const TokenVocabulary> vocabulary() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  for (int i = 0; i < 3000; ++i) tokens.push_back("p" + std::to_string(i));
  return std::make_shared<const TokenVocabulary>(tokens);
}

/// Compiles and writes `text`, with a mask before every byte; prints what it cost.
void expect_cheap(const char* name, const std::string& schema, std::string_view text, bool any_order = false) {
  JsonSchemaOptions options;
  options.any_order = any_order;
  const double begin = cpu_seconds();
  const auto grammar = Grammar::from_json_schema(schema, options);
  const double compiled = cpu_seconds() - begin;
  static const auto tokens = vocabulary();
  Matcher matcher(grammar, tokens);
  double longest = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const double before = cpu_seconds();
    const TokenMask& mask = matcher.allowed();
    longest = std::max(longest, cpu_seconds() - before);
    if (i == text.size()) break;
    ASSERT_TRUE(is_allowed(mask, static_cast<unsigned char>(text[i]))) << name << " at " << i;
    ASSERT_TRUE(matcher.accept_text(text.substr(i, 1))) << name << " at " << i;
  }
  EXPECT_TRUE(matcher.may_end()) << name;
  fmt::print("{}: compiled in {:.1f} ms, masks of at most {:.2f} ms\n", name, compiled * 1e3, longest * 1e3);
  EXPECT_LT(compiled, kMostCompile) << name;
  EXPECT_LT(longest, kMostMask) << name;
}

void expect_refused(const char* name, const std::string& schema) {
  const double begin = cpu_seconds();
  try {
    Grammar::from_json_schema(schema);
    ADD_FAILURE() << name << " is compiled";
  } catch (const Error& error) {
    fmt::print("{}: refused in {:.1f} ms: {}\n", name, (cpu_seconds() - begin) * 1e3,
               std::string_view(error.what()).substr(0, 120));
  }
  EXPECT_LT(cpu_seconds() - begin, kMostCompile) << name;
}

/// It may be compiled or not, but soon.
void expect_soon(const char* name, const std::string& schema) {
  const double begin = cpu_seconds();
  std::string how = "compiled";
  try {
    Grammar::from_json_schema(schema);
  } catch (const Error& error) {
    how = std::string("refused: ") + error.what();
  }
  const double seconds = cpu_seconds() - begin;
  fmt::print("{}: {:.1f} ms, {}\n", name, seconds * 1e3, how.substr(0, 120));
  EXPECT_LT(seconds, kMostCompile) << name;
}

std::string repeated(std::string_view part, int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += part;
  return text;
}

TEST(HostileSchema, FiftyThousandStringsInAnEnum) {
  std::string schema = R"({"enum":[)";
  for (int i = 0; i < 50'000; ++i) schema += fmt::format("{}\"item number {:x}\"", i == 0 ? "" : ",", i * 7919);
  expect_cheap("an enum of 50,000 strings", schema + "]}", "\"item number 1eef\"");
}

TEST(HostileSchema, TenThousandProperties) {
  std::string schema = R"({"type":"object","properties":{)";
  for (int i = 0; i < 10'000; ++i) schema += fmt::format("{}\"p{}\":{{\"type\":\"integer\"}}", i == 0 ? "" : ",", i);
  expect_cheap("10,000 properties, closed", schema + R"(},"additionalProperties":false})", R"({"p17":1,"p9999":2})");
  expect_cheap("10,000 properties, open", schema + "}}", R"({"p17":1,"p9999":2,"other":3,"p":4})");
  expect_cheap("10,000 properties in any order", schema + R"(},"required":["p5000"]})",
               R"({"p9999":1,"p17":2,"other":3,"p5000":4})", true);
  std::string required = R"(},"required":[)";
  for (int i = 0; i < 10'000; ++i) required += fmt::format("{}\"p{}\"", i == 0 ? "" : ",", i);
  expect_soon("10,000 required properties", schema + required + "]}");
}

TEST(HostileSchema, NestedQuantifiers) {
  expect_cheap("(a+)+", R"({"pattern":"^((a+)+)+$","type":"string"})", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\"");
  expect_soon("((a{1,100}){1,100}){1,100}", R"({"pattern":"^((a{1,100}){1,100}){1,100}$","type":"string"})");
  expect_refused("[ab]*a[ab]{30}", R"({"pattern":"^[ab]*a[ab]{30}$","type":"string"})");
  expect_refused("a{1000000000}", R"({"pattern":"a{1000000000}","type":"string"})");
  expect_soon("nested optionals",
              R"({"pattern":")" + repeated("(a?", 100) + repeated(")*", 100) + R"(","type":"string"})");
  expect_soon("deep parentheses", R"({"pattern":")" + repeated("(", 20'000) + repeated(")", 20'000) + R"("})");
}

TEST(HostileSchema, LengthsAndCounts) {
  expect_cheap("a string of a billion", R"({"type":"string","maxLength":1000000000,"minLength":1})", "\"abc\"");
  expect_soon("a pattern of a length", R"({"type":"string","maxLength":1000000000,"pattern":"^a"})");
  expect_soon("an array of a billion", R"({"type":"array","minItems":1000000000,"items":{"type":"null"}})");
  expect_soon("an object of a billion", R"({"type":"object","minProperties":1000000000})");
  expect_soon("a huge bound", R"({"type":"number","minimum":1e300,"maximum":1e308})");
  expect_soon("a fine step", R"({"type":"number","multipleOf":1e-300})");
  expect_soon("a coprime step", R"({"type":"integer","multipleOf":999983})");
}

TEST(HostileSchema, ReferencesThatLeadInCircles) {
  expect_refused("itself", R"({"$ref":"#"})");
  expect_refused("two of each other",
                 R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"})");
  expect_soon("through allOf", R"({"allOf":[{"$ref":"#"},{"type":"object"}]})");
  expect_soon("through not", R"({"not":{"$ref":"#"}})");
  expect_soon("through anyOf", R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})");
  expect_refused("no end", R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})");
  expect_soon("not inside not", R"({"type":"object","additionalProperties":{"not":{"$ref":"#"}}})");
  std::string chain = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < 20'000; ++i) chain += fmt::format(R"("d{}":{{"$ref":"#/$defs/d{}"}},)", i, i + 1);
  expect_soon("a chain of 20,000", chain + R"("d20000":{"type":"null"}}})");
}

TEST(HostileSchema, CombinationsThatExplode) {
  std::string any, one, all;
  for (int i = 0; i < 24; ++i) {
    any += fmt::format(R"({}{{"anyOf":[{{"required":["a{}"]}},{{"required":["b{}"]}}]}})", i == 0 ? "" : ",", i, i);
    one += fmt::format(R"({}{{"required":["a{}"]}})", i == 0 ? "" : ",", i);
    all += fmt::format(R"({}{{"properties":{{"x":{{"allOf":[{{"minLength":{}}},{{"maxLength":{}}}]}}}}}})",
                       i == 0 ? "" : ",", i, 100 - i);
  }
  expect_soon("allOf of 24 anyOf", R"({"type":"object","allOf":[)" + any + "]}");
  expect_soon("oneOf of 24 that overlap", R"({"type":"object","oneOf":[)" + one + "]}");
  expect_soon("allOf inside properties", R"({"type":"object","allOf":[)" + all + "]}");
  std::string nested = R"({"type":"integer"})";
  for (int i = 0; i < 40; ++i) nested = R"({"anyOf":[)" + nested + "," + nested.substr(0, 20'000) + "]}";
  expect_soon("broken nesting", nested.substr(0, 1'000'000));
  std::string doubled = R"("d0":{"type":"array","items":{"type":"null"}})";
  for (int i = 1; i < 30; ++i)
    doubled += fmt::format(
        R"(,"d{}":{{"anyOf":[{{"$ref":"#/$defs/d{}"}},{{"type":"array","items":{{"$ref":"#/$defs/d{}"}}}}]}})", i,
        i - 1, i - 1);
  expect_soon("alternatives of alternatives", R"({"$ref":"#/$defs/d29","$defs":{)" + doubled + "}}");
  std::string patterns;
  for (int i = 0; i < 30; ++i)
    patterns += fmt::format(R"({}"^[ab]*a[ab]{{{}}}$":{{"minimum":{}}})", i == 0 ? "" : ",", i, i);
  expect_soon("30 patterns for keys", R"({"type":"object","patternProperties":{)" + patterns + "}}");
  std::string contains;
  for (int i = 0; i < 12; ++i) contains += fmt::format(R"({}{{"contains":{{"minimum":{}}}}})", i == 0 ? "" : ",", i);
  expect_soon("12 contains", R"({"type":"array","allOf":[)" + contains + "]}");
}

TEST(HostileSchema, DeepText) {
  expect_refused("100,000 brackets", repeated(R"({"not":)", 100'000) + "{}" + repeated("}", 100'000));
  std::string deep = R"({"type":"null"})";
  for (int i = 0; i < 60; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  expect_soon("60 arrays", deep);
  std::string negated = R"({"type":"null"})";
  for (int i = 0; i < 60; ++i) negated = R"({"not":)" + negated + "}";
  expect_soon("60 negations", negated);
}

}  // namespace
}  // namespace hearth
