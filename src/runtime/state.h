// What Hearth remembers between runs without being told: today the model used last. Never needed for anything to work.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hearth {

/// Empty where nothing was remembered, or where the file cannot be read: a damaged memory is no memory.
std::optional<std::string> last_model();

/// Path of a model → when it was used last (Unix time).
std::map<std::string, std::int64_t> last_uses();

}  // namespace hearth
