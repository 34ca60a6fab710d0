// Text cut into pieces, on its way through pre-tokenizers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct PieceList {
  std::string text;
  std::vector<Piece> pieces;  ///< ascending ranges of `text`; none is empty
  bool at_start = false;      ///< whether the first piece begins where the whole input begins

  PieceList(std::string whole, bool begins_input) : text(std::move(whole)), at_start(begins_input) {
    if (!text.empty()) pieces.push_back({0, text.size()});
  }
  std::string_view view(const Piece& piece) const {
    return std::string_view(text).substr(piece.begin, piece.end - piece.begin);
  }
};

/// What becomes of the places where a piece is cut.
enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

/// Cuts pieces at matches. `add` takes them in order and fills the gaps; `finish` makes the new pieces.
class PieceSplitter {
 public:
  PieceSplitter(PieceList& list, SplitBehavior behavior, bool invert)
      : list_(list), behavior_(behavior), invert_(invert) {}

  /// Runs `find(view, add)` on every piece; find calls add(begin, end) with matches relative to the view.
  template <typename Find>
  void run(Find find) {
    std::vector<Piece> old = std::move(list_.pieces);
    list_.pieces.clear();
    list_.pieces.reserve(old.size() * 2);
    const bool kept_start = list_.at_start && !old.empty();
    const std::size_t start = kept_start ? old.front().begin : 0;
    for (const Piece& piece : old) {
      parts_.clear();
      std::size_t done = 0;
      const std::string_view view = list_.view(piece);
      find(view, [&](std::size_t begin, std::size_t end) {
        if (done != begin) parts_.push_back({{done, begin}, invert_});
        parts_.push_back({{begin, end}, !invert_});
        done = end;
      });
      if (done != view.size()) parts_.push_back({{done, view.size()}, invert_});
      place(piece.begin);
    }
    list_.at_start = kept_start && !list_.pieces.empty() && list_.pieces.front().begin == start;
  }

 private:
  struct Part {
    Piece range;
    bool match;
  };
  void place(std::size_t offset);
  void merge_with_next();

  PieceList& list_;
  SplitBehavior behavior_;
  bool invert_;
  std::vector<Part> parts_;
};

}  // namespace hearth
