#include "base/unicode.h"
#include "text/character_class.h"
#include "text/lowercase.h"
#include "text/normalizer.h"

namespace hearth {
namespace {

void clean(NormalizedText& text) {
  TextRewriter rewriter(text);
  const std::string_view in = text.text;
  for (std::size_t i = 0; i < in.size();) {
    const CodePoint c = decode_utf8(in, i);
    const std::size_t end = i + c.length;
    if (c.valid && (c.value == 0 || c.value == 0xFFFD || is_bert_control(c.value))) {
      rewriter.replace(i, end, {});
    } else if (c.valid && is_white_space(c.value)) {
      rewriter.replace(i, end, " ");
    } else {
      rewriter.keep(i, end);
    }
    i = end;
  }
  rewriter.finish();
}

void space_ideographs(NormalizedText& text) {
  TextRewriter rewriter(text);
  const std::string_view in = text.text;
  std::size_t kept_from = 0;
  for (std::size_t i = 0; i < in.size();) {
    const CodePoint c = decode_utf8(in, i);
    const std::size_t end = i + c.length;
    if (c.valid && is_bert_ideograph(c.value)) {
      rewriter.keep(kept_from, i);
      rewriter.replace(i, i, " ");
      rewriter.keep(i, end);
      rewriter.replace(end, end, " ");
      kept_from = end;
    }
    i = end;
  }
  if (kept_from == 0) return;
  rewriter.keep(kept_from, in.size());
  rewriter.finish();
}

void drop_nonspacing_marks(NormalizedText& text) {
  TextRewriter rewriter(text);
  const std::string_view in = text.text;
  for (std::size_t i = 0; i < in.size();) {
    const CodePoint c = decode_utf8(in, i);
    if (!c.valid || !is_nonspacing_mark(c.value)) rewriter.keep(i, i + c.length);
    i += c.length;
  }
  rewriter.finish();
}

}  // namespace

void BertNormalizer::apply(NormalizedText& text) const {
  if (options_.clean_text) clean(text);
  if (options_.handle_chinese_chars) space_ideographs(text);
  if (options_.strip_accents) {
    UnicodeNormalizer(NormalForm::kNfd).apply(text);
    drop_nonspacing_marks(text);
  }
  if (options_.lowercase) LowercaseNormalizer().apply(text);
}

}  // namespace hearth
