// The description of all routes in the form of OpenAPI 3.1. Its text stands in the .json files of this folder, which
// travel inside the binary; whoever adds a route describes it there.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "server/http/router.h"

namespace hearth {

/// The parts put together, with the version of this program. Errors: kInternal, kCorruptData where the parts do not
/// fit.
json::object openapi_document();

/// GET /openapi.json, for everybody.
void add_openapi_route(Router& router);

/// Where routes and description differ, each as a sentence: routes that are not described, descriptions without a
/// route, and those that say something else about whether a key is needed. Empty: they agree.
std::vector<std::string> openapi_gaps(const Router& router);

}  // namespace hearth
