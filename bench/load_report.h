// What a load test found, in numbers: for people, and as JSON.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "load_run.h"

namespace hearth::load {

/// Times in milliseconds, with p50, p95 and p99 (nearest rank) and the mean; rates per second of the whole run. Only
/// requests that succeeded count in times and tokens.
boost::json::object report_json(const RunResult& result);
std::string report_text(const boost::json::object& report);

}  // namespace hearth::load
