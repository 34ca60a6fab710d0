// Numbers from the command line and the prompt, taken whole or not at all. `what` names them in errors.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "hearth/sampling.h"

namespace hearth::cli {

/// Errors: UsageError naming `what`, the text and the range.
std::int64_t parse_integer(std::string_view text, std::string_view what,
                           std::int64_t minimum = std::numeric_limits<std::int64_t>::min(),
                           std::int64_t maximum = std::numeric_limits<std::int64_t>::max());
std::uint64_t parse_unsigned(std::string_view text, std::string_view what);
/// A finite number. Errors: UsageError.
double parse_number(std::string_view text, std::string_view what);
bool parse_boolean(std::string_view text, std::string_view what);
/// "1,2,3" or "1 2 3" (brackets as in JSON are fine). Errors: UsageError naming the first that is no id.
std::vector<TokenId> parse_ids(std::string_view text, std::string_view what);

}  // namespace hearth::cli
