#include "hearth/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "engine/engine.h"
#include "hearth/hub.h"
#include "kernels/arithmetic_limit.h"
#include "runtime/benchmark/benchmark_case.h"
#include "runtime/benchmark/benchmark_run.h"
#include "runtime/benchmark/model_work.h"
#include "runtime/load_options.h"
#include "runtime/model_info.h"
#include "runtime/system_report_memory.h"

namespace hearth {
namespace {

using Clock = std::chrono::steady_clock;

BenchmarkRate summary(std::vector<double> rates) {
  std::sort(rates.begin(), rates.end());
  const std::size_t half = rates.size() / 2;
  return {rates.front(), rates.size() % 2 == 1 ? rates[half] : (rates[half - 1] + rates[half]) / 2, rates.back()};
}

/// The type that most of the work is done in.
DType main_dtype(const LoadedModel& model) { return model.weights.layers.front().q.weight.dtype; }

class Benchmark {
 public:
  Benchmark(std::shared_ptr<const LoadedModel> model, const ModelOptions& options, const BenchmarkPlan& plan,
            const BenchmarkEvents& events)
      : model_(std::move(model)),
        options_(options),
        plan_(plan),
        events_(events),
        cases_(benchmark_cases(plan, model_->spec, options.context)) {
    options_.speculation = false;
    if (options_.context == 0) {
      for (const BenchmarkCase& one : cases_) options_.context = std::max(options_.context, one.tokens());
      options_.context = std::max<std::int64_t>(options_.context, 2);
    }
    for (const BenchmarkCase& one : cases_)
      engine_limits_.max_kept_tokens = std::max(engine_limits_.max_kept_tokens, BenchmarkRun::kept_tokens(one));
  }

  BenchmarkReport run(Clock::time_point started) {
    report_.model = describe(*model_);
    report_.context = options_.context;
    report_.kv_type = kv_type_name(choose_kv_type(*model_, options_));
    for (std::size_t i = 0; i < plan_.threads.size(); ++i) {
      options_.threads = plan_.threads[i];
      Engine engine(model_, options_, engine_limits_);
      if (i == 0) report_.load_seconds = std::chrono::duration<double>(Clock::now() - started).count();
      report_.limits.push_back(measure_limits());
      if (i == 0 && events_.on_loaded) events_.on_loaded(report_);
      for (const BenchmarkCase& test : cases_) run(engine, test);
    }
    return std::move(report_);
  }

 private:
  void tell(const std::string& doing) const {
    if (events_.on_progress) events_.on_progress(doing);
  }

  MachineLimits measure_limits() const {
    tell("the machine's limits");
    ThreadPool pool(options_.threads);
    KernelContext kernels{pool, kernel_table()};
    const bool bytes = is_quantized(main_dtype(*model_)) && !options_.exact;
    MachineLimits limits;
    limits.threads = pool.size();
    limits.read_bytes_per_second = measure_memory_bandwidth(pool.size());
    limits.operations_per_second = measure_arithmetic_limit(bytes ? Arithmetic::kBytes : Arithmetic::kFloats, kernels);
    limits.operations = bytes ? "int8" : "float32";
    return limits;
  }

  void run(Engine& engine, const BenchmarkCase& test) {
    BenchmarkRun run(engine, test, plan_.cancel);
    std::vector<double> rates;
    tell(fmt::format("{}, warming up", test.name()));
    run.measure();
    for (std::int64_t i = 0; i < plan_.repeat; ++i) {
      tell(fmt::format("{}, {} of {}", test.name(), i + 1, plan_.repeat));
      rates.push_back(run.measure());
    }
    report_.results.push_back(result(test, summary(std::move(rates))));
    // The next test's memory shall be its own.
    engine.drop_caches();
    if (events_.on_result) events_.on_result(report_.results.back());
  }

  BenchmarkResult result(const BenchmarkCase& test, const BenchmarkRate& rate) const {
    const MachineLimits& limits = report_.limits.back();
    BenchmarkResult result;
    result.test = test.name();
    result.n_prompt = test.n_prompt;
    result.n_gen = test.n_gen;
    result.depth = test.depth;
    result.batch = test.batch;
    result.threads = limits.threads;
    result.tokens_per_second = rate;
    const DType kv_dtype = choose_kv_type(*model_, options_);
    if (test.kind == BenchmarkKind::kDecode) {
      const double seconds = static_cast<double>(test.batch * test.n_gen) / rate.median;
      result.bandwidth_share =
          bytes_to_read(test, model_->spec, model_->weights, kv_dtype) / seconds / limits.read_bytes_per_second;
    } else {
      const double seconds = static_cast<double>(test.batch * test.n_prompt) / rate.median;
      result.arithmetic_share =
          operations_to_do(test, model_->spec, model_->weights) / seconds / limits.operations_per_second;
    }
    result.kv_bytes =
        static_cast<std::uint64_t>(test.batch) * kv_page_bytes(model_->spec, kv_dtype) * kv_pages_for(test.tokens());
    result.resident_bytes = resident_memory();
    return result;
  }

  std::shared_ptr<const LoadedModel> model_;
  ModelOptions options_;
  EngineLimits engine_limits_;
  const BenchmarkPlan& plan_;
  const BenchmarkEvents& events_;
  std::vector<BenchmarkCase> cases_;
  BenchmarkReport report_;
};

}  // namespace

BenchmarkReport benchmark(const std::string& path, const ModelOptions& options, const BenchmarkPlan& plan,
                          const BenchmarkEvents& events) {
  const auto started = Clock::now();
  auto model = std::make_shared<const LoadedModel>(load_model(path, load_options(options)));
  return Benchmark(std::move(model), options, plan, events).run(started);
}

}  // namespace hearth
