// Settings that a running server cannot take over.
#pragma once

#include <string>
#include <vector>

#include "hearth/server.h"

namespace hearth {

/// The names of those that differ and hold from the next start only.
std::vector<std::string> settings_of_next_start(const ServeOptions& running, const ServeOptions& wanted);

}  // namespace hearth
