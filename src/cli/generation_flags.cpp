#include "cli/generation_flags.h"

namespace hearth::cli {

void GenerationFlags::add_to(CommandLine& line) {
  line.heading("Answer");
  for (const Parameter& parameter : generation_parameters()) {
    const std::string flags(parameter.flags), type(parameter.type), help(parameter.help);
    switch (parameter.kind) {
      case ParameterKind::kValue: line.value(flags, type, help, values_[parameter.name]); break;
      case ParameterKind::kToggle: line.toggle(flags, help, toggles_[parameter.name]); break;
      case ParameterKind::kList: line.values(flags, type, help, lists_[parameter.name]); break;
    }
  }
}

void GenerationFlags::apply(GenerationParams& params) const {
  for (const Parameter& parameter : generation_parameters()) {
    const std::string_view longest = parameter.flags.substr(parameter.flags.rfind(',') + 1);
    if (const auto value = values_.find(parameter.name); value != values_.end() && value->second) {
      parameter.set(params, longest, *value->second);
    }
    if (const auto toggle = toggles_.find(parameter.name); toggle != toggles_.end() && toggle->second) {
      parameter.set(params, longest, "on");
    }
    if (const auto list = lists_.find(parameter.name); list != lists_.end() && !list->second.empty()) {
      GenerationParams empty;
      empty.dry_sequence_breakers.clear();
      parameter.copy(params, empty);
      for (const std::string& entry : list->second) parameter.set(params, longest, entry);
    }
  }
}

void GenerationFlags::check() const {
  GenerationParams params;
  apply(params);
  check_params(params);
}

GenerationParams GenerationFlags::resolve(const SamplingParams& model_defaults,
                                          const std::vector<Setting>& settings) const {
  GenerationParams params(model_defaults);
  for (const Setting& setting : settings) {
    const Parameter* parameter = find_parameter(setting.name);
    if (parameter != nullptr && !setting.value.empty()) parameter->set(params, parameter->name, setting.value);
  }
  apply(params);
  check_params(params);
  return params;
}

}  // namespace hearth::cli
