#include "server/options/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace hearth {

std::uint64_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::uint64_t>::max();
  return limit.rlim_cur;
}

std::size_t connections_within(std::uint64_t descriptors, std::size_t wanted) {
  constexpr std::uint64_t kReserve = 128;
  const std::uint64_t most = descriptors - std::min(kReserve, descriptors / 2);
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(1, most)));
}

}  // namespace hearth
