// The program around the verbs: picks the verb, and turns whatever happens into lines on stderr and an exit status.
#pragma once

#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells have it

/// Arguments without the program's name. Never throws.
int run_program(const std::vector<std::string>& arguments);

int exit_status(ErrorCode code);

}  // namespace hearth::cli
