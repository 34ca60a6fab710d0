#include "server/operations.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "runtime/manager/model_manager.h"
#include "server/api/api_answer.h"
#include "server/api/model_answer.h"
#include "server/api/request_fields.h"
#include "server/dashboard.h"
#include "server/metrics/metrics.h"

namespace hearth {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

void show_status(ApiContext& context, const ExchangePtr& exchange) {
  const ManagerStatus status = context.models.status();
  json::array loaded;
  for (const LoadedModelStatus& model : status.loaded) loaded.push_back(model_status_json(model));
  respond_json(*exchange, {{"models", std::move(loaded)},
                           {"memory_budget", status.budget},
                           {"memory_used", status.used},
                           {"loading", status.loading},
                           {"loading_models", loading_models_json(status)},
                           {"waiting_for_a_model", status.waiting}});
}

std::string model_of(const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  return RequestFields(body).required_string("model");
}

void load(ApiContext& context, const ExchangePtr& exchange) {
  with_model(context, exchange, model_of(exchange), {}, [exchange](const Lease& lease) {
    respond_json(*exchange, {{"model", lease.name()}, {"loaded", true}, {"load_seconds", lease.load_seconds()}});
  });
}

void unload(ApiContext& context, const ExchangePtr& exchange) {
  const std::string model = model_of(exchange);
  const Unloading unloading = context.models.unload(model);
  json::object answer{{"model", model}, {"unloaded", unloading.is_going && !unloading.is_loading}};
  if (!unloading.is_going) answer["reason"] = "it is not loaded";
  if (unloading.is_loading) answer["reason"] = "it is being loaded, and goes when it is there and nobody waits for it";
  respond_json(*exchange, std::move(answer));
}

void reload(ApiContext& context, const ExchangePtr& exchange) {
  const std::string model = model_of(exchange);
  context.models.reload(model, [exchange, model](const std::exception_ptr& problem) {
    if (problem != nullptr) return exchange->fail(to_http_error(problem));
    respond_json(*exchange, {{"model", model}, {"reloaded", true}});
  });
}

void pin(ApiContext& context, const ExchangePtr& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const std::string model = fields.required_string("model");
  const bool pinned = fields.boolean("pinned").value_or(true);
  context.models.pin(model, pinned);
  respond_json(*exchange, {{"model", model}, {"pinned", pinned}});
}

}  // namespace

void add_operations_routes(Router& router, ApiContext& context, OperationsHooks hooks) {
  const auto add = [&](const char* method, const char* pattern, Scope scope,
                       void (*handler)(ApiContext&, const ExchangePtr&)) {
    router.add(method, pattern, scope,
               [&context, handler](const ExchangePtr& exchange) { handler(context, exchange); });
  };
  // Whoever watches the server shall not wait for those whom it serves.
  RouteOptions at_once;
  at_once.at_once = true;
  router.add(
      "GET", "/health", Scope::kPublic,
      [](const ExchangePtr& exchange) {
        respond_json(*exchange, {{"status", "ok"}});
      },
      at_once);
  router.add(
      "GET", "/ready", Scope::kPublic,
      [is_ready = std::move(hooks.is_ready)](const ExchangePtr& exchange) {
        const bool ready = is_ready();
        respond_json(*exchange, {{"status", ready ? "ready" : "loading"}}, ready ? 200 : 503);
      },
      at_once);
  router.add("GET", "/hearth/dashboard", Scope::kAdmin,
             [&context, problems = std::move(hooks.problems),
              begin = std::chrono::steady_clock::now()](const ExchangePtr& exchange) {
               const auto uptime = std::chrono::steady_clock::now() - begin;
               respond_json(*exchange, dashboard_json(context.models.status(), context.metrics.totals(),
                                                      problems ? problems() : std::vector<RecentProblem>{},
                                                      std::chrono::duration_cast<std::chrono::seconds>(uptime)));
             });
  router.add("GET", "/hearth/catalog", Scope::kAny,
             [](const ExchangePtr& exchange) { respond_json(*exchange, catalog_json()); });
  router.add("GET", "/metrics", Scope::kAdmin, [&context](const ExchangePtr& exchange) {
    exchange->respond(200, Metrics::kContentType, context.metrics.text());
  });
  add("GET", "/hearth/status", Scope::kAny, show_status);
  add("POST", "/hearth/models/load", Scope::kManage, load);
  add("POST", "/hearth/models/unload", Scope::kManage, unload);
  add("POST", "/hearth/models/reload", Scope::kManage, reload);
  add("POST", "/hearth/models/pin", Scope::kManage, pin);
}

}  // namespace hearth
