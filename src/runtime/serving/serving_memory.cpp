#include "runtime/serving/serving_memory.h"

#include <algorithm>
#include <limits>

namespace hearth {

std::uint64_t choose_kv_bytes(const ServingMemory& memory) {
  const std::uint64_t left = memory.available > memory.weights ? memory.available - memory.weights : 0;
  const std::uint64_t one = std::max<std::uint64_t>(memory.bytes_a_context, 1);
  const auto running = static_cast<std::uint64_t>(std::max<std::int64_t>(memory.max_running, 1));
  const std::uint64_t most = running > std::numeric_limits<std::uint64_t>::max() / one
                                 ? std::numeric_limits<std::uint64_t>::max()
                                 : one * running;
  return std::clamp(left / 10 * 9, one, most);
}

}  // namespace hearth
