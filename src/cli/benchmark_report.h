// What a benchmark found, as a table for people, as Markdown and as JSON.
#pragma once

#include <string>

#include "base/json.h"
#include "hearth/benchmark.h"
#include "hearth/system.h"

namespace hearth::cli {

/// Model, machine and limits, a line each.
std::string benchmark_heading(const BenchmarkReport& report, const SystemReport& system);
/// The table's head and one of its rows; the columns fit together.
std::string benchmark_head();
std::string benchmark_row(const BenchmarkResult& result);

std::string benchmark_markdown(const BenchmarkReport& report, const SystemReport& system);
json::object benchmark_json(const BenchmarkReport& report, const SystemReport& system);

}  // namespace hearth::cli
