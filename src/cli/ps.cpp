#include <fmt/format.h>

#include <algorithm>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"
#include "hearth/client.h"

namespace hearth::cli {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kForEver = 24 * kHour * 365 * 20;  // servers write "for ever" as a time that nobody waits for

std::string until_text(const RunningModel& model) {
  if (!model.expires_in) return "-";
  const std::int64_t seconds = *model.expires_in;
  if (seconds >= kForEver) return "for ever";
  if (seconds <= 0) return "now";
  if (seconds >= 2 * kHour) return fmt::format("{} h", seconds / kHour);
  return seconds >= 120 ? fmt::format("{} min", seconds / 60) : fmt::format("{} s", seconds);
}

std::string dash(const std::string& text) { return text.empty() ? "-" : one_line(text); }

json::object model_json(const RunningModel& model) {
  json::object object{{"name", json_string(model.name)},
                      {"bytes", model.bytes},
                      {"parameter_size", json_string(model.parameter_size)},
                      {"quantization", json_string(model.quantization)},
                      {"context", model.context},
                      {"expires_at", json_string(model.expires_at)}};
  object["expires_in"] = model.expires_in ? json::value(*model.expires_in) : json::value();
  return object;
}

std::string table(const std::vector<RunningModel>& models) {
  std::size_t width = 4;
  for (const RunningModel& model : models) width = std::max(width, model.name.size());
  width = std::min<std::size_t>(width, 60);
  std::string text = fmt::format("{:<{}}  {:>9}  {:<10}  {:<8}  {:>8}  {}\n", "name", width, "memory", "parameters",
                                 "quant", "context", "stays");
  for (const RunningModel& model : models) {
    text += fmt::format("{:<{}}  {:>9}  {:<10}  {:<8}  {:>8}  {}\n", one_line(model.name), width,
                        human_bytes(model.bytes), dash(model.parameter_size), dash(model.quantization),
                        model.context > 0 ? fmt::format("{}", model.context) : "-", until_text(model));
  }
  return text;
}

}  // namespace

int ps_verb(const Arguments& arguments) {
  bool as_json = false;
  CommandLine line("ps", "",
                   "Lists the models that a running server has loaded: the memory they take and how long they stay\n"
                   "when nobody uses them. HEARTH_HOST (or OLLAMA_HOST) says where the server is, HEARTH_API_KEY\n"
                   "holds the key where it wants one.",
                   "hearth ps\n"
                   "HEARTH_HOST=gpu-box:11434 hearth ps --json");
  line.toggle("--json", "One JSON object a model", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({}, 0);
  const std::vector<RunningModel> models = ServerClient().running();
  if (as_json) {
    for (const RunningModel& model : models) standard_output().raw(to_json_text(model_json(model)) + "\n");
  } else if (models.empty()) {
    standard_output().text("no models are loaded; they load when they are first asked\n");
  } else {
    standard_output().text(table(models));
  }
  return kDone;
}

}  // namespace hearth::cli
