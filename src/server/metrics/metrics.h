// What the server measures about itself, in Prometheus's text format. It stores no prompts, keys or addresses, and its
// labels come from fixed sets: routes, statuses and models that exist.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/metrics/metric_totals.h"

namespace hearth {

/// Of one loaded model, asked for when somebody reads the metrics. The counters count since it was loaded.
struct ModelGauges {
  std::string model;
  std::int64_t waiting = 0, running = 0;
  std::uint64_t weight_bytes = 0, kv_bytes = 0, kv_limit_bytes = 0, scratch_bytes = 0;
  std::int64_t cached_prefix_tokens = 0;
  std::uint64_t preemptions = 0, steps = 0;
  std::uint64_t drafted_tokens = 0, accepted_tokens = 0;
};

/// One finished generation.
struct GenerationRecord {
  std::string model;
  std::string outcome;              ///< "stop", "length", "tool_calls", "cancelled", "error"
  std::uint64_t prompt_tokens = 0;  ///< all of the prompt
  std::uint64_t reused_tokens = 0;  ///< of them from the prefix cache
  std::uint64_t generated_tokens = 0;
  double queue_seconds = 0;        ///< until it was admitted
  double first_token_seconds = 0;  ///< from the request's arrival; 0: there was no token
  double total_seconds = 0;        ///< from the request's arrival
};

/// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// `route`: the pattern; "" is counted as "other".
  void count_request(std::string_view method, std::string_view route, int status, double seconds);
  void observe(const GenerationRecord& generation);
  /// Of texts that were embedded (also to be ranked): they count like those of prompts.
  void count_embedded_tokens(std::string_view model, std::uint64_t tokens);
  /// Between two tokens of one answer. Cheap: may be called for each token.
  void observe_inter_token(std::string_view model, double seconds);
  void observe_load(std::string_view model, double seconds, bool loaded);
  void count_unload(std::string_view model, std::string_view why);  ///< as ModelEvent::reason

  /// Called by text(), on its thread.
  void set_model_provider(std::function<std::vector<ModelGauges>()> provider);
  /// A gauge or counter of the whole process, read by text(). `name` as in Prometheus: "hearth_connections".
  void add_gauge(const std::string& name, const std::string& help, std::function<double()> read);

  MetricTotals totals() const;
  /// For GET /metrics.
  std::string text() const;
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth
