#include "server/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <locale>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>

#include "server/metrics/model_families.h"

namespace hearth {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;

// Seconds. From a prefix that is cached already to a long prompt on a slow machine; and from the fastest decoding that
// memory allows to a machine that swaps.
const Histogram::BucketBoundaries kRequestSeconds = {0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900};
const Histogram::BucketBoundaries kFirstTokenSeconds = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
const Histogram::BucketBoundaries kInterTokenSeconds = {0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05,
                                                        0.075, 0.1,    0.2,   0.5,  1,    2.5};
const Histogram::BucketBoundaries kLoadSeconds = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// Methods are the client's words; only known ones become labels.
std::string method_label(std::string_view method) {
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (method == known) return known;
  }
  return "other";
}

/// What is counted for each model, found by its name without going through labels for each token.
struct ModelSeries {
  Counter &prompt_tokens, &reused_tokens, &generated_tokens;
  Histogram &queue, &first_token, &inter_token, &total;
};

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  Family<Counter>& requests = counter(registry, "hearth_http_requests_total", "HTTP requests by route and status");
  Family<Histogram>& request_seconds = histogram(registry, "hearth_http_request_seconds",
                                                 "Time from the first byte of a request to the last of its answer");
  Family<Counter>& generations = counter(registry, "hearth_generations_total", "Finished generations by outcome");
  Family<Counter>& prompt_tokens = counter(registry, "hearth_prompt_tokens_total",
                                           "Tokens of prompts, which count once for each choice (n) that is made of "
                                           "them, and of texts that were embedded or ranked");
  Family<Counter>& reused_tokens =
      counter(registry, "hearth_prefix_cache_hit_tokens_total",
              "Tokens of prompts that were taken from the prefix cache; once for each choice (n)");
  Family<Counter>& generated_tokens =
      counter(registry, "hearth_generated_tokens_total", "Generated tokens, of all choices (n)");
  Family<Histogram>& queue = histogram(registry, "hearth_queue_seconds", "Time until a request was admitted");
  Family<Histogram>& first_token =
      histogram(registry, "hearth_time_to_first_token_seconds", "Time from a request's arrival to its first token");
  Family<Histogram>& inter_token =
      histogram(registry, "hearth_inter_token_seconds", "Time between two tokens of one answer");
  Family<Histogram>& total =
      histogram(registry, "hearth_generation_seconds", "Time from a request's arrival to the end of its answer");
  Family<Counter>& loads = counter(registry, "hearth_model_loads_total", "Models loaded, by outcome");
  Family<Histogram>& load_seconds = histogram(registry, "hearth_model_load_seconds", "Time to load a model");
  Family<Counter>& unloads = counter(registry, "hearth_model_unloads_total", "Models unloaded, by reason");

  struct Gauge {
    std::string name, help;
    std::function<double()> read;
  };
  mutable std::mutex mutex;
  std::map<std::string, ModelSeries, std::less<>> series;
  std::function<std::vector<ModelGauges>()> provider;
  std::vector<Gauge> gauges;

  ModelSeries& of(std::string_view model) {
    const std::lock_guard lock(mutex);
    const auto found = series.find(model);
    if (found != series.end()) return found->second;
    const prometheus::Labels labels = {{"model", std::string(model)}};
    const ModelSeries made = {prompt_tokens.Add(labels),
                              reused_tokens.Add(labels),
                              generated_tokens.Add(labels),
                              queue.Add(labels, kFirstTokenSeconds),
                              first_token.Add(labels, kFirstTokenSeconds),
                              inter_token.Add(labels, kInterTokenSeconds),
                              total.Add(labels, kRequestSeconds)};
    return series.emplace(std::string(model), made).first->second;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view method, std::string_view route, int status, double seconds) {
  const std::string name = route.empty() ? "other" : std::string(route);
  state_->requests.Add({{"method", method_label(method)}, {"route", name}, {"status", std::to_string(status)}})
      .Increment();
  state_->request_seconds.Add({{"route", name}}, kRequestSeconds).Observe(seconds);
}

void Metrics::observe(const GenerationRecord& generation) {
  ModelSeries& series = state_->of(generation.model);
  state_->generations.Add({{"model", generation.model}, {"outcome", generation.outcome}}).Increment();
  series.prompt_tokens.Increment(static_cast<double>(generation.prompt_tokens));
  series.reused_tokens.Increment(static_cast<double>(generation.reused_tokens));
  series.generated_tokens.Increment(static_cast<double>(generation.generated_tokens));
  series.queue.Observe(generation.queue_seconds);
  if (generation.first_token_seconds > 0) series.first_token.Observe(generation.first_token_seconds);
  series.total.Observe(generation.total_seconds);
}

void Metrics::count_embedded_tokens(std::string_view model, std::uint64_t tokens) {
  state_->prompt_tokens.Add({{"model", std::string(model)}}).Increment(static_cast<double>(tokens));
}

void Metrics::observe_inter_token(std::string_view model, double seconds) {
  state_->of(model).inter_token.Observe(seconds);
}

void Metrics::observe_load(std::string_view model, double seconds, bool loaded) {
  const std::string name(model);
  state_->loads.Add({{"model", name}, {"outcome", loaded ? "loaded" : "failed"}}).Increment();
  if (loaded) state_->load_seconds.Add({{"model", name}}, kLoadSeconds).Observe(seconds);
}

void Metrics::count_unload(std::string_view model, std::string_view why) {
  state_->unloads.Add({{"model", std::string(model)}, {"reason", std::string(why)}}).Increment();
}

void Metrics::set_model_provider(std::function<std::vector<ModelGauges>()> provider) {
  const std::lock_guard lock(state_->mutex);
  state_->provider = std::move(provider);
}

void Metrics::add_gauge(const std::string& name, const std::string& help, std::function<double()> read) {
  const std::lock_guard lock(state_->mutex);
  state_->gauges.push_back({name, help, std::move(read)});
}

MetricTotals Metrics::totals() const { return sum_up(state_->registry.Collect()); }

std::string Metrics::text() const {
  std::function<std::vector<ModelGauges>()> provider;
  std::vector<State::Gauge> gauges;
  {
    const std::lock_guard lock(state_->mutex);
    provider = state_->provider;
    gauges = state_->gauges;
  }
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  // A family that was declared and has counted nothing yet has no line to show.
  std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  if (provider) append_model_families(provider(), families);
  for (const State::Gauge& gauge : gauges) {
    prometheus::MetricFamily family{gauge.name, gauge.help, prometheus::MetricType::Gauge, {{}}};
    family.metric.front().gauge.value = gauge.read();
    families.push_back(std::move(family));
  }
  std::ostringstream text;
  text.imbue(std::locale::classic());
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace hearth
