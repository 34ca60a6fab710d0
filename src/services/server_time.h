// Times as servers write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth {

/// "2026-11-21T08:00:00.123456789+01:00" (RFC 3339) → Unix time in seconds; empty for what is none.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace hearth
