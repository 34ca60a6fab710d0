#include "server/api/openapi/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "hearth/system.h"
#include "server/api/openapi/openapi_data.h"

namespace hearth {
namespace {

constexpr std::string_view kWhole = "hearth.json";

void add_members(json::object& all, const json::object& more, std::string_view part) {
  for (const auto& [key, value] : more) {
    if (all.contains(key))
      throw Error(ErrorCode::kInternal, fmt::format("{}: '{}' is there twice", part, std::string_view(key)));
    all[key] = value;
  }
}

json::object parse_part(std::string_view name, std::string_view text) {
  json::value part = parse_json(text, name, 64, DuplicateKeys::kRefuse);
  return std::move(part.as_object());
}

/// As OpenAPI writes it: "/v1/models/{model...}" has no form of its own there.
std::string described_path(const std::string& pattern) {
  std::string path = pattern;
  if (const std::size_t rest = path.find("...}"); rest != std::string::npos) path.erase(rest, 3);
  return path;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

/// Method and path of each operation, and whether it is for everybody.
std::map<std::string, bool> described_operations() {
  const json::object document = openapi_document();
  std::map<std::string, bool> operations;
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      const json::value* security = operation.as_object().if_contains("security");
      operations[upper(method) + " " + std::string(path)] = security != nullptr && security->as_array().empty();
    }
  }
  return operations;
}

}  // namespace

json::object openapi_document() {
  json::object document;
  for (const auto& [name, text] : openapi_parts()) {
    if (name == kWhole) document = parse_part(name, text);
  }
  document.at("info").as_object()["version"] = system_report().version;
  for (const auto& [name, text] : openapi_parts()) {
    if (name == kWhole) continue;
    const json::object part = parse_part(name, text);
    if (const json::value* paths = part.if_contains("paths"))
      add_members(document.at("paths").as_object(), paths->as_object(), name);
    if (const json::value* components = part.if_contains("components")) {
      json::object& schemas = document.at("components").as_object().at("schemas").as_object();
      add_members(schemas, components->as_object().at("schemas").as_object(), name);
    }
  }
  return document;
}

void add_openapi_route(Router& router) {
  const auto text = std::make_shared<const std::string>(json::serialize(openapi_document()));
  router.add("GET", "/openapi.json", Scope::kPublic,
             [text](const std::shared_ptr<Exchange>& exchange) { exchange->respond(200, "application/json", *text); });
}

std::vector<std::string> openapi_gaps(const Router& router) {
  std::map<std::string, bool> described = described_operations();
  std::vector<std::string> gaps;
  for (const auto& route : router.routes()) {
    const std::string name = route->method + " " + described_path(route->pattern);
    const auto found = described.find(name);
    if (found == described.end()) {
      gaps.push_back(name + " is not described");
      continue;
    }
    if (found->second != (route->scope == Scope::kPublic))
      gaps.push_back(name + (found->second ? " needs a key" : " needs no key") + ", and is described otherwise");
    described.erase(found);
  }
  for (const auto& [name, is_public] : described) gaps.push_back(name + " is described, but there is no such route");
  return gaps;
}

}  // namespace hearth
