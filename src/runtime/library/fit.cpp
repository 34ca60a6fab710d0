// Whether a model fits into this machine, and how fast it would answer.
#include <fmt/format.h>

#include <algorithm>

#include "hearth/error.h"
#include "hearth/system.h"
#include "hub/catalog/quantization_label.h"
#include "hub/quantize/file_size.h"
#include "runtime/library/fit.h"

namespace hearth {
namespace {

constexpr std::int64_t kUsualContext = 8192;
/// Share of the memory's bandwidth that making an answer reaches (docs/internals/kernels.md; the figures in README.md
/// come to 0.9).
constexpr double kReached = 0.85;

double speed(const FitReport& report, double bandwidth, bool is_encoder) {
  if (is_encoder || bandwidth <= 0) return 0;
  // Each token reads all weights, and of the cache what is filled: half of it in the middle of its life.
  const double bytes = static_cast<double>(report.need.weights) + static_cast<double>(report.need.kv_cache) / 2;
  return bytes > 0 ? kReached * bandwidth / bytes : 0;
}

std::int64_t context_of(std::int64_t asked, std::int64_t trained) {
  return asked > 0 ? asked : std::min(kUsualContext, std::max<std::int64_t>(trained, 1));
}

}  // namespace

FitReport fit_of_entry(const CatalogEntry& entry, const std::string& quantization, std::int64_t context,
                       std::uint64_t memory, double bandwidth) {
  std::vector<ModelFiles> choices;
  std::vector<std::string> names = entry.quantizations;
  if (names.empty()) names = {entry.dtype};
  if (!quantization.empty()) names = {quantization};
  for (const std::string& name : names) {
    const QuantizationLabel* label = find_quantization_label(name);
    const std::uint64_t bytes = label == nullptr ? 0 : weight_bytes_of(entry, label->name);
    if (bytes == 0) continue;
    choices.push_back({true, std::string(label->name), {std::string(label->name)}, bytes, bytes});
  }
  const auto shape_known = choices.empty() ? std::nullopt : shape_of(entry, choices[0].bytes, choices[0].quantization);
  if (!shape_known) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the catalog does not say how large it is", entry.full_name()),
                fmt::format("'hearth pull --dry-run {}' asks the hub", entry.full_name()));
  }
  FitReport report;
  report.name = entry.full_name();
  report.context = context_of(context, entry.context);
  report.memory_available = memory;
  const Choice choice = choose_quantization(
      choices, memory, [&](const ModelFiles& model) { return memory_for(&entry, model.weight_bytes, report.context); });
  const ModelFiles& chosen = choices[choice.index];
  const ModelInfo shape = *shape_of(entry, chosen.weight_bytes, chosen.quantization);
  report.quantization = chosen.quantization;
  report.need = memory_need(shape, report.context);
  report.fits = report.need.total() <= memory;
  report.tokens_per_second = speed(report, bandwidth, shape.is_encoder);
  return report;
}

FitReport fit_of_file(const StoredModel& model, std::int64_t context, std::uint64_t memory, double bandwidth) {
  const FileReport file = inspect(model.path.string());
  if (!file.problem.empty()) throw Error(ErrorCode::kUnsupported, file.problem);
  FitReport report;
  report.name = model.name;
  report.quantization = model.quantization;
  report.is_local = true;
  report.is_estimate = false;
  report.context = context_of(context, file.info.context_length);
  report.need = memory_need(file.info, report.context);
  report.memory_available = memory;
  report.fits = report.need.total() <= memory;
  report.tokens_per_second = speed(report, bandwidth, file.info.is_encoder);
  return report;
}

FitReport check_fit(const std::string& name, std::int64_t context) {
  const Library library;
  const std::uint64_t memory = system_report().memory_available;
  if (auto model = library.find(name)) {
    if (model->quantization.empty()) look_into(*model);
    return fit_of_file(*model, context, memory, measure_memory_bandwidth());
  }
  const ResolvedName resolved = library.resolve(name);
  if (resolved.catalog.entry == nullptr) {
    std::string hint = resolved.repository.empty() ? library.near_names_hint(name)
                                                   : fmt::format("'hearth pull --dry-run {}' asks the hub", name);
    if (hint.empty()) hint = "'hearth search' lists the names";
    throw Error(ErrorCode::kNotFound, fmt::format("{} is neither on this disk nor in the catalog", name),
                std::move(hint));
  }
  FitReport report =
      fit_of_entry(*resolved.catalog.entry, resolved.quantization, context, memory, measure_memory_bandwidth());
  const std::vector<std::string>& purposes = resolved.catalog.entry->purposes;
  if (std::find(purposes.begin(), purposes.end(), "embed") != purposes.end())
    report.tokens_per_second = 0;  // no answers
  return report;
}

}  // namespace hearth
