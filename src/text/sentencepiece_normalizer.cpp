#include "text/sentencepiece_normalizer.h"

#include "base/unicode.h"
#include "text/word_boundary.h"

namespace hearth {

void SentencePieceNormalizer::apply(NormalizedText& text) const {
  const std::string_view in = text.text;
  TextRewriter rewriter(text);
  bool in_word = false;
  bool prefixed = false;
  std::string out;
  for (std::size_t i = 0; i < in.size();) {
    const auto mapped = map_ ? map_->longest(in.substr(i)) : std::nullopt;
    const std::size_t length = mapped ? mapped->length : decode_utf8(in, i).length;
    const std::string_view characters = mapped ? mapped->replacement : in.substr(i, length);
    out.clear();
    for (const char c : characters) {
      if (c == ' ') {
        in_word = false;
        if (!rules_.remove_extra_whitespaces) out += kMetaspace;
        continue;
      }
      if (!in_word && (rules_.remove_extra_whitespaces || (rules_.add_space_prefix && !prefixed))) {
        out += kMetaspace;
        prefixed = true;
      }
      in_word = true;
      out += c;
    }
    rewriter.replace(i, i + length, out);
    i += length;
  }
  rewriter.finish();
}

}  // namespace hearth
