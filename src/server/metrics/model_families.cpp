#include "server/metrics/model_families.h"

#include <functional>
#include <string>
#include <utility>

namespace hearth {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

struct Column {
  const char *name, *help;
  MetricType type;
  double (*read)(const ModelGauges&);
};

template <auto kMember>
double read(const ModelGauges& model) {
  return static_cast<double>(model.*kMember);
}

constexpr Column kColumns[] = {
    {"hearth_requests_waiting", "Requests that wait for a model", MetricType::Gauge, read<&ModelGauges::waiting>},
    {"hearth_requests_running", "Requests that a model is answering", MetricType::Gauge, read<&ModelGauges::running>},
    {"hearth_model_weight_bytes", "Memory of a model's weights", MetricType::Gauge, read<&ModelGauges::weight_bytes>},
    {"hearth_kv_cache_bytes", "Memory of a model's KV cache in use", MetricType::Gauge, read<&ModelGauges::kv_bytes>},
    {"hearth_kv_cache_limit_bytes", "Memory that a model's KV cache may use", MetricType::Gauge,
     read<&ModelGauges::kv_limit_bytes>},
    {"hearth_model_scratch_bytes", "Working memory of a model", MetricType::Gauge, read<&ModelGauges::scratch_bytes>},
    {"hearth_prefix_cache_tokens", "Tokens kept for later requests", MetricType::Gauge,
     read<&ModelGauges::cached_prefix_tokens>},
    {"hearth_preemptions_total", "Requests set back because the KV cache was full, since the model was loaded",
     MetricType::Counter, read<&ModelGauges::preemptions>},
    {"hearth_drafted_tokens_total", "Tokens guessed by speculation and checked, since the model was loaded",
     MetricType::Counter, read<&ModelGauges::drafted_tokens>},
    {"hearth_accepted_tokens_total", "Guessed tokens that were right, since the model was loaded", MetricType::Counter,
     read<&ModelGauges::accepted_tokens>},
    {"hearth_engine_steps_total", "Forward passes since the model was loaded", MetricType::Counter,
     read<&ModelGauges::steps>},
};

}  // namespace

void append_model_families(const std::vector<ModelGauges>& models, std::vector<MetricFamily>& families) {
  MetricFamily loaded{"hearth_models_loaded", "Models in memory", MetricType::Gauge, {{}}};
  loaded.metric.front().gauge.value = static_cast<double>(models.size());
  families.push_back(std::move(loaded));
  if (models.empty()) return;
  for (const Column& column : kColumns) {
    MetricFamily family{column.name, column.help, column.type, {}};
    for (const ModelGauges& model : models) {
      prometheus::ClientMetric metric;
      metric.label.push_back({"model", model.model});
      (column.type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = column.read(model);
      family.metric.push_back(std::move(metric));
    }
    families.push_back(std::move(family));
  }
}

}  // namespace hearth
