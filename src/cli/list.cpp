#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/local_model_json.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

std::string last_used_text(const LocalModel& model) {
  if (!model.last_used) return "-";
  const auto time = static_cast<std::time_t>(*model.last_used);
  std::tm local = {};
  if (::localtime_r(&time, &local) == nullptr) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M}", local);
}

std::string dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string table(const std::vector<LocalModel>& models) {
  std::size_t width = 4;
  for (const LocalModel& model : models) width = std::max(width, model.name.size());
  width = std::min<std::size_t>(width, 60);
  std::string text = fmt::format("{:<{}}  {:>9}  {:<7}  {:<12}  {:<11}  {}\n", "name", width, "size", "quant",
                                 "architecture", "store", "last used");
  for (const LocalModel& model : models) {
    text += fmt::format("{:<{}}  {:>9}  {:<7}  {:<12}  {:<11}  {}\n", one_line(model.name), width,
                        human_bytes(model.bytes), dash(one_line(model.quantization)),
                        dash(one_line(model.architecture)), model.store, last_used_text(model));
    if (!model.other_names.empty()) text += fmt::format("  also {}\n", fmt::join(model.other_names, ", "));
    if (!model.problem.empty()) text += fmt::format("  cannot be used: {}\n", one_line(model.problem));
  }
  return text;
}

}  // namespace

int list_verb(const Arguments& arguments) {
  bool as_json = false;
  std::optional<std::string> store;
  CommandLine line(
      "list", "",
      "Lists the models on this disk, whoever put them there: Hearth, Hugging Face's cache, Ollama, LM Studio,\n"
      "llama.cpp, and the folders of the setting model_folders. They run where they are.",
      "hearth list\n"
      "hearth list --store ollama\n"
      "hearth list --json");
  line.value("--store", "STORE", "Only of: hearth, huggingface, ollama, lmstudio, llama.cpp, folder", store);
  line.toggle("--json", "One JSON object a model", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({}, 0);

  std::vector<LocalModel> models = local_models();
  if (store) {
    models.erase(
        std::remove_if(models.begin(), models.end(), [&](const LocalModel& model) { return model.store != *store; }),
        models.end());
  }
  if (as_json) {
    for (const LocalModel& model : models) standard_output().raw(to_json_text(local_model_json(model)) + "\n");
  } else if (models.empty()) {
    standard_output().text("no models here yet; 'hearth recommend' names some, 'hearth pull NAME' fetches one\n");
  } else {
    standard_output().text(table(models));
  }
  return kDone;
}

}  // namespace hearth::cli
