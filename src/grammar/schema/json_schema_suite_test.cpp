// The official JSON Schema test suite: what a schema compiles to must accept no invalid instance, and nearly all valid
// ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "grammar/grammar.h"
#include "grammar/machine.h"
#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

/// As Python's json.dumps and most programs write it: 1.0 stays a number with a fraction.
std::string text_of(const json::value& value) {
  if (value.is_double()) {
    std::string text = fmt::format("{}", value.get_double());
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }
  std::string out;
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) out += (out.empty() ? "[" : ", ") + text_of(item);
    return out.empty() ? "[]" : out + "]";
  }
  if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      out += out.empty() ? "{" : ", ";
      out += json::serialize(json::value(member.key())) + ": " + text_of(member.value());
    }
    return out.empty() ? "{}" : out + "}";
  }
  return json::serialize(value);
}

bool accepts(const Grammar& grammar, const std::string& text) {
  Machine machine(grammar.graph());
  ThreadSet at = machine.start(), next;
  for (const char byte : text) {
    machine.step(at, static_cast<std::uint8_t>(byte), next);
    std::swap(at, next);
    if (at.empty()) return false;
  }
  return at.complete;
}

struct Counts {
  int schemas = 0, compiled = 0, valid = 0, accepted = 0, wrongly = 0;
};

Counts run_suite(const std::filesystem::path& suite, const std::string& draft, bool with_documents) {
  Counts counts;
  JsonSchemaOptions options;
  options.any_order = true;
  options.allow_empty = true;
  options.space = JsonSpace::kAny;
  if (with_documents) {
    options.resolver = [&suite](const std::string& uri) -> std::optional<std::string> {
      const std::string prefix = "http://localhost:1234/";
      if (!uri.starts_with(prefix)) return std::nullopt;
      const auto file = suite / "remotes" / uri.substr(prefix.size());
      if (!std::filesystem::is_regular_file(file)) return std::nullopt;
      return read_file(file, 1 << 20);
    };
  }
  for (const auto& entry : std::filesystem::directory_iterator(suite / "tests" / draft)) {
    if (entry.path().extension() != ".json") continue;
    const json::value file = load_json(entry.path());
    for (const json::value& group : file.as_array()) {
      ++counts.schemas;
      std::shared_ptr<const Grammar> grammar;
      try {
        grammar = Grammar::from_json_schema(text_of(group.at("schema")), options);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << entry.path() << group.at("description") << error.message();
        continue;
      }
      ++counts.compiled;
      for (const json::value& test : group.at("tests").as_array()) {
        const bool accepted = accepts(*grammar, text_of(test.at("data")));
        if (test.at("valid").as_bool()) {
          ++counts.valid;
          counts.accepted += accepted;
        } else {
          counts.wrongly += accepted;
          EXPECT_FALSE(accepted) << entry.path().filename() << ": " << group.at("description") << ": "
                                 << test.at("description");
        }
      }
    }
  }
  return counts;
}

void check(const std::filesystem::path& fixtures, const std::string& draft, bool with_documents) {
  const Counts counts = run_suite(fixtures / "json-schema", draft, with_documents);
  EXPECT_EQ(counts.wrongly, 0);
  EXPECT_GE(counts.compiled, counts.schemas * 90 / 100);
  EXPECT_GE(counts.accepted, counts.valid * 95 / 100);
  std::cout << draft << ": " << counts.compiled << " of " << counts.schemas << " schemas compiled, " << counts.accepted
            << " of " << counts.valid << " valid instances accepted, " << counts.wrongly << " invalid ones\n";
}

TEST(JsonSchemaSuite, Draft7) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  check(fixtures, "draft7", true);
}

TEST(JsonSchemaSuite, Draft202012) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  check(fixtures, "draft2020-12", true);
}

TEST(JsonSchemaSuite, WithoutOtherDocumentsToReferTo) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  check(fixtures, "draft7", false);
  check(fixtures, "draft2020-12", false);
}

}  // namespace
}  // namespace hearth
