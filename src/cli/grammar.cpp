#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "base/quote.h"
#include "cli/command_line.h"
#include "cli/input.h"
#include "cli/json_lines.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/grammar.h"

namespace hearth::cli {
namespace {

struct CheckFlags {
  bool any_order = false, lenient = false, as_json = false, json_lines = false;
  std::optional<std::string> kind, documents;
};

/// Schemas under a folder by their URI: "http://localhost:1234/=folder".
std::function<std::optional<std::string>(const std::string&)> resolver(const std::string& text,
                                                                       const CommandLine& line) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) line.fail("--documents is not URI=FOLDER");
  const std::string prefix = text.substr(0, equals);
  const std::filesystem::path folder = text.substr(equals + 1);
  if (!std::filesystem::is_directory(folder)) line.fail(fmt::format("{} is not a folder", quote(folder.string())));
  return [prefix, folder](const std::string& uri) -> std::optional<std::string> {
    if (!uri.starts_with(prefix)) return std::nullopt;
    const std::filesystem::path below = std::filesystem::path(uri.substr(prefix.size())).lexically_normal();
    // A schema names documents, not any file of this machine.
    if (below.empty() || below.is_absolute() || *below.begin() == "..") return std::nullopt;
    const std::filesystem::path file = folder / below;
    if (!std::filesystem::is_regular_file(file)) return std::nullopt;
    return read_file(file, std::uint64_t{64} << 20);
  };
}

Constraint make_constraint(const CheckFlags& flags, const CommandLine& line) {
  Constraint constraint;
  constraint.kind = ConstraintKind::kJsonSchema;
  constraint.layout = JsonLayout::kAny;
  constraint.any_order = flags.any_order;
  constraint.lenient = flags.lenient;
  if (flags.documents) constraint.resolve = resolver(*flags.documents, line);
  const std::string kind = flags.kind.value_or("schema");
  if (kind == "regex") constraint.kind = ConstraintKind::kRegex;
  if (kind == "gbnf") constraint.kind = ConstraintKind::kGbnf;
  if (kind != "schema" && kind != "regex" && kind != "gbnf") line.fail("--kind is schema, regex or gbnf");
  return constraint;
}

/// JSON text as it stands, or a value that was put into the line itself.
std::string json_text_of(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : to_json_text(value);
}

json::object report(const Constraint& constraint, const std::vector<std::string>& instances) {
  json::object out;
  try {
    const CompiledGrammar grammar = CompiledGrammar::compile(constraint, /*allow_empty=*/true);
    out["compiled"] = true;
    json::array verdicts;
    for (const std::string& instance : instances) {
      const CompiledGrammar::Verdict verdict = grammar.check(instance);
      verdicts.push_back(json::object{
          {"accepted", verdict.accepted}, {"offset", verdict.offset}, {"reason", json_string(verdict.reason)}});
    }
    out["instances"] = std::move(verdicts);
    json::array dropped;
    for (const std::string& what : grammar.dropped()) dropped.push_back(json_string(what));
    out["dropped"] = std::move(dropped);
  } catch (const Error& error) {
    out["compiled"] = false;
    out["reason"] = json_string(error.message());
    out["hint"] = json_string(error.hint());
  }
  return out;
}

/// {"schema": …, "instance": text} in, {"compiled", "accepted", "reason"} out.
int check_lines(const CheckFlags& flags, const CommandLine& line) {
  const Constraint pattern = make_constraint(flags, line);
  return answer_json_lines([&](const JsonObject& object) {
    const json::value* schema = object.raw().if_contains("schema");
    if (schema == nullptr) object.fail("schema", "is missing");
    const json::value* instance = object.raw().if_contains("instance");
    Constraint constraint = pattern;
    constraint.text = json_text_of(*schema);
    std::vector<std::string> instances;
    if (instance != nullptr) instances.push_back(json_text_of(*instance));
    const json::object found = report(constraint, instances);
    json::object answer{{"compiled", found.at("compiled")}, {"accepted", false}, {"reason", ""}};
    if (!found.at("compiled").get_bool()) {
      answer["reason"] = found.at("reason");
    } else if (!instances.empty()) {
      const json::object& verdict = found.at("instances").get_array()[0].get_object();
      answer["accepted"] = verdict.at("accepted");
      answer["reason"] = verdict.at("reason");
    }
    return to_json_text(answer);
  });
}

int print_report(const json::object& found, const std::vector<std::string>& names) {
  Output& out = standard_output();
  if (!found.at("compiled").get_bool()) {
    out.text(fmt::format("refused: {}\n", std::string_view(found.at("reason").get_string())));
    if (!found.at("hint").get_string().empty())
      out.text(fmt::format("  {}\n", std::string_view(found.at("hint").get_string())));
    return kFailed;
  }
  out.text("compiled\n");
  for (const json::value& dropped : found.at("dropped").get_array())
    out.text(fmt::format("left out: {}\n", std::string_view(dropped.get_string())));
  int status = kDone;
  const json::array& verdicts = found.at("instances").get_array();
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const json::object& verdict = verdicts[i].get_object();
    const bool accepted = verdict.at("accepted").get_bool();
    if (!accepted) status = kFailed;
    out.text(accepted
                 ? fmt::format("{}: accepted\n", names[i])
                 : fmt::format("{}: rejected: {}\n", names[i], std::string_view(verdict.at("reason").get_string())));
  }
  return status;
}

int check(const Arguments& arguments) {
  CheckFlags flags;
  CommandLine line(
      "grammar check", "[SCHEMA [INSTANCE…]]",
      "Compiles a JSON Schema (or a regular expression, or GBNF) and says what is refused and why, and which\n"
      "instances it accepts, byte by byte. SCHEMA is a file, '-', or the text itself; so is each INSTANCE.\n"
      "Exit status: 0 when it compiles and all instances are accepted, else 1.",
      "hearth grammar check schema.json answer.json\n"
      "hearth grammar check '{\"type\": \"integer\"}' 42 4.5\n"
      "hearth grammar check --kind regex '[a-z]+@[a-z]+' me@home\n"
      "printf '{\"schema\": {\"type\": \"null\"}, \"instance\": \"null\"}\\n' | hearth grammar check --stdin-jsonl");
  line.value("--kind", "KIND", "schema (the default), regex or gbnf", flags.kind);
  line.toggle("--any-order", "Members of objects may stand in any order", flags.any_order);
  line.toggle("--lenient", "Leave out what cannot be enforced, and list it", flags.lenient);
  line.value("--documents", "URI=FOLDER", "Schemas that $ref may name: those whose URI begins so lie in the folder",
             flags.documents);
  line.toggle("--json", "One JSON object", flags.as_json);
  line.toggle("--stdin-jsonl",
              "Lines {\"schema\": …, \"instance\": JSON text} in, lines {\"compiled\", \"accepted\", \"reason\"} out",
              flags.json_lines);
  if (!line.parse(arguments)) return kDone;
  if (flags.json_lines) {
    line.expect_words({}, 0);
    return check_lines(flags, line);
  }
  if (line.words().empty()) line.fail("SCHEMA is missing");
  const auto content = [](const std::string& word) {
    return word == "-" || std::filesystem::is_regular_file(word) ? read_file_or_input(word) : word;
  };
  Constraint constraint = make_constraint(flags, line);
  constraint.text = content(line.words()[0]);
  const std::vector<std::string> names(line.words().begin() + 1, line.words().end());
  std::vector<std::string> instances;
  instances.reserve(names.size());
  for (const std::string& name : names) instances.push_back(content(name));
  const json::object found = report(constraint, instances);
  if (!flags.as_json) return print_report(found, names);
  standard_output().raw(to_json_text(found) + "\n");
  bool good = found.at("compiled").get_bool();
  if (good) {
    for (const json::value& verdict : found.at("instances").get_array())
      good = good && verdict.get_object().at("accepted").get_bool();
  }
  return good ? kDone : kFailed;
}

}  // namespace

int grammar_verb(const Arguments& arguments) {
  if (!arguments.empty() && arguments[0] == "check") return check({arguments.begin() + 1, arguments.end()});
  CommandLine line("grammar", "check [SCHEMA [INSTANCE…]]",
                   "Checks what constrains answers: 'hearth grammar check --help' tells more.",
                   "hearth grammar check schema.json answer.json");
  if (!line.parse(arguments)) return kDone;
  if (line.words().empty()) line.fail("say what to do: check");
  line.fail(fmt::format("there is no 'grammar {}'; there is 'grammar check'", line.words()[0]));
}

}  // namespace hearth::cli
