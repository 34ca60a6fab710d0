#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/local_model_json.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/purpose.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

/// Of the usual quantisation: Q4_K_M, or Q8_0, or the first there is.
std::string size_text(const CatalogModel& model) {
  const CatalogFile* shown = nullptr;
  for (const CatalogFile& file : model.files) {
    const bool is_usual = file.quantization == "Q4_K_M" || file.quantization == "Q8_0";
    if (file.bytes > 0 && (shown == nullptr || (is_usual && shown->quantization != "Q4_K_M"))) shown = &file;
  }
  return shown == nullptr ? "-" : human_bytes(shown->bytes);
}

std::string table(const std::vector<CatalogModel>& models) {
  std::string text = fmt::format("{:<20}  {:>10}  {:>9}  {:>8}  {:<16}  {:<27}  {}\n", "name", "parameters", "size",
                                 "context", "good for", "license", "");
  for (const CatalogModel& model : models) {
    const std::string remark = fmt::format("{}{}{}", model.accept.empty() ? "" : "Licence must be accepted. ",
                                           model.commercial ? "" : "No commercial use. ", model.note);
    text += fmt::format("{:<20}  {:>10}  {:>9}  {:>8}  {:<16}  {:<27}  {}\n", model.name,
                        model.parameters == 0 ? "-" : human_count(model.parameters), size_text(model), model.context,
                        model.purposes.empty() ? "-" : fmt::format("{}", fmt::join(model.purposes, ", ")),
                        model.license.empty() ? "-" : model.license, remark);
  }
  return text;
}

}  // namespace

int search_verb(const Arguments& arguments) {
  bool as_json = false;
  std::optional<std::string> purpose;
  CommandLine line(
      "search", "[WORD…]",
      "Searches the catalog: the models that Hearth knows by name. Each WORD must occur. Any other model of the\n"
      "hub is fetched as OWNER/REPO. Sizes are of Q4_K_M where there is one, and about; 'hearth show NAME' lists all.",
      "hearth search\n"
      "hearth search qwen --for code");
  line.value("--for", "PURPOSE", "chat, code, embed or shell", purpose);
  line.toggle("--json", "One JSON object a model", as_json);
  if (!line.parse(arguments)) return kDone;
  check_purpose(line, purpose);

  const std::vector<CatalogModel> found = search_catalog(line.words(), purpose.value_or(""));
  if (as_json) {
    for (const CatalogModel& model : found) standard_output().raw(to_json_text(catalog_model_json(model)) + "\n");
  } else if (found.empty()) {
    standard_output().text("nothing like that is in the catalog; any OWNER/REPO of the hub can be pulled\n");
  } else {
    standard_output().text(table(found));
  }
  return found.empty() ? kFailed : kDone;
}

}  // namespace hearth::cli
