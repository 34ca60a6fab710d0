#include "runtime/benchmark/benchmark_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::int64_t kMostTokens = std::int64_t{1} << 31;  // any count; whether it fits the model is check_fits()'s
constexpr std::int64_t kMostBatch = 4096;
constexpr std::int64_t kMostRepeats = 10'000;
constexpr std::size_t kMostCases = 1000;

void check_values(const std::vector<std::int64_t>& values, const char* what, std::int64_t minimum,
                  std::int64_t maximum) {
  if (values.empty()) throw Error(ErrorCode::kInvalidArgument, fmt::format("{} has no values", what));
  for (const std::int64_t value : values) {
    if (value >= minimum && value <= maximum) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is {}; it must be from {} to {}", what, value, minimum, maximum));
  }
}

void check_fits(const BenchmarkCase& one, const TransformerSpec& spec, std::int64_t context) {
  const std::int64_t most = context == 0 ? spec.context_length : context;
  if (one.tokens() <= most) return;
  throw Error(ErrorCode::kContextLimit,
              fmt::format("{} needs a context of {} tokens; {} {}", one.name(), one.tokens(),
                          context == 0 ? "this model was made for" : "the context holds", most),
              context == 0 || context == spec.context_length ? "measure with fewer tokens or less depth"
                                                             : "leave the context out, or measure with fewer tokens");
}

std::vector<BenchmarkCase> generating(const BenchmarkPlan& plan) {
  std::vector<BenchmarkCase> cases;
  for (const std::int64_t depth : plan.depth) {
    for (const std::int64_t n : plan.n_prompt) {
      if (n > 0) cases.push_back({BenchmarkKind::kPrefill, n, 0, depth, 1});
    }
    for (const std::int64_t n : plan.n_gen) {
      for (const std::int64_t batch : plan.batch) {
        if (n > 0) cases.push_back({BenchmarkKind::kDecode, 0, n, depth, batch});
      }
    }
  }
  return cases;
}

std::vector<BenchmarkCase> embedding(const BenchmarkPlan& plan) {
  std::vector<BenchmarkCase> cases;
  for (const std::int64_t n : plan.n_prompt) {
    for (const std::int64_t batch : plan.batch) {
      if (n > 0) cases.push_back({BenchmarkKind::kEmbed, n, 0, 0, batch});
    }
  }
  return cases;
}

}  // namespace

std::string BenchmarkCase::name() const {
  const char* what = kind == BenchmarkKind::kPrefill ? "pp" : kind == BenchmarkKind::kDecode ? "tg" : "embed";
  const std::string name = fmt::format("{}{}", what, kind == BenchmarkKind::kDecode ? n_gen : n_prompt);
  return depth > 0 ? fmt::format("{}@d{}", name, depth) : name;
}

std::int64_t BenchmarkCase::tokens() const {
  switch (kind) {
    case BenchmarkKind::kPrefill: return depth + n_prompt;
    case BenchmarkKind::kDecode: return std::max<std::int64_t>(depth, 1) + n_gen;
    case BenchmarkKind::kEmbed: return n_prompt;
  }
  return 0;
}

std::vector<BenchmarkCase> benchmark_cases(const BenchmarkPlan& plan, const TransformerSpec& spec,
                                           std::int64_t context) {
  check_values(plan.n_prompt, "the number of prompt tokens", 0, kMostTokens);
  check_values(plan.n_gen, "the number of tokens to generate", 0, kMostTokens);
  check_values(plan.depth, "the depth", 0, kMostTokens);
  check_values(plan.batch, "the batch", 1, kMostBatch);
  check_values({plan.repeat}, "the number of repetitions", 1, kMostRepeats);
  if (plan.threads.empty()) throw Error(ErrorCode::kInvalidArgument, "the number of threads has no values");
  std::vector<BenchmarkCase> cases = spec.generates() ? generating(plan) : embedding(plan);
  if (cases.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "there is nothing to measure",
                spec.generates() ? "give a number of prompt tokens or of tokens to generate that is not 0"
                                 : "this is an embedding model: give a number of prompt tokens that is not 0");
  }
  if (cases.size() > kMostCases)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} tests; {} at most", cases.size(), kMostCases));
  for (const BenchmarkCase& one : cases) check_fits(one, spec, context);
  return cases;
}

}  // namespace hearth
