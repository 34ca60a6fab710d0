// Amounts of memory as people write them in settings: "8GiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth {

/// "512", "8G", "8GiB" (of 1024), "8GB" (of 1000), "1.5 GiB"; whatever the case. Empty for what is none or is beyond
/// 2^63.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace hearth
