// How far an automaton goes on from a state with any text of some groups of bytes: the tokens that are such texts need
// not be walked. Made for one walk over a vocabulary; not for several threads.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "grammar/byte_groups.h"

namespace hearth {

template <typename Automaton>
class FreeReach {
 public:
  static constexpr std::uint32_t kAnyLength = 0xFFFF'FFFFU;
  /// Every text of at most `length` bytes, all of `groups`, leads on.
  struct Reach {
    ByteGroups groups = 0;
    std::uint32_t length = 0;
  };

  /// Only groups of `within` are looked at; those of bytes beyond ASCII that are no UTF-8 never count.
  FreeReach(const Automaton& automaton, ByteGroups within)
      : automaton_(automaton), within_(within & ~byte_groups::kNotUtf8) {}

  /// From `state`. Which groups is a choice: what leads within a few bytes to where others of them may not come is left
  /// out.
  Reach from(Dfa::State state) {
    ByteGroups groups = around(state).alive & within_;
    for (int attempt = 0; attempt < kMostAttempts && groups != 0; ++attempt) {
      ByteGroups dropped = 0;
      const std::uint32_t length = explore(state, groups, dropped);
      if (dropped == 0) return {groups, length};
      groups &= ~dropped;
    }
    return {};
  }

 private:
  static constexpr int kMostAttempts = 16;
  static constexpr std::uint32_t kShort = 8;           // steps; many tokens take more
  static constexpr std::size_t kMostStates = 128;      // of one exploration
  static constexpr std::uint64_t kMostSteps = 50'000;  // of all of them: they must cost less than the walk they spare

  struct Around {
    ByteGroups alive = 0;  ///< every byte, or character, of the group leads on
    std::vector<std::pair<Dfa::State, ByteGroups>> to;
  };

  /// How long texts of `groups` may be; or, in `dropped`, groups that lead too soon to where others end.
  std::uint32_t explore(Dfa::State start, ByteGroups groups, ByteGroups& dropped) {
    std::vector<Dfa::State> seen = {start}, frontier = {start}, next;
    for (std::uint32_t length = 1; !frontier.empty(); ++length) {
      bool ends = false;
      next.clear();
      for (const Dfa::State state : frontier) {
        for (const auto& [to, by] : around(state).to) {
          if ((by & groups) == 0) continue;
          if (++steps_ > kMostSteps) return length;
          if ((groups & ~around(to).alive) != 0) {
            ends = true;
            if (length < kShort) dropped |= by & groups;
          } else if (std::find(seen.begin(), seen.end(), to) == seen.end()) {
            seen.push_back(to);
            next.push_back(to);
          }
        }
      }
      if (ends || dropped != 0) return length;
      if (seen.size() > kMostStates) return length + 1;
      frontier.swap(next);
    }
    return kAnyLength;
  }

  const Around& around(Dfa::State state) {
    const auto [found, fresh] = around_.try_emplace(state);
    Around& result = found->second;
    if (!fresh) return result;
    std::array<std::uint8_t, 64> covered{};
    const auto edges = [this](Dfa::State from) { return automaton_.edges(from); };
    for (const Dfa::Edge& edge : edges(state)) {
      ByteGroups by = 0;
      for (unsigned byte = edge.first; byte <= edge.last && byte < 0x80; ++byte) {
        const unsigned group = byte_groups::group_of(byte);
        ++covered[group];
        by |= ByteGroups{1} << group;
      }
      add(result, edge.to, by);
    }
    for (unsigned byte = 0; byte < 0x80; ++byte) --covered[byte_groups::group_of(byte)];
    for (unsigned group = 0; group < byte_groups::kFirstUtf8; ++group) {
      if (covered[group] == 0) result.alive |= ByteGroups{1} << group;
    }
    byte_groups::for_utf8_groups([&](ByteGroups group, unsigned first, unsigned last) {
      if ((group & within_) == 0) return;
      std::vector<Dfa::State> targets;
      if (!byte_groups::characters_lead_on(state, any_text()->start(), first, last, edges, targets)) return;
      result.alive |= group;
      for (const Dfa::State to : targets) add(result, to, group);
    });
    return result;
  }

  static void add(Around& around, Dfa::State to, ByteGroups by) {
    if (by == 0) return;
    const auto found =
        std::find_if(around.to.begin(), around.to.end(), [to](const auto& one) { return one.first == to; });
    if (found == around.to.end()) {
      around.to.emplace_back(to, by);
    } else {
      found->second |= by;
    }
  }

  const Automaton& automaton_;
  ByteGroups within_;
  std::unordered_map<Dfa::State, Around> around_;
  std::uint64_t steps_ = 0;
};

}  // namespace hearth
