#include "support/random_schema.h"

#include <set>

namespace hearth::testing {
namespace {

// Names that begin with each other, that need escapes, that are empty or not ASCII.
constexpr std::string_view kNames[] = {"a",      "b",       "c",      "ab",   "abc",   "",        "name",   "names",
                                       "id",     "type",    "kind",   "é",    "日本",  "a\"b",    "a\\b",   "x/y",
                                       "a b",    "value",   "values", "😀",    "x-1",   "n0",      "\n",     "city",
                                       "street", "country", "state",  "zip1", "email", "version", "license"};
constexpr std::string_view kTexts[] = {"red", "green", "blue", "re", "", "a\"b", "é", "on", "off", "😀 x", "tab\t"};
constexpr std::string_view kPatterns[] = {
    "^[a-z]+$", "^x-",  "^\\d{3}-\\d{4}$", "[0-9]$", "^(ab|cd)*$", "^[A-Z][a-z]{2,5}$", "^.{2,4}$",
    "^foo",     "^é+$", "^[^\"]*$"};
constexpr std::string_view kKeyPatterns[] = {"^x-", "^[a-c]", "[0-9]$", "^.$", "^n", "é"};
constexpr std::string_view kFormats[] = {"date", "time", "date-time", "email",         "uuid",         "ipv4",
                                         "ipv6", "uri",  "hostname",  "uri-reference", "json-pointer", "duration"};

}  // namespace

std::string RandomSchema::name() { return std::string(random_.pick(kNames)); }

json::value RandomSchema::make() {
  n_definitions_ = random_.chance(0.3) ? 1 + random_.below(3) : 0;
  json::value root = random_.chance(0.7) ? json::value(object(0)) : any(0);
  if (!root.is_object()) root = json::object{{"anyOf", json::array{root}}};
  if (n_definitions_ > 0) {
    json::object definitions;
    for (std::size_t i = 0; i < n_definitions_; ++i) {  // never a reference alone, which could lead to itself
      definitions["d" + std::to_string(i)] = random_.chance(0.5)   ? json::value(object(1))
                                             : random_.chance(0.5) ? json::value(array(1))
                                                                   : scalar();
    }
    root.get_object()["$defs"] = std::move(definitions);
  }
  root.get_object()["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  return root;
}

json::value RandomSchema::any(int depth) {
  if (n_definitions_ > 0 && random_.chance(0.15))
    return json::object{{"$ref", "#/$defs/d" + std::to_string(random_.below(n_definitions_))}};
  if (depth >= 4) return scalar();
  switch (random_.below(10)) {
    case 0:
    case 1: return object(depth);
    case 2:
    case 3: return array(depth);
    case 4:
    case 5: return combination(depth);
    default: return scalar();
  }
}

json::value RandomSchema::scalar() {
  switch (random_.below(14)) {
    case 0: return true;
    case 1: return json::object{{"type", "null"}};
    case 2: return json::object{{"type", "boolean"}};
    case 3: return json::object{{"const", constant(0)}};
    case 4:
    case 5: {
      json::array values;
      for (std::size_t i = 1 + random_.below(5); i > 0; --i) values.push_back(constant(0));
      return json::object{{"enum", values}};
    }
    case 6: return json::object{{"type", {"string", "null"}}, {"minLength", random_.below(3)}};
    case 7: return json::object{{"type", {"integer", "boolean"}}, {"minimum", random_.below(20)}};
    case 8:
    case 9:
    case 10: return number();
    default: return string();
  }
}

json::value RandomSchema::constant(int depth) {
  switch (random_.below(depth > 1 ? 5 : 7)) {
    case 0: return nullptr;
    case 1: return random_.chance(0.5);
    case 2: return static_cast<std::int64_t>(random_.below(200)) - 100;
    case 3: return (static_cast<double>(random_.below(4000)) - 2000.0) / 8.0;
    case 4: return json::string(random_.pick(kTexts));
    case 5: return json::array{constant(depth + 1), constant(depth + 1)};
    default: return json::object{{name(), constant(depth + 1)}};
  }
}

json::object RandomSchema::number() {
  json::object schema{{"type", random_.chance(0.7) ? "integer" : "number"}};
  const std::int64_t low = static_cast<std::int64_t>(random_.below(300)) - 150;
  if (random_.chance(0.6)) schema[random_.chance(0.7) ? "minimum" : "exclusiveMinimum"] = low;
  if (random_.chance(0.6))
    schema[random_.chance(0.7) ? "maximum" : "exclusiveMaximum"] =
        low + 1 + static_cast<std::int64_t>(random_.below(500));
  if (random_.chance(0.2)) schema["multipleOf"] = 1 + random_.below(12);
  if (schema["type"] == "number" && random_.chance(0.2)) schema["multipleOf"] = 0.25;
  return schema;
}

json::object RandomSchema::string() {
  json::object schema{{"type", "string"}};
  switch (random_.below(6)) {
    case 0: schema["minLength"] = random_.below(6); break;
    case 1: schema["maxLength"] = 1 + random_.below(12); break;
    case 2:
      schema["minLength"] = random_.below(4);
      schema["maxLength"] = 4 + random_.below(8);
      break;
    case 3: schema["pattern"] = random_.pick(kPatterns); break;
    case 4: schema["format"] = random_.pick(kFormats); break;
    default: break;
  }
  if (random_.chance(0.1)) schema["pattern"] = random_.pick(kPatterns);
  return schema;
}

json::object RandomSchema::array(int depth) {
  json::object schema{{"type", "array"}};
  const std::size_t low = random_.below(3);
  if (random_.chance(0.4)) schema["minItems"] = low;
  if (random_.chance(0.5)) schema["maxItems"] = low + 1 + random_.below(4);
  switch (random_.below(7)) {
    case 0: {
      json::array prefix;
      for (std::size_t i = 1 + random_.below(3); i > 0; --i) prefix.push_back(any(depth + 1));
      schema["prefixItems"] = std::move(prefix);
      if (random_.chance(0.5)) schema["items"] = random_.chance(0.5) ? json::value(false) : any(depth + 1);
      break;
    }
    case 1: {
      json::array values;
      for (std::size_t i = 2 + random_.below(6); i > 0; --i) values.push_back(constant(0));
      schema["items"] = json::object{{"enum", values}};
      schema["uniqueItems"] = true;
      break;
    }
    case 2:
      schema["items"] = string();
      schema["uniqueItems"] = true;
      break;
    case 3:
      schema["items"] = any(depth + 1);
      schema["contains"] = scalar();
      if (random_.chance(0.4)) schema["minContains"] = random_.below(3);
      if (random_.chance(0.3)) schema["maxContains"] = 2 + random_.below(3);
      break;
    default: schema["items"] = any(depth + 1); break;
  }
  return schema;
}

json::object RandomSchema::object(int depth) {
  json::object schema{{"type", "object"}}, properties;
  const std::size_t n = random_.chance(0.1) ? 10 + random_.below(15) : random_.below(6);
  for (std::size_t i = 0; i < n; ++i) properties[name()] = any(depth + 1);
  json::array required;
  for (const auto& member : properties) {
    if (random_.chance(0.4)) required.push_back(json::string(member.key()));
  }
  if (random_.chance(0.05)) required.push_back("other");
  const std::size_t n_properties = properties.size(), n_required = required.size();
  if (n_properties > 0) schema["properties"] = std::move(properties);
  if (n_required > 0) schema["required"] = std::move(required);
  switch (random_.below(6)) {
    case 0:
    case 1:
    case 2: schema["additionalProperties"] = false; break;
    case 3: schema["additionalProperties"] = any(depth + 1); break;
    default: break;
  }
  if (random_.chance(0.2)) {
    json::object patterns;
    for (std::size_t i = 1 + random_.below(2); i > 0; --i) patterns[random_.pick(kKeyPatterns)] = any(depth + 2);
    schema["patternProperties"] = std::move(patterns);
  }
  if (random_.chance(0.1)) {
    schema["propertyNames"] = random_.chance(0.5) ? json::object{{"maxLength", 2 + random_.below(8)}}
                                                  : json::object{{"pattern", random_.pick(kKeyPatterns)}};
  }
  if (random_.chance(0.15)) schema["minProperties"] = random_.below(4);
  if (random_.chance(0.15)) schema["maxProperties"] = n_required + random_.below(4);
  if (n_properties > 1 && random_.chance(0.1))
    schema["dependentRequired"] = json::object{{name(), json::array{json::string(name())}}};
  return schema;
}

json::value RandomSchema::combination(int depth) {
  json::array parts;
  switch (random_.below(6)) {
    case 0:
    case 1:
      for (std::size_t i = 2 + random_.below(3); i > 0; --i) parts.push_back(any(depth + 1));
      return json::object{{"anyOf", std::move(parts)}};
    case 2:
      // A member that names the kind, as tagged unions have it.
      for (std::size_t i = 0; i < 2 + random_.below(2); ++i) {
        json::object one = object(depth + 1);
        if (!one.contains("properties")) one["properties"] = json::object{};
        one["properties"].get_object()["kind"] = json::object{{"const", "k" + std::to_string(i)}};
        one["required"] = json::array{"kind"};
        for (const char* keyword : {"propertyNames", "maxProperties", "patternProperties"}) one.erase(keyword);
        parts.push_back(std::move(one));
      }
      return json::object{{"oneOf", std::move(parts)}};
    case 3:
      for (std::size_t i = 2; i > 0; --i)
        parts.push_back(random_.chance(0.5) ? json::value(object(depth + 1)) : scalar());
      return json::object{{"allOf", std::move(parts)}};
    case 4: return json::object{{"type", {"string", "integer", "null", "array"}}, {"not", scalar()}};
    default:
      return json::object{{"if", json::object{{"properties", json::object{{"kind", json::object{{"const", "a"}}}}},
                                              {"required", json::array{"kind"}}}},
                          {"then", json::object{{"required", json::array{"value"}}}},
                          {"else", object(depth + 1)},
                          {"type", "object"}};
  }
}

}  // namespace hearth::testing
