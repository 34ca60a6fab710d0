// JSON as Hearth prints it: one line, numbers as short as they can be read back exactly, always valid UTF-8.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace hearth::cli {

/// Not-a-number and infinities, which JSON lacks, become null; invalid UTF-8 in strings U+FFFD.
std::string to_json_text(const json::value& value);
/// [0.12345679, …] with the nine digits that give each float back.
std::string floats_to_json_text(std::span<const float> values);
json::string json_string(std::string_view text);
/// A float as the double that prints the same, so that 0.8F is 0.8.
double as_printed(float value);

}  // namespace hearth::cli
