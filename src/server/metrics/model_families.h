// The state of loaded models as families of Prometheus's gauges and counters. Internal: it includes prometheus-cpp.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "server/metrics/metrics.h"

namespace hearth {

void append_model_families(const std::vector<ModelGauges>& models, std::vector<prometheus::MetricFamily>& families);

}  // namespace hearth
