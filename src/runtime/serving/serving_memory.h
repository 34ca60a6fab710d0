// How much memory the keys and values of a served model may take.
#pragma once

#include <cstdint>

namespace hearth {

struct ServingMemory {
  std::uint64_t available = 0;        ///< that this process could still take
  std::uint64_t weights = 0;          ///< bytes that are mapped, and count as available until they are read
  std::uint64_t bytes_a_context = 0;  ///< keys and values of a sequence as long as it may be
  std::int64_t max_running = 1;
};

/// Nine tenths of what is left beside the weights; at least one context, at most one for every sequence.
std::uint64_t choose_kv_bytes(const ServingMemory& memory);

}  // namespace hearth
