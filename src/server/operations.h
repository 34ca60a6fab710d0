// What those who run the server ask of it: whether it lives, what it measures, and hands on its models.
#pragma once

#include <functional>

#include "server/api/api_context.h"
#include "server/http/router.h"

namespace hearth {

struct OperationsHooks {
  std::function<bool()> is_ready;  ///< it takes requests, and what shall be loaded at the start is
};

/// /health, /ready, /metrics, and under /hearth: status, and loading, unloading, reloading and pinning of models.
void add_operations_routes(Router& router, ApiContext& context, OperationsHooks hooks);

}  // namespace hearth
