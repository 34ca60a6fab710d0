// Which states of a deterministic automaton are equal: the partition refinement behind minimize(). It knows transitions
// by label and nothing of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hearth {

struct Transition {
  std::uint32_t from, label, to;
};

/// The class of each state in the coarsest partition in which states of one class have the same `kind` and, for every
/// label, transitions into one class or none at all. At most one transition a state and label, labels below `n_labels`;
/// all states must lead to acceptance. O(m log n): A. Valmari and P. Lehtinen, "Efficient minimization of DFAs with
/// partial transition functions", STACS 2008.
std::vector<std::uint32_t> coarsest_partition(std::span<const std::uint8_t> kind,
                                              std::span<const Transition> transitions, std::uint32_t n_labels);

}  // namespace hearth
