// How many connections fit in the descriptors that this process may have.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

/// What the system allows this process now (the soft limit of RLIMIT_NOFILE).
std::uint64_t descriptor_limit();

/// `wanted`, or less: files of models, logs and the like need descriptors beside the connections. At least 1.
std::size_t connections_within(std::uint64_t descriptors, std::size_t wanted);

}  // namespace hearth
