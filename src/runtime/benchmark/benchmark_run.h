// Runs one test of a benchmark on an engine and takes the time.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/engine.h"
#include "runtime/benchmark/benchmark_case.h"

namespace hearth {

/// Keeps the engine's kept prefixes between its runs, so that the tokens of a depth are read once. Not thread-safe.
class BenchmarkRun {
 public:
  /// The engine must outlive it and have room for the test; it should keep as many tokens as `kept_tokens` says.
  /// `cancel` may be null.
  BenchmarkRun(Engine& engine, const BenchmarkCase& test, const std::atomic<bool>* cancel);

  /// Tokens per second of one run. The first one also reads what the others take from the cache, and warms up. Errors:
  /// kCancelled, and what fails in the engine.
  double measure();

  /// Tokens that the engine should keep for later runs.
  static std::int64_t kept_tokens(const BenchmarkCase& test);

 private:
  double measure_prefill();
  double measure_decode();
  double measure_embed();
  std::vector<TokenId> random_tokens(std::int64_t n);
  SequenceRequest request(std::vector<TokenId> prompt, std::int64_t max_tokens) const;
  /// Ends the sequences, all of them, and throws the first failure among them.
  void finish(std::vector<Sequence*>& sequences);
  [[noreturn]] static void throw_cancelled();

  Engine& engine_;
  BenchmarkCase test_;
  const std::atomic<bool>* cancel_;
  std::uint64_t random_ = 1;
  std::vector<std::vector<TokenId>> before_;  ///< of each sequence: the tokens of the depth
};

}  // namespace hearth
