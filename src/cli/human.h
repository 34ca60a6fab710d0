// Numbers as a person reads them.
#pragma once

#include <cstdint>
#include <string>

namespace hearth::cli {

std::string human_bytes(std::uint64_t bytes);  ///< "637 MiB", "1.2 GiB", "12 bytes"
std::string human_count(std::uint64_t count);  ///< "1.10 B", "124 M", "260 K", "512"
std::string human_percent(double share);       ///< of 1: "93.1 %"
std::string human_rate(double per_second);     ///< "45.2", "190", "0.31"

}  // namespace hearth::cli
