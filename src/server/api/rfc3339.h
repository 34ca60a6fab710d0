// Times as JSON has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hearth {

/// "2026-08-04T08:52:19.385406455Z".
std::string rfc3339(std::chrono::system_clock::time_point time);
/// "2026-08-04T08:52:19Z".
std::string rfc3339(std::int64_t unix_seconds);

}  // namespace hearth
