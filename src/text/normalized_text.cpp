#include "text/normalized_text.h"

#include <algorithm>

namespace hearth {

NormalizedText::NormalizedText(std::string_view original, bool track) : text(original), tracks_source(track) {
  if (!track) return;
  source.reserve(original.size());
  for (std::size_t i = 0; i < original.size(); ++i) source.push_back({i, i + 1});
}

SourceRange NormalizedText::source_of(std::size_t begin, std::size_t end) const {
  SourceRange range = source[begin];
  for (std::size_t i = begin + 1; i < end; ++i) {
    range.begin = std::min(range.begin, source[i].begin);
    range.end = std::max(range.end, source[i].end);
  }
  return range;
}

void TextRewriter::keep(std::size_t begin, std::size_t end) {
  note_source(begin);
  text_.append(target_.text, begin, end - begin);
  if (target_.tracks_source) {
    const auto first = target_.source.begin();
    source_.insert(source_.end(), first + static_cast<std::ptrdiff_t>(begin), first + static_cast<std::ptrdiff_t>(end));
  }
}

void TextRewriter::replace(std::size_t begin, std::size_t end, std::string_view with) {
  note_source(begin);
  text_.append(with);
  if (!target_.tracks_source) return;
  SourceRange range;
  if (begin < end) {
    range = target_.source_of(begin, end);
  } else if (begin < target_.source.size()) {
    range = {target_.source[begin].begin, target_.source[begin].begin};  // inserted: it came from nowhere
  }
  source_.insert(source_.end(), with.size(), range);
}

void TextRewriter::finish() {
  target_.keeps_start = target_.keeps_start && starts_at_ == 0;
  target_.text = std::move(text_);
  target_.source = std::move(source_);
}

}  // namespace hearth
