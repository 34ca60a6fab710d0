#include "grammar/schema/closed_objects.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth {
namespace {

std::string closed(std::string_view schema) {
  json::value value = parse_json(schema, "the schema");
  close_objects(value);
  return json::serialize(value);
}

void expect_same(std::string_view schema) {
  EXPECT_EQ(closed(schema), json::serialize(parse_json(schema, "the schema")));
}

TEST(ClosedObjects, AreThoseThatListTheirMembers) {
  EXPECT_EQ(closed(R"({"type":"object","properties":{"a":{"type":"string"}}})"),
            R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})");
  EXPECT_EQ(closed(R"({"properties":{},"patternProperties":{"^x":{}}})"),
            R"({"properties":{},"patternProperties":{"^x":{}},"additionalProperties":false})");
  EXPECT_EQ(closed(R"({"properties":{"a":{}},"anyOf":[{"required":["a"]},{"maxProperties":0}]})"),
            R"({"properties":{"a":{}},"anyOf":[{"required":["a"]},{"maxProperties":0}],"additionalProperties":false})");
}

TEST(ClosedObjects, AreFoundInOtherSchemas) {
  const std::string open = R"({"properties":{"x":{}}})",
                    shut = R"({"properties":{"x":{}},"additionalProperties":false})";
  for (const std::string around :
       {R"({"items":@})", R"({"items":[@,true]})", R"({"prefixItems":[@]})", R"({"anyOf":[@,{"type":"null"}]})",
        R"({"oneOf":[{"type":"null"},@]})", R"({"additionalProperties":@})", R"({"allOf":[@]})",
        R"({"patternProperties":{"^y":@}})", R"({"$defs":{"d":@},"items":{"$ref":"#/$defs/d"}})",
        R"({"definitions":{"a/b~":@},"anyOf":[{"$ref":"#/definitions/a~1b~0"},{"type":"null"}]})"}) {
    std::string before = around, after = around;
    before.replace(before.find('@'), 1, open);
    after.replace(after.find('@'), 1, shut);
    EXPECT_EQ(closed(before), after);
  }
  EXPECT_EQ(
      closed(R"({"properties":{"y":{"properties":{"x":{}}}}})"),
      R"({"properties":{"y":{"properties":{"x":{}},"additionalProperties":false}},"additionalProperties":false})");
}

TEST(ClosedObjects, AreNotThoseThatSayTheyAreOpen) {
  expect_same(R"({"properties":{"a":{}},"additionalProperties":true})");
  expect_same(R"({"properties":{"a":{}},"additionalProperties":{"type":"string"}})");
  expect_same(R"({"properties":{"a":{}},"unevaluatedProperties":true})");
  expect_same(R"({"type":"object"})");
  expect_same(R"({"properties":{"a":{}},"required":["a","b"]})");
  expect_same("true");
}

TEST(ClosedObjects, AreNotThoseWhoseMembersAreToldInSeveralPlaces) {
  expect_same(R"({"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]})");
  expect_same(R"({"properties":{"a":{}},"anyOf":[{"properties":{"b":{}}},{"properties":{"c":{}}}]})");
  expect_same(R"({"properties":{"a":{}},"if":{"properties":{"a":{"const":1}}},"then":{"properties":{"b":{}}}})");
  expect_same(R"({"properties":{"a":{}},"dependentSchemas":{"a":{"properties":{"b":{}}}}})");
  // A schema that others build on, and what it builds on itself.
  expect_same(R"({"$defs":{"base":{"properties":{"a":{}}}},"$ref":"#/$defs/base","properties":{"b":{}}})");
  expect_same(R"({"$defs":{"root":{"properties":{"a":{}}},"base":{"$ref":"#/$defs/root"}},
                  "allOf":[{"$ref":"#/$defs/base"},{"properties":{"b":{}}}]})");
  // Not to be found by its place.
  expect_same(R"({"$defs":{"base":{"$anchor":"b","properties":{"a":{}}}},"$ref":"#b","properties":{"b":{}}})");
  // What values must not be, or only may be, is not made narrower.
  expect_same(R"({"not":{"properties":{"a":{}}}})");
  expect_same(R"({"contains":{"properties":{"a":{}}}})");
}

TEST(ClosedObjects, AreNotLookedForInValues) {
  expect_same(R"({"const":{"properties":{"a":{}}}})");
  expect_same(R"({"enum":[{"properties":{"a":{}}}],"default":{"properties":{}}})");
  EXPECT_EQ(closed(R"({"properties":{"properties":{"type":"object"}}})"),
            R"({"properties":{"properties":{"type":"object"}},"additionalProperties":false})");
}

}  // namespace
}  // namespace hearth
