// How much memory this process holds.
#pragma once

#include <cstdint>

namespace hearth {

/// Bytes of this process that lie in memory now, mapped files among them; 0 where the system does not tell.
std::uint64_t resident_bytes();

}  // namespace hearth
