#include "store/search_query.h"

#include <vector>

#include "base/unicode.h"

namespace hearth {
namespace {

constexpr std::size_t kMostWords = 32;

/// Letters, digits and marks: what the index's tokenizer makes words of.
bool is_of_word(char32_t code_point) {
  const char kind = category(code_point)[0];
  return kind == 'L' || kind == 'N' || kind == 'M' || std::string_view(category(code_point)) == "Co";
}

/// Quoted, so that nothing in it is syntax. Signs between letters would be words of nothing, which FTS5 refuses in some
/// places, so they are blanks; several words in one pair of quotes follow each other.
struct Words {
  std::string text;
  bool ends_in_word = false;
  bool empty() const { return text.find_first_not_of(' ') == std::string::npos; }
  void add(std::string_view bytes, char32_t code_point) {
    ends_in_word = is_of_word(code_point);
    if (ends_in_word) {
      text += bytes;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
};

}  // namespace

std::string search_expression(std::string_view query) {
  std::vector<std::string> terms;
  Words words;
  bool quoted = false;
  const auto finish = [&](bool may_go_on) {
    if (!words.empty() && terms.size() < kMostWords) {
      while (words.text.back() == ' ') words.text.pop_back();
      terms.push_back('"' + words.text + '"' + (may_go_on && words.ends_in_word ? "*" : ""));
    }
    words = {};
  };
  for (std::size_t at = 0; at < query.size();) {
    const CodePoint point = decode_utf8(query, at);
    const std::string_view bytes = query.substr(at, point.length);
    at += point.length;
    if (point.valid && point.value == '"') {
      finish(false);
      quoted = !quoted;
    } else if (!quoted && (point.value == ' ' || point.value == '\t' || point.value == '\n')) {
      finish(false);
    } else {
      words.add(bytes, point.valid ? point.value : U' ');
    }
  }
  finish(true);
  std::string expression;
  for (const std::string& term : terms) expression += (expression.empty() ? "" : " AND ") + term;
  return expression;
}

}  // namespace hearth
