// What the page shows about the server: numbers to draw, and the models that can be had.
#pragma once

#include <chrono>

#include "base/json.h"
#include "runtime/manager/model_manager.h"
#include "server/metrics/metric_totals.h"
#include "server/metrics/recent_problems.h"

namespace hearth {

/// One loaded model as GET /hearth/status and the dashboard show it.
json::object model_status_json(const LoadedModelStatus& model);

json::array loading_models_json(const ManagerStatus& models);

/// GET /hearth/dashboard. Counters count since the start: who asks twice sees what happened between.
json::object dashboard_json(const ManagerStatus& models, const MetricTotals& totals,
                            const std::vector<RecentProblem>& problems, std::chrono::seconds uptime);

/// GET /hearth/catalog: the models that Hearth knows by name, what each of their files takes, and what is here already.
/// Looks at the disk, at no network. Errors: as catalog_models().
json::object catalog_json();

}  // namespace hearth
