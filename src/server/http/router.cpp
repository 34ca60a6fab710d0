#include "server/http/router.h"

#include <algorithm>
#include <set>

namespace hearth {
namespace {

enum class Kind { kLiteral, kOne, kRest };

Kind kind_of(std::string_view part) {
  if (!part.starts_with('{')) return Kind::kLiteral;
  return part.ends_with("...}") ? Kind::kRest : Kind::kOne;
}

std::string name_of(std::string_view part) {
  return std::string(part.substr(1, part.size() - (kind_of(part) == Kind::kRest ? 5 : 2)));
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  if (path == "/") return parts;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

[[noreturn]] void refuse(std::string_view pattern, const char* problem) {
  throw Error(ErrorCode::kInvalidArgument, "the route " + std::string(pattern) + " " + problem);
}

void check(std::string_view pattern, const std::vector<std::string>& parts) {
  if (!pattern.starts_with('/')) refuse(pattern, "does not begin with '/'");
  if (parts.empty()) return;  // "/"
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    if (part.empty()) refuse(pattern, "has an empty part");
    if (kind_of(part) == Kind::kLiteral) continue;
    if (!part.ends_with('}') || name_of(part).empty()) refuse(pattern, "has a part that is not {name} or {name...}");
    if (kind_of(part) == Kind::kRest && i + 1 != parts.size()) refuse(pattern, "has parts behind {name...}");
  }
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= path.size() || path[i].empty()) return false;
    const Kind kind = kind_of(pattern[i]);
    if (kind == Kind::kRest) return true;
    if (kind == Kind::kLiteral && pattern[i] != path[i]) return false;
  }
  return pattern.size() == path.size();
}

/// Literal parts before {id} before {name...}, from the left.
bool is_more_exact(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const auto& x, const auto& y) { return kind_of(x) < kind_of(y); });
}

std::string rest_of(const std::vector<std::string>& path, std::size_t from) {
  std::string rest = path[from];
  for (std::size_t i = from + 1; i < path.size(); ++i) rest += '/' + path[i];
  return rest;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Scope scope, Handler handler,
                 RouteOptions options) {
  auto route = std::make_unique<Route>();
  route->method = method;
  route->pattern = pattern;
  route->scope = scope;
  route->handler = std::move(handler);
  route->options = options;
  if (route->options.dialect == nullptr) route->options.dialect = dialect_of(pattern);
  route->parts = split(pattern);
  check(pattern, route->parts);
  if (std::any_of(routes_.begin(), routes_.end(), [&](const auto& other) {
        return other->method == route->method && other->pattern == route->pattern;
      })) {
    refuse(pattern, "is there twice");
  }
  routes_.push_back(std::move(route));
}

Router::Match Router::find(std::string_view method, const std::vector<std::string>& parts) const {
  std::vector<std::string> path = parts;
  if (!path.empty() && path.back().empty()) path.pop_back();
  const Route* best = nullptr;
  int best_rank = 0;
  std::set<std::string> methods;
  for (const auto& route : routes_) {
    if (!matches(route->parts, path)) continue;
    methods.insert(route->method);
    if (route->method == "GET") methods.insert("HEAD");
    // A HEAD of its own before that of GET, but a more exact pattern before both.
    const int rank = route->method == method ? 2 : method == "HEAD" && route->method == "GET" ? 1 : 0;
    if (rank == 0) continue;
    const bool better = best == nullptr || is_more_exact(route->parts, best->parts) ||
                        (!is_more_exact(best->parts, route->parts) && rank > best_rank);
    if (!better) continue;
    best = route.get();
    best_rank = rank;
  }
  Match match;
  if (best == nullptr) {
    for (const std::string& name : methods) match.allow += (match.allow.empty() ? "" : ", ") + name;
    return match;
  }
  match.route = best;
  for (std::size_t i = 0; i < best->parts.size(); ++i) {
    const std::string& part = best->parts[i];
    if (kind_of(part) == Kind::kLiteral) continue;
    match.params.emplace_back(name_of(part), kind_of(part) == Kind::kRest ? rest_of(path, i) : path[i]);
  }
  return match;
}

}  // namespace hearth
