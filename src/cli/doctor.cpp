#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/model_report.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"
#include "hearth/hub.h"
#include "hearth/model.h"
#include "hearth/system.h"

namespace hearth::cli {
namespace {

/// What running a model here would take.
struct Fit {
  ModelInfo info;
  std::int64_t context = 0;
  MemoryNeed need;
  bool fits = false;
};

Fit check_fit(const std::string& path, const ModelOptions& options, const SystemReport& system) {
  Fit fit;
  fit.info = hearth::inspect(locate_model(path)).info;
  fit.context = options.context > 0 ? options.context : usual_context(fit.info);
  fit.need = memory_need(fit.info, fit.context, options.kv_type);
  fit.fits = fit.need.total() <= system.memory_available;
  return fit;
}

std::string row(std::string_view name, std::string_view value) {
  return fmt::format("{:<16}{}\n", name, one_line(value));
}

std::string present(const std::string& path) {
  std::error_code ignored;
  return path + (std::filesystem::exists(path, ignored) ? "" : " (not there yet)");
}

std::string machine_lines(const SystemReport& system) {
  std::string text = row("hearth", system.version);
  text += row("cpu", fmt::format("{}, {} cores", system.cpu, system.cores));
  text += row("cpu features", system.cpu_features.empty() ? "none that Hearth uses"
                                                          : fmt::format("{}", fmt::join(system.cpu_features, " ")));
  text += row("kernels", fmt::format("{} (of {})", system.kernels, fmt::join(system.kernels_available, ", ")));
  text += row("threads", fmt::format("{}", system.default_threads));
  text += row("memory", fmt::format("{} available of {}", human_bytes(system.memory_available),
                                    human_bytes(system.memory_total)));
  return text;
}

/// "3.1 GiB of packed weights in 2 files, 1.2 GiB of half-written ones"
std::string packed_amounts(const PackedReport& packed) {
  std::string text = fmt::format("{} of packed weights in {} {}", human_bytes(packed.bytes), packed.files,
                                 packed.files == 1 ? "file" : "files");
  if (packed.writing_bytes > 0) text += fmt::format(", {} being written", human_bytes(packed.writing_bytes));
  if (packed.abandoned_bytes > 0) {
    text += fmt::format(", {} half-written by a process that ended", human_bytes(packed.abandoned_bytes));
  }
  return text;
}

std::string packed_text(const PackedReport& packed) {
  return fmt::format("{} ({})", packed.folder, packed_amounts(packed));
}

std::string file_lines(const Paths& files, const std::optional<Setting>& model) {
  std::string text = row("config", present(files.config_file));
  text += row("data", present(files.data_folder));
  text += row("packed", packed_text(packed_weights()));
  text += row("models", present(files.hub_folder));
  text += row("own models", present(files.models_folder));
  text += row("default model", model ? fmt::format("{} ({})", model->value, model->origin) : "none yet");
  return text;
}

std::string fit_lines(const Fit& fit, const SystemReport& system) {
  std::string text = row("model", fmt::format("{} ({}, {} parameters)", fit.info.path, fit.info.architecture,
                                              human_count(fit.info.parameters)));
  text += row("needs", fmt::format("{} at {} tokens", memory_text(fit.need), fit.context));
  if (fit.fits) {
    text += row("verdict", "fits");
  } else {
    text += row("verdict", fmt::format("does not fit: {} more than is available; a smaller --ctx, --kv-type q8 or a "
                                       "more quantised file needs less",
                                       human_bytes(fit.need.total() - system.memory_available)));
  }
  return text;
}

json::array strings(const std::vector<std::string>& values) {
  json::array array;
  for (const std::string& value : values) array.push_back(json_string(value));
  return array;
}

json::object packed_json(const PackedReport& packed) {
  return {{"folder", json_string(packed.folder)},
          {"files", packed.files},
          {"bytes", packed.bytes},
          {"writing_bytes", packed.writing_bytes},
          {"abandoned_bytes", packed.abandoned_bytes}};
}

json::object as_json_object(const SystemReport& system, const Paths& files, const std::optional<Setting>& model,
                            const std::optional<Fit>& fit) {
  json::object object = {
      {"version", json_string(system.version)},
      {"cpu", json_string(system.cpu)},
      {"cores", system.cores},
      {"default_threads", system.default_threads},
      {"cpu_features", strings(system.cpu_features)},
      {"kernels", json_string(system.kernels)},
      {"kernels_available", strings(system.kernels_available)},
      {"memory_total", system.memory_total},
      {"memory_available", system.memory_available},
      {"config_file", json_string(files.config_file)},
      {"data_folder", json_string(files.data_folder)},
      {"packed_weights", packed_json(packed_weights())},
      {"models_folder", json_string(files.models_folder)},
      {"hub_folder", json_string(files.hub_folder)},
      {"default_model", nullptr},
  };
  if (model) {
    object["default_model"] = {{"path", json_string(model->value)}, {"origin", json_string(model->origin)}};
  }
  if (fit) {
    object["model"] = {{"path", json_string(fit->info.path)},
                       {"architecture", json_string(fit->info.architecture)},
                       {"memory", memory_json(fit->need, fit->context)},
                       {"fits", fit->fits}};
  }
  return object;
}

}  // namespace

int doctor_verb(const Arguments& arguments) {
  bool as_json = false;
  bool clear_packed = false;
  ModelFlags flags;
  CommandLine line("doctor", "[MODEL]",
                   "Tells what this machine offers, where Hearth keeps its files, and whether MODEL would fit.\n"
                   "The exit status is 1 when it would not.",
                   "hearth doctor\n"
                   "hearth doctor model.gguf --ctx 32768\n"
                   "hearth doctor --clear-packed");
  line.toggle("--clear-packed", "Remove the packed copies of weights; they are made again when needed", clear_packed);
  line.toggle("--json", "One JSON object", as_json);
  flags.add_memory_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL"}, 0);

  if (clear_packed) {
    const PackedReport removed = clear_packed_weights();
    standard_output().raw(as_json ? to_json_text({{"removed", packed_json(removed)}}) + "\n"
                                  : fmt::format("removed {}\n", packed_amounts(removed)));
    return kDone;
  }

  const SystemReport system = system_report();
  const Paths files = paths();
  const auto model = default_model();
  std::optional<Fit> fit;
  if (!line.words().empty()) {
    fit = check_fit(line.words()[0], model_options(hearth::settings(flags.given())), system);
  }
  if (as_json) {
    standard_output().raw(to_json_text(as_json_object(system, files, model, fit)) + "\n");
  } else {
    standard_output().text(machine_lines(system) + "\n" + file_lines(files, model));
    if (fit) standard_output().text("\n" + fit_lines(*fit, system));
  }
  return fit && !fit->fits ? kFailed : kDone;
}

}  // namespace hearth::cli
