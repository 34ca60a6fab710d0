#include "text/piece_list.h"

namespace hearth {

void PieceSplitter::place(std::size_t offset) {
  if (behavior_ == SplitBehavior::kMergedWithNext) merge_with_next();
  std::vector<Piece>& out = list_.pieces;
  const std::size_t first = out.size();
  bool previous_match = false;
  for (const Part& part : parts_) {
    const Piece piece{offset + part.range.begin, offset + part.range.end};
    const bool has_previous = out.size() > first;
    bool joins = false;
    switch (behavior_) {
      case SplitBehavior::kRemoved:
        if (part.match) continue;
        break;
      case SplitBehavior::kIsolated:
      case SplitBehavior::kMergedWithNext: break;
      case SplitBehavior::kMergedWithPrevious: joins = part.match && !previous_match && has_previous; break;
      case SplitBehavior::kContiguous: joins = part.match == previous_match && has_previous; break;
    }
    if (joins) {
      out.back().end = piece.end;
    } else if (piece.begin != piece.end) {
      out.push_back(piece);
    }
    previous_match = part.match;
  }
}

/// Joins each match with the part behind it, unless that is a match too.
void PieceSplitter::merge_with_next() {
  std::vector<Part> joined;
  bool next_is_match = false;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    if (part->match && !next_is_match && !joined.empty()) {
      joined.back().range.begin = part->range.begin;
    } else {
      joined.push_back(*part);
    }
    next_is_match = part->match;
  }
  parts_.assign(joined.rbegin(), joined.rend());
}

}  // namespace hearth
