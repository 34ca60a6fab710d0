#include "cli/benchmark_report.h"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "cli/human.h"
#include "cli/json_text.h"

namespace hearth::cli {
namespace {

struct Column {
  const char* heading;
  std::size_t width;
  std::string (*cell)(const BenchmarkResult&);
};

std::string share(const std::optional<double>& value) { return value ? human_percent(*value) : "-"; }

const Column kColumns[] = {
    {"test", 16, [](const BenchmarkResult& r) { return r.test; }},
    {"batch", 6, [](const BenchmarkResult& r) { return fmt::format("{}", r.batch); }},
    {"threads", 8, [](const BenchmarkResult& r) { return fmt::format("{}", r.threads); }},
    {"tokens/s", 10, [](const BenchmarkResult& r) { return human_rate(r.tokens_per_second.median); }},
    {"min", 8, [](const BenchmarkResult& r) { return human_rate(r.tokens_per_second.min); }},
    {"max", 8, [](const BenchmarkResult& r) { return human_rate(r.tokens_per_second.max); }},
    {"of memory", 10, [](const BenchmarkResult& r) { return share(r.bandwidth_share); }},
    {"of compute", 11, [](const BenchmarkResult& r) { return share(r.arithmetic_share); }},
    {"KV cache", 10, [](const BenchmarkResult& r) { return human_bytes(r.kv_bytes); }},
    {"resident", 10, [](const BenchmarkResult& r) { return human_bytes(r.resident_bytes); }},
};

std::string file_name(const std::string& path) {
  const std::filesystem::path whole(path);
  return (whole.has_filename() ? whole.filename() : whole.parent_path().filename()).string();
}

std::string main_dtype(const ModelInfo& info) { return info.dtypes.empty() ? "" : info.dtypes.front().dtype; }

std::string model_text(const BenchmarkReport& report) {
  const ModelInfo& info = report.model;
  return fmt::format("{}, {} parameters, {}, {}, loaded in {:.3f} s, context {}, KV cache {}", file_name(info.path),
                     human_count(info.parameters), main_dtype(info), human_bytes(info.file_bytes), report.load_seconds,
                     report.context, report.kv_type);
}

std::string machine_text(const SystemReport& system) {
  return fmt::format("{}, {} cores, kernels {}, {} memory, Hearth {}", system.cpu, system.cores, system.kernels,
                     human_bytes(system.memory_total), system.version);
}

std::string limits_text(const MachineLimits& limits) {
  return fmt::format("{} threads read {:.1f} GB/s and compute {:.0f} G{} operations/s", limits.threads,
                     limits.read_bytes_per_second * 1e-9, limits.operations_per_second * 1e-9, limits.operations);
}

json::value optional_number(const std::optional<double>& value) { return value ? json::value(*value) : nullptr; }

json::object result_json(const BenchmarkReport& report, const BenchmarkResult& result) {
  const BenchmarkRate& rate = result.tokens_per_second;
  json::object object = {
      {"test", result.test},
      {"n_prompt", result.n_prompt},
      {"n_gen", result.n_gen},
      {"depth", result.depth},
      {"batch", result.batch},
      {"threads", result.threads},
      {"tokens_per_second", {{"min", rate.min}, {"median", rate.median}, {"max", rate.max}}},
      {"bandwidth_share", optional_number(result.bandwidth_share)},
      {"arithmetic_share", optional_number(result.arithmetic_share)},
      {"kv_bytes", result.kv_bytes},
      {"resident_bytes", result.resident_bytes},
  };
  if (report.model.is_encoder && result.n_prompt > 0) {
    const auto n = static_cast<double>(result.n_prompt);
    object["texts_per_second"] = {{"min", rate.min / n}, {"median", rate.median / n}, {"max", rate.max / n}};
  }
  return object;
}

}  // namespace

std::string benchmark_heading(const BenchmarkReport& report, const SystemReport& system) {
  std::string text = fmt::format("model    {}\nmachine  {}\n", model_text(report), machine_text(system));
  for (const MachineLimits& limits : report.limits) text += fmt::format("limits   {}\n", limits_text(limits));
  return text;
}

std::string benchmark_head() {
  std::string text;
  for (const Column& column : kColumns) {
    text += &column == kColumns ? fmt::format("{:<{}}", column.heading, column.width)
                                : fmt::format("{:>{}}", column.heading, column.width);
  }
  return text + "\n";
}

std::string benchmark_row(const BenchmarkResult& result) {
  std::string text;
  for (const Column& column : kColumns) {
    text += &column == kColumns ? fmt::format("{:<{}}", column.cell(result), column.width)
                                : fmt::format(" {:>{}}", column.cell(result), column.width - 1);
  }
  return text + "\n";
}

std::string benchmark_markdown(const BenchmarkReport& report, const SystemReport& system) {
  std::string text = fmt::format("{}\\\n{}", model_text(report), machine_text(system));
  for (const MachineLimits& limits : report.limits) text += fmt::format("\\\n{}", limits_text(limits));
  text += "\n\n|";
  for (const Column& column : kColumns) text += fmt::format(" {} |", column.heading);
  text += "\n|---|";
  for (std::size_t i = 1; i < std::size(kColumns); ++i) text += "--:|";
  text += "\n";
  for (const BenchmarkResult& result : report.results) {
    text += "|";
    for (const Column& column : kColumns) text += fmt::format(" {} |", column.cell(result));
    text += "\n";
  }
  return text;
}

json::object benchmark_json(const BenchmarkReport& report, const SystemReport& system) {
  const ModelInfo& info = report.model;
  json::array limits, results;
  for (const MachineLimits& each : report.limits) {
    limits.push_back({{"threads", each.threads},
                      {"read_bytes_per_second", each.read_bytes_per_second},
                      {"operations_per_second", each.operations_per_second},
                      {"operations", each.operations}});
  }
  for (const BenchmarkResult& each : report.results) results.push_back(result_json(report, each));
  return {
      {"model",
       {{"name", json_string(info.name)},
        {"file", json_string(file_name(info.path))},
        {"path", json_string(info.path)},
        {"format", json_string(info.format)},
        {"architecture", json_string(info.architecture)},
        {"dtype", json_string(main_dtype(info))},
        {"parameters", info.parameters},
        {"bytes", info.file_bytes},
        {"is_encoder", info.is_encoder},
        {"context", report.context},
        {"kv_type", report.kv_type},
        {"load_seconds", report.load_seconds}}},
      {"machine",
       {{"cpu", json_string(system.cpu)},
        {"cores", system.cores},
        {"kernels", json_string(system.kernels)},
        {"memory", system.memory_total},
        {"hearth", json_string(system.version)},
        {"limits", std::move(limits)}}},
      {"results", std::move(results)},
  };
}

}  // namespace hearth::cli
