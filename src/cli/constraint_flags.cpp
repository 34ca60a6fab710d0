#include "cli/constraint_flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/quote.h"
#include "cli/input.h"
#include "cli/notice.h"
#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

/// A schema may stand on the command line itself: no file's name begins like an object.
bool is_inline_schema(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

}  // namespace

std::vector<std::string> split_choices(const std::string& text) {
  std::vector<std::string> choices;
  if (text.starts_with('[')) {
    const json::value array = parse_json(text, "--choices");
    if (!array.is_array()) throw UsageError("--choices is not an array of strings", "");
    for (const json::value& choice : array.get_array()) {
      if (!choice.is_string()) throw UsageError("--choices is not an array of strings", "");
      choices.emplace_back(choice.get_string());
    }
  } else {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t comma = std::min(text.find(',', begin), text.size());
      choices.push_back(text.substr(begin, comma - begin));
      begin = comma + 1;
    }
  }
  if (std::any_of(choices.begin(), choices.end(), [](const std::string& choice) { return choice.empty(); }))
    throw UsageError("one of the --choices is empty", "write --choices yes,no");
  return choices;
}

void ConstraintFlags::add_to(CommandLine& line) {
  line.heading("Form of the answer");
  line.value("--json-schema", "FILE", "JSON that satisfies this schema (a file, '-', or the schema itself)", schema_);
  line.toggle("--json-object", "Any JSON object", json_object_);
  line.value("--regex", "PATTERN", "Text that this regular expression matches as a whole", regex_);
  line.value("--grammar", "FILE", "Text of this GBNF grammar", grammar_);
  line.values("--choices", "A,B,…", "One of these texts; a JSON array of strings where they hold commas", choices_);
  line.toggle("--any-order", "Members of JSON objects in any order, not as the schema declares them", any_order_);
  line.toggle("--compact", "JSON without white space", compact_);
  line.toggle("--lenient", "Leave out what a schema asks for and cannot be enforced, and say so", lenient_);
}

Constraint ConstraintFlags::resolve(const CommandLine& line) const {
  const int n = schema_.has_value() + json_object_ + regex_.has_value() + grammar_.has_value() + !choices_.empty();
  if (n > 1)
    line.fail("an answer has one form: give one of --json-schema, --json-object, --regex, --grammar, --choices");
  Constraint constraint;
  constraint.any_order = any_order_;
  constraint.lenient = lenient_;
  if (compact_) constraint.layout = JsonLayout::kCompact;
  if (schema_) {
    constraint.kind = ConstraintKind::kJsonSchema;
    constraint.text = is_inline_schema(*schema_) ? *schema_ : read_file_or_input(*schema_);
  } else if (json_object_) {
    constraint.kind = ConstraintKind::kJson;
  } else if (regex_) {
    constraint.kind = ConstraintKind::kRegex;
    constraint.text = *regex_;
  } else if (grammar_) {
    constraint.kind = ConstraintKind::kGbnf;
    constraint.text = read_file_or_input(*grammar_);
  } else if (!choices_.empty()) {
    constraint.kind = ConstraintKind::kChoices;
    for (const std::string& text : choices_) {
      for (std::string& choice : split_choices(text)) constraint.choices.push_back(std::move(choice));
    }
  } else {
    if (any_order_ || compact_ || lenient_) line.fail("--any-order, --compact and --lenient belong to --json-schema");
    return constraint;
  }
  const CompiledGrammar compiled = CompiledGrammar::compile(constraint);
  for (const std::string& dropped : compiled.dropped()) notice(fmt::format("left out: {}", dropped));
  return constraint;
}

}  // namespace hearth::cli
