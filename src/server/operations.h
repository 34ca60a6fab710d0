// What those who run the server ask of it: whether it lives, what it measures, and hands on its models.
#pragma once

#include <functional>
#include <vector>

#include "server/api/api_context.h"
#include "server/http/router.h"
#include "server/metrics/recent_problems.h"

namespace hearth {

struct OperationsHooks {
  std::function<bool()> is_ready;  ///< it takes requests, and what shall be loaded at the start is
  std::function<std::vector<RecentProblem>()> problems;  ///< newest first
};

/// /health, /ready, /metrics, and under /hearth: status, dashboard, catalog, and loading, unloading, reloading and
/// pinning of models.
void add_operations_routes(Router& router, ApiContext& context, OperationsHooks hooks);

}  // namespace hearth
