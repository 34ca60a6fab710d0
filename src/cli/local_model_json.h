// Models on this disk and of the catalog as JSON.
#pragma once

#include "base/json.h"
#include "hearth/hub.h"

namespace hearth::cli {

json::object local_model_json(const LocalModel& model);
json::object catalog_model_json(const CatalogModel& model);
json::object fit_json(const FitReport& fit);
json::array strings_json(const std::vector<std::string>& strings);

}  // namespace hearth::cli
