#include "server/dashboard.h"

#include <cmath>
#include <utility>

#include "base/resident_memory.h"
#include "hearth/system.h"

namespace hearth {
namespace {

std::int64_t unix_ms(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

json::value or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object distribution_json(const Distribution& distribution) {
  json::array buckets;
  for (const Distribution::Bucket& bucket : distribution.buckets) {
    // JSON has no infinity.
    const json::value le = std::isfinite(bucket.le) ? json::value(bucket.le) : json::value(nullptr);
    buckets.push_back({{"le", le}, {"count", bucket.count}});
  }
  return {{"buckets", std::move(buckets)}, {"count", distribution.count}, {"sum", distribution.sum}};
}

json::object problem_json(const RecentProblem& problem) {
  return {{"time_ms", unix_ms(problem.time)}, {"route", or_null(problem.route)}, {"status", problem.status},
          {"code", or_null(problem.code)},    {"message", problem.message},      {"request_id", problem.request_id}};
}

}  // namespace

json::object model_status_json(const LoadedModelStatus& model) {
  const ServingStats& stats = model.stats;
  json::object object;
  object["model"] = model.id;
  object["version"] = model.version;
  object["current"] = model.is_current;
  object["pinned"] = model.is_pinned;
  object["bytes"] = model.bytes;
  object["context"] = model.context;
  object["running"] = stats.running;
  object["waiting"] = stats.waiting;
  object["kv_bytes"] = stats.kv_bytes;
  object["kv_limit_bytes"] = stats.kv_limit_bytes;
  object["cached_prefix_tokens"] = stats.cached_prefix_tokens;
  object["requests"] = stats.requests;
  object["prompt_tokens"] = stats.prompt_tokens;
  object["reused_tokens"] = stats.reused_tokens;
  object["generated_tokens"] = stats.generated_tokens;
  object["preemptions"] = stats.preemptions;
  object["drafted_tokens"] = stats.drafted_tokens;
  object["accepted_tokens"] = stats.accepted_tokens;
  object["load_seconds"] = model.load_seconds;
  return object;
}

json::array loading_models_json(const ManagerStatus& models) {
  json::array all;
  for (const LoadingModelStatus& model : models.on_the_way) {
    all.push_back({{"model", model.id},
                   {"waits_for_memory", model.waits_for_room},
                   {"bytes", model.bytes == 0 ? json::value(nullptr) : json::value(model.bytes)},
                   {"seconds", model.seconds}});
  }
  return all;
}

json::object dashboard_json(const ManagerStatus& models, const MetricTotals& totals,
                            const std::vector<RecentProblem>& problems, std::chrono::seconds uptime) {
  const SystemReport system = system_report();
  json::array loaded, last_errors;
  std::int64_t running = 0, waiting = 0;
  for (const LoadedModelStatus& model : models.loaded) {
    loaded.push_back(model_status_json(model));
    running += model.stats.running;
    waiting += model.stats.waiting;
  }
  for (const RecentProblem& problem : problems) last_errors.push_back(problem_json(problem));
  return {{"version", system.version},
          {"uptime_seconds", uptime.count()},
          {"now_ms", unix_ms(std::chrono::system_clock::now())},
          {"totals",
           {{"requests", totals.requests},
            {"failed", totals.failed},
            {"prompt_tokens", totals.prompt_tokens},
            {"reused_tokens", totals.reused_tokens},
            {"generated_tokens", totals.generated_tokens}}},
          {"queue",
           {{"running", running},
            {"waiting", waiting},
            {"waiting_for_a_model", models.waiting},
            {"loading", models.loading}}},
          {"memory",
           {{"budget", models.budget},
            {"used", models.used},
            {"machine_available", system.memory_available},
            {"machine_total", system.memory_total},
            {"resident", resident_bytes()}}},
          {"models", std::move(loaded)},
          {"loading_models", loading_models_json(models)},
          {"latency",
           {{"time_to_first_token", distribution_json(totals.time_to_first_token)},
            {"inter_token", distribution_json(totals.inter_token)},
            {"request", distribution_json(totals.request)}}},
          {"last_errors", std::move(last_errors)}};
}

}  // namespace hearth
