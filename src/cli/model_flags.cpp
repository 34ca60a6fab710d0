#include "cli/model_flags.h"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/notice.h"
#include "cli/numbers.h"
#include "hearth/hub.h"

namespace hearth::cli {

void ModelFlags::add_memory_to(CommandLine& line) {
  line.heading("Model");
  line.integer("--ctx,--context", "N", "Tokens that prompt and answer may hold together", context_, 0);
  line.value("--kv-type", "TYPE", "Numbers of the KV cache: auto, f32, f16, bf16, q8", kv_type_);
}

void ModelFlags::add_to(CommandLine& line) {
  add_without_threads_to(line);
  line.integer("--threads", "N", "Threads that compute (0: one per core)", threads_, 0, 1024);
  line.toggle("--no-speculation", "Do not guess tokens from what was said before; the answers are the same",
              no_speculation_);
}

void ModelFlags::add_without_threads_to(CommandLine& line) {
  add_memory_to(line);
  line.toggle("--exact", "Reference quality for quantised weights; slower", exact_);
  line.toggle("--no-pack", "Use weights as they are in the file; slower", no_pack_);
}

std::vector<std::pair<std::string, std::string>> ModelFlags::given() const {
  std::vector<std::pair<std::string, std::string>> flags;
  if (threads_) flags.emplace_back("threads", fmt::format("{}", *threads_));
  if (context_) flags.emplace_back("context", fmt::format("{}", *context_));
  if (kv_type_) flags.emplace_back("kv_type", *kv_type_);
  if (exact_) flags.emplace_back("exact", "true");
  if (no_pack_) flags.emplace_back("pack", "false");
  if (no_speculation_) flags.emplace_back("speculation", "false");
  return flags;
}

std::string setting_value(const std::vector<Setting>& settings, const std::string& name) {
  const auto setting = find_setting(settings, name);
  return setting ? setting->value : "";
}

ModelOptions model_options(const std::vector<Setting>& settings) {
  ModelOptions options;
  options.threads = static_cast<int>(parse_integer(setting_value(settings, "threads"), "threads"));
  options.context = parse_integer(setting_value(settings, "context"), "context");
  options.kv_type = setting_value(settings, "kv_type");
  options.exact = parse_boolean(setting_value(settings, "exact"), "exact");
  options.pack = parse_boolean(setting_value(settings, "pack"), "pack");
  options.packed_gib = parse_integer(setting_value(settings, "packed_gib"), "packed_gib");
  options.on_problem = [](std::string_view line) { dim_notice(fmt::format("note: {}", line)); };
  options.speculation = parse_boolean(setting_value(settings, "speculation"), "speculation");
  return options;
}

void use_cpu_setting(const std::vector<Setting>& settings) {
  const std::string cpu = setting_value(settings, "cpu");
  if (!cpu.empty()) ::setenv("HEARTH_CPU", cpu.c_str(), 1);
}

Model load_model(const std::string& name, const std::vector<Setting>& settings) {
  use_cpu_setting(settings);
  const std::string path = locate_model(name);
  Model model = Model::load(path, model_options(settings));
  note_model_used(path);
  return model;
}

Model load_generator(const std::string& name, const std::vector<Setting>& settings) {
  const std::string path = locate_model(name);
  Model model = load_model(path, settings);
  if (model.info().is_encoder) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: this model turns text into vectors and generates none", path),
                "use 'hearth embed' with it");
  }
  try {
    remember_model(path);
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a convenience for the next time is no reason to fail now
  }
  return model;
}

}  // namespace hearth::cli
