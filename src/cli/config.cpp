#include <fmt/format.h>

#include <algorithm>

#include "base/quote.h"
#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/suggest.h"
#include "cli/usage_error.h"
#include "cli/verbs.h"
#include "hearth/system.h"

namespace hearth::cli {
namespace {

std::string as_json_text(const std::vector<Setting>& settings) {
  json::object object;
  for (const Setting& setting : settings) {
    object[setting.name] = {{"value", json_string(setting.value)}, {"origin", json_string(setting.origin)}};
  }
  return to_json_text(object) + "\n";
}

std::string as_table(const std::vector<Setting>& settings) {
  std::size_t width = 0;
  for (const Setting& setting : settings) width = std::max(width, setting.value.size());
  width = std::min<std::size_t>(width, 40);
  std::string text;
  for (const Setting& setting : settings) {
    const std::string value = setting.value.empty() ? "-" : setting.value;
    text += fmt::format("{:<27}{:<{}}  {}\n", setting.name, value, width, setting.origin);
  }
  const Paths files = paths();
  text += fmt::format("\nThe config is {}; data is in {}; pulled models are in {}.\n", files.config_file,
                      files.data_folder, files.hub_folder);
  return text;
}

[[noreturn]] void unknown_setting(const std::string& name, const std::vector<Setting>& settings) {
  std::vector<std::string> names;
  names.reserve(settings.size());
  for (const Setting& setting : settings) names.push_back(setting.name);
  throw UsageError(fmt::format("config: there is no setting {}", quote(name)),
                   did_you_mean(name, names, "'hearth config' lists the settings"));
}

}  // namespace

int config_verb(const Arguments& arguments) {
  bool as_json = false;
  ModelFlags model_flags;
  CommandLine line("config", "[NAME]",
                   "Prints every setting, its value and where that comes from; with NAME only that one's value.\n"
                   "A flag is stronger than the environment, that than the project's .env, that than config.toml,\n"
                   "that than the default. Flags given here count, to see what they would change.",
                   "hearth config\n"
                   "hearth config model\n"
                   "HEARTH_THREADS=4 hearth config --json");
  line.toggle("--json", "One JSON object: each setting with value and origin", as_json);
  model_flags.add_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"NAME"}, 0);

  auto settings = hearth::settings(model_flags.given());
  if (!line.words().empty()) {
    const auto setting = find_setting(settings, line.words()[0]);
    if (!setting) unknown_setting(line.words()[0], settings);
    if (!as_json) {
      standard_output().text(setting->value + "\n");
      return kDone;
    }
    settings = {*setting};
  }
  standard_output().text(as_json ? as_json_text(settings) : as_table(settings));
  return kDone;
}

}  // namespace hearth::cli
