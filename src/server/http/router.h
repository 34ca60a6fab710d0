// Which handler answers a method and a path. Filled before the server starts, then only read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/error_answer.h"
#include "server/http/exchange.h"

namespace hearth {

/// Runs on one of a few handler threads (but see RouteOptions::at_once): it may parse, tokenise and compile a grammar
/// there, but not wait for a model. What it throws before it has answered is answered in the route's dialect.
using Handler = std::function<void(const std::shared_ptr<Exchange>&)>;

struct RouteOptions {
  Dialect dialect = nullptr;         ///< nullptr: dialect_of(pattern)
  std::uint64_t max_body_bytes = 0;  ///< 0: the server's limit
  bool body_to_file = false;         ///< spool it to HttpRequest::body_file instead of HttpRequest::body
  /// Run the handler on the network's thread, so that it waits for no other: it must be done in microseconds.
  bool at_once = false;
};

class Router {
 public:
  /// `pattern`: "/v1/responses/{id}" ({id} is one part of the path), "/v1/models/{name...}" ({name...}, at the end
  /// only, is one or more parts). Literal parts win over {id}, {id} over {name...}. A handler of GET answers HEAD too,
  /// unless HEAD has its own. Errors: kInvalidArgument for a pattern that is malformed or there already.
  void add(std::string_view method, std::string_view pattern, Scope scope, Handler handler, RouteOptions options = {});

  struct Route {
    std::string method, pattern;
    Scope scope;
    Handler handler;
    RouteOptions options;
    std::vector<std::string> parts;  ///< of the pattern
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> params;
    std::string allow;  ///< without a route: the methods that the path has; empty: there is no such path
  };
  /// `parts`: the path between its slashes, each percent-decoded. One empty part at the end is ignored.
  Match find(std::string_view method, const std::vector<std::string>& parts) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace hearth
