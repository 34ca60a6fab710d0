#include "load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace hearth::load {
namespace {

namespace json = boost::json;

/// Nearest rank: the least value that so many percent of all do not exceed.
double percentile(const std::vector<double>& sorted, double percent) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

json::object times(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const double sum = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  const double mean = seconds.empty() ? 0 : sum / static_cast<double>(seconds.size());
  constexpr double kMilliseconds = 1000;
  return {{"p50", kMilliseconds * percentile(seconds, 50)},
          {"p95", kMilliseconds * percentile(seconds, 95)},
          {"p99", kMilliseconds * percentile(seconds, 99)},
          {"mean", kMilliseconds * mean},
          {"count", seconds.size()}};
}

}  // namespace

json::object report_json(const RunResult& result) {
  std::vector<double> first, gaps, total;
  std::map<std::string, std::int64_t> problems;
  std::int64_t ok = 0, prompt = 0, generated = 0, cached = 0;
  for (const Measured& one : result.requests) {
    if (!one.ok) {
      ++problems[one.problem];
      continue;
    }
    ++ok;
    prompt += one.prompt_tokens;
    generated += one.generated_tokens;
    cached += one.cached_tokens;
    first.push_back(one.first_token);
    total.push_back(one.total);
    gaps.insert(gaps.end(), one.gaps.begin(), one.gaps.end());
  }
  json::object errors;
  for (const auto& [problem, count] : problems) errors[problem] = count;
  const auto per_second = [&result](std::int64_t count) {
    return result.seconds > 0 ? static_cast<double>(count) / result.seconds : 0;
  };
  return {{"requests", result.requests.size()},
          {"succeeded", ok},
          {"errors", std::move(errors)},
          {"seconds", result.seconds},
          {"prompt_tokens", prompt},
          {"cached_tokens", cached},
          {"generated_tokens", generated},
          {"requests_per_second", per_second(ok)},
          {"tokens_per_second", per_second(prompt + generated)},
          {"generated_tokens_per_second", per_second(generated)},
          {"first_token_ms", times(std::move(first))},
          {"token_gap_ms", times(std::move(gaps))},
          {"total_ms", times(std::move(total))}};
}

std::string report_text(const json::object& report) {
  const auto integer = [&](const char* key) { return report.at(key).to_number<std::int64_t>(); };
  const auto number = [&](const char* key) { return report.at(key).to_number<double>(); };
  std::string text =
      fmt::format("{} of {} requests in {:.1f} s: {:.2f} requests/s, {:.1f} tokens/s ({:.1f} generated)\n",
                  integer("succeeded"), integer("requests"), number("seconds"), number("requests_per_second"),
                  number("tokens_per_second"), number("generated_tokens_per_second"));
  text += fmt::format("{} prompt tokens ({} of them from the cache), {} generated\n", integer("prompt_tokens"),
                      integer("cached_tokens"), integer("generated_tokens"));
  text += fmt::format("{:<22}{:>10}{:>10}{:>10}{:>10}\n", "ms", "p50", "p95", "p99", "mean");
  for (const auto& [key, name] : {std::pair("first_token_ms", "time to first token"),
                                  std::pair("token_gap_ms", "between tokens"), std::pair("total_ms", "whole answer")}) {
    const json::object& of = report.at(key).as_object();
    text += fmt::format("{:<22}{:>10.1f}{:>10.1f}{:>10.1f}{:>10.1f}\n", name, of.at("p50").to_number<double>(),
                        of.at("p95").to_number<double>(), of.at("p99").to_number<double>(),
                        of.at("mean").to_number<double>());
  }
  for (const auto& [problem, count] : report.at("errors").as_object())
    text += fmt::format("{} × {}\n", count.to_number<std::int64_t>(), std::string_view(problem));
  return text;
}

}  // namespace hearth::load
