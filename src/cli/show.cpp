#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/local_model_json.h"
#include "cli/model_report.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

std::string row(std::string_view name, std::string_view value) {
  return fmt::format("{:<16}{}\n", name, one_line(value));
}

std::optional<CatalogModel> in_catalog(const std::string& name) {
  for (CatalogModel& model : catalog_models()) {
    const std::string plain = model.name.substr(0, model.name.find(':'));
    const bool is_alias = std::find(model.aliases.begin(), model.aliases.end(), name) != model.aliases.end();
    const bool is_tagged = model.name == name || name.starts_with(model.name + "-");
    if (is_tagged || is_alias || (plain == name && model.is_default)) return std::move(model);
  }
  for (CatalogModel& model : catalog_models()) {
    if (model.name.substr(0, model.name.find(':')) == name) return std::move(model);
  }
  return std::nullopt;
}

std::string license_text(const CatalogModel& model) {
  std::string text = model.license.empty() ? "not stated" : model.license;
  if (!model.terms.empty()) text += fmt::format(" ({})", model.terms);
  if (!model.commercial) text += "; forbids commercial use";
  if (!model.accept.empty()) text += fmt::format("; must be accepted at {}", model.accept);
  return text;
}

std::string catalog_lines(const CatalogModel& model) {
  std::string text = row("catalog", fmt::format("{}: {}", model.name, model.title));
  if (!model.note.empty()) text += row("", model.note);
  text += row("repository", model.repository);
  if (!model.original.empty()) text += row("made from", model.original);
  text += row("good for", model.purposes.empty() ? "-" : fmt::format("{}", fmt::join(model.purposes, ", ")));
  if (model.parameters > 0) text += row("parameters", human_count(model.parameters));
  text += row("context", fmt::format("{} tokens", model.context));
  if (!model.chat_template.empty()) text += row("template", model.chat_template);
  text += row("license", license_text(model));
  std::string title = "files, about";
  for (const CatalogFile& file : model.files) {
    std::string line = fmt::format("{:<7}", file.quantization);
    if (file.bytes > 0) line += fmt::format(" {:>9}", human_bytes(file.bytes));
    if (file.memory > 0) line += fmt::format(", {:>9} of memory", human_bytes(file.memory));
    if (!file.name.empty()) line += "  " + file.name;
    text += row(title, line);
    title.clear();
  }
  return text;
}

}  // namespace

int show_verb(const Arguments& arguments) {
  bool as_json = false;
  CommandLine line("show", "NAME",
                   "Tells what is known of a model: from the catalog, and from its file where that is on this disk.",
                   "hearth show qwen2.5:0.5b\n"
                   "hearth show model.gguf --json");
  line.toggle("--json", "One JSON object: catalog, local", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"NAME"}, 1);
  const std::string& name = line.words()[0];

  const auto known = in_catalog(name);
  const auto path = find_model(name);
  if (!known && !path) static_cast<void>(locate_model(name));  // says what may have been meant
  if (as_json) {
    json::object object = {{"name", json_string(name)}, {"catalog", nullptr}, {"local", nullptr}};
    if (known) object["catalog"] = catalog_model_json(*known);
    if (path) {
      const FileReport report = inspect(*path);
      object["local"] = {{"path", json_string(*path)},
                         {"architecture", json_string(report.info.architecture)},
                         {"format", json_string(report.info.format)},
                         {"bytes", report.info.file_bytes},
                         {"parameters", report.info.parameters},
                         {"context_length", report.info.context_length},
                         {"license", json_string(report.info.license)},
                         {"problem", json_string(report.problem)}};
    }
    standard_output().raw(to_json_text(object) + "\n");
    return kDone;
  }
  if (known) standard_output().text(catalog_lines(*known));
  if (!path) {
    standard_output().text(row("on this disk", fmt::format("no; 'hearth pull {}' fetches it", name)));
    return kDone;
  }
  if (known) standard_output().text("\n");
  const FileReport report = inspect(*path);
  const std::int64_t context = usual_context(report.info);
  standard_output().text(report.problem.empty() ? model_lines(report.info, context, memory_need(report.info, context))
                                                : foreign_lines(report));
  return kDone;
}

}  // namespace hearth::cli
