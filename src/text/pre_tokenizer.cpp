#include "text/pre_tokenizer.h"

#include "base/unicode.h"
#include "text/byte_alphabet.h"
#include "text/character_class.h"

namespace hearth {

const char* const kGpt2Expression = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

namespace {

/// Builds a list anew, piece by piece.
class PieceBuilder {
 public:
  explicit PieceBuilder(PieceList& list) : list_(list) {
    text_.reserve(list.text.size() + list.text.size() / 4 + 16);
    pieces_.reserve(list.pieces.size());
  }
  std::string& text() { return text_; }
  void end_piece() {
    if (text_.size() > begin_) pieces_.push_back({begin_, text_.size()});
    begin_ = text_.size();
  }
  void finish() {
    list_.text = std::move(text_);
    list_.pieces = std::move(pieces_);
  }

 private:
  PieceList& list_;
  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t begin_ = 0;
};

}  // namespace

void PreTokenizerSequence::apply(PieceList& list) const {
  for (const auto& step : steps_) step->apply(list);
}

void SplitPreTokenizer::apply(PieceList& list) const {
  PieceSplitter(list, behavior_, invert_).run([this](std::string_view view, const auto& add) {
    pattern_.each_match(view, add);
  });
}

void CharacterPreTokenizer::apply(PieceList& list) const {
  PieceSplitter(list, behavior_, false).run([this](std::string_view view, const auto& add) {
    for (std::size_t i = 0; i < view.size();) {
      const CodePoint c = decode_utf8(view, i);
      if (c.valid && in_class_(c.value)) add(i, i + c.length);
      i += c.length;
    }
  });
}

void WordPreTokenizer::apply(PieceList& list) const {
  enum class Kind { kSpace, kWord, kOther };
  PieceSplitter(list, SplitBehavior::kRemoved, true).run([](std::string_view view, const auto& add) {
    Kind run = Kind::kSpace;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < view.size();) {
      const CodePoint c = decode_utf8(view, i);
      Kind kind = Kind::kOther;
      if (c.valid && is_word_character(c.value)) kind = Kind::kWord;
      if (c.valid && is_white_space(c.value)) kind = Kind::kSpace;
      if (kind != run) {
        if (run != Kind::kSpace) add(begin, i);
        begin = i;
        run = kind;
      }
      i += c.length;
    }
    if (run != Kind::kSpace) add(begin, view.size());
  });
}

ByteLevelPreTokenizer::ByteLevelPreTokenizer(bool add_prefix_space, bool use_regex)
    : add_prefix_space_(add_prefix_space) {
  if (!use_regex) return;
  split_ = std::make_unique<SplitPreTokenizer>(Pattern::regex(kGpt2Expression, "ByteLevel"), SplitBehavior::kIsolated,
                                               false);
}

void ByteLevelPreTokenizer::apply(PieceList& list) const {
  if (add_prefix_space_) {
    PieceBuilder spaced(list);
    for (const Piece& piece : list.pieces) {
      const std::string_view view = list.view(piece);
      if (!view.starts_with(' ')) spaced.text() += ' ';
      spaced.text() += view;
      spaced.end_piece();
    }
    spaced.finish();
  }
  if (split_) split_->apply(list);
  PieceBuilder mapped(list);
  for (const Piece& piece : list.pieces) {
    append_byte_alphabet(mapped.text(), list.view(piece));
    mapped.end_piece();
  }
  mapped.finish();
}

void MetaspacePreTokenizer::apply(PieceList& list) const {
  PieceBuilder builder(list);
  bool first = list.at_start;
  for (const Piece& piece : list.pieces) {
    const std::string_view view = list.view(piece);
    const bool has_prefix = view.starts_with(' ') || view.starts_with(replacement_);
    if (!has_prefix && (prepend_ == Prepend::kAlways || (prepend_ == Prepend::kFirst && first)))
      builder.text() += replacement_;
    first = false;
    for (std::size_t i = 0; i < view.size();) {
      const std::size_t space = std::min(view.find(' ', i), view.size());
      builder.text() += view.substr(i, space - i);
      if (space < view.size()) builder.text() += replacement_;
      i = space + 1;
    }
    builder.end_piece();
  }
  builder.finish();
  if (!split_) return;
  PieceSplitter(list, SplitBehavior::kMergedWithNext, false).run([this](std::string_view view, const auto& add) {
    for (std::size_t at = view.find(replacement_); at != std::string_view::npos;
         at = view.find(replacement_, at + replacement_.size())) {
      add(at, at + replacement_.size());
    }
  });
}

void FixedLengthPreTokenizer::apply(PieceList& list) const {
  PieceSplitter(list, SplitBehavior::kIsolated, false).run([this](std::string_view view, const auto& add) {
    std::size_t begin = 0;
    std::size_t n = 0;
    for (std::size_t i = 0; i < view.size();) {
      i += decode_utf8(view, i).length;
      if (++n < length_ && i < view.size()) continue;
      add(begin, i);
      begin = i;
      n = 0;
    }
  });
}

}  // namespace hearth
