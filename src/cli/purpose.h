// What a model may be wanted for.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command_line.h"

namespace hearth::cli {

inline constexpr std::array<std::string_view, 4> kPurposes = {"chat", "code", "embed", "shell"};

/// Errors: UsageError naming the purposes.
void check_purpose(const CommandLine& line, const std::optional<std::string>& purpose);

}  // namespace hearth::cli
