// How fast a model runs on this machine: reading prompts, writing answers, several at once, and how near that is to
// what the machine can do. It measures the engine as requests use it, without text, templates and speculation.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/model.h"

namespace hearth {

/// What to measure. Each combination is a test; of an embedding model `n_prompt` is the length of the texts, `batch`
/// how many there are, and the others are not used.
struct BenchmarkPlan {
  std::vector<std::int64_t> n_prompt = {512};  ///< tokens of a prompt that is read; 0: that is not measured
  std::vector<std::int64_t> n_gen = {128};     ///< tokens of an answer, one after the other; 0: that is not measured
  std::vector<std::int64_t> depth = {0};       ///< tokens that were read before
  std::vector<std::int64_t> batch = {1};       ///< answers written together
  std::vector<int> threads = {0};              ///< 0: one per core
  std::int64_t repeat = 5;                     ///< measurements of each test, after one that does not count
  const std::atomic<bool>* cancel =
      nullptr;  ///< set to true (from any thread or signal handler) to end with kCancelled
};

struct BenchmarkRate {
  double min = 0, median = 0, max = 0;
};

struct BenchmarkResult {
  std::string test;  ///< "pp512", "tg128", "pp512@d4096", "embed512"
  std::int64_t n_prompt = 0, n_gen = 0, depth = 0, batch = 1;
  int threads = 1;
  BenchmarkRate tokens_per_second;  ///< of all sequences together
  /// Of what the machine can do, by the median: bytes that answers read from memory, operations that prompts need.
  std::optional<double> bandwidth_share, arithmetic_share;
  std::uint64_t kv_bytes = 0;        ///< keys and values of the sequences at their end
  std::uint64_t resident_bytes = 0;  ///< of the whole process behind the test; 0: not known
};

/// What the machine can do with so many threads.
struct MachineLimits {
  int threads = 1;
  double read_bytes_per_second = 0;
  double operations_per_second = 0;  ///< products and sums, of the kind below
  std::string operations;            ///< "int8" or "float32": what the model's weights are multiplied in
};

struct BenchmarkReport {
  ModelInfo model;
  std::int64_t context = 0;           ///< tokens that a sequence could hold
  std::string kv_type;                ///< "f16" …
  double load_seconds = 0;            ///< until the first request could be taken
  std::vector<MachineLimits> limits;  ///< for each number of threads
  std::vector<BenchmarkResult> results;
};

/// Who waits is told. All may be empty.
struct BenchmarkEvents {
  std::function<void(std::string_view doing)> on_progress;  ///< "pp512, 2 of 5"
  std::function<void(const BenchmarkReport&)> on_loaded;    ///< model and limits are known
  std::function<void(const BenchmarkResult&)> on_result;    ///< a test is done
};

/// Loads the model and measures. `options.threads` is not used; a context of 0 is the one that the tests need. Errors:
/// as Model::load; kInvalidArgument for a plan that asks for nothing, or for what the model cannot do; kContextLimit
/// for tests that do not fit the context; kCancelled.
BenchmarkReport benchmark(const std::string& path, const ModelOptions& options, const BenchmarkPlan& plan,
                          const BenchmarkEvents& events = {});

}  // namespace hearth
