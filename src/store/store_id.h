// Ids of what is kept, and the time of now.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

/// `prefix` and 24 letters and digits from the system's source of chance.
std::string store_id(std::string_view prefix);
/// Milliseconds since 1970.
std::int64_t now_ms();

}  // namespace hearth
