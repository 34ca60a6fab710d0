#include <string>

#include "corpus.h"

namespace {

using hearth::fuzz::Seeds;

Seeds schema_seeds() {
  Seeds seeds;
  const auto add = [&seeds](const std::string& name, const std::string& schema) {
    seeds[name] = " " + schema;
    seeds[name + "-any-order"] = "!" + schema;
  };
  add("object", R"({"type":"object","properties":{"a":{"type":"integer"},"ab":{"$ref":"#"}},"required":["a"],
    "additionalProperties":false,"minProperties":1,"maxProperties":3,"dependentRequired":{"ab":["a"]}})");
  add("keys", R"({"patternProperties":{"^x-":{"type":"null"}},"propertyNames":{"maxLength":4},
    "additionalProperties":{"type":"string"},"minProperties":2})");
  add("array", R"({"type":"array","prefixItems":[true,{"const":1}],"items":{"enum":["a","b",1,null]},
    "contains":{"const":"a"},"minContains":1,"maxContains":2,"minItems":2,"maxItems":5})");
  add("unique", R"({"items":{"type":"string","pattern":"^[ab]{1,2}$"},"uniqueItems":true,"minItems":3})");
  add("strings",
      R"({"anyOf":[{"type":"string","format":"date"},{"pattern":"^(a|b)+c?$"},{"minLength":2,"maxLength":5}]})");
  add("numbers", R"({"type":["integer","number"],"minimum":-3.5,"exclusiveMaximum":100,"multipleOf":0.25})");
  add("combined", R"({"oneOf":[{"properties":{"k":{"const":"a"}},"required":["k"]},{"properties":{"k":{"const":"b"}},
    "required":["k"]}],"not":{"required":["z"]},"if":{"required":["k"]},"then":{"maxProperties":3},"else":false})");
  add("references", R"({"$id":"http://e.x/a","$defs":{"n":{"$anchor":"n","type":["null","array"],
    "items":{"$ref":"#n"}}},"$ref":"#/$defs/n","unevaluatedItems":false})");
  add("draft7", R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"d":{"type":"string"}},
    "items":[{"$ref":"#/definitions/d"}],"additionalItems":false,"dependencies":{"a":["b"],"c":{"required":["d"]}}})");
  return seeds;
}

const hearth::fuzz::Corpus seeds("schema", schema_seeds);

}  // namespace
