#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/unicode.h"
#include "hearth/conversations.h"

namespace hearth {
namespace {

constexpr std::size_t kMostCharacters = 60;

constexpr std::array<std::string_view, 24> kGreetings = {
    "hello there",  "hello",          "hi there",     "hi",       "hey there", "hey",
    "good morning", "good afternoon", "good evening", "good day", "please",    "thanks",
    "thank you",    "dear assistant", "ok",           "okay",     "hallo",     "guten tag",
    "guten morgen", "bitte",          "bonjour",      "salut",    "hola",      "ciao"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text, std::string_view also = "") {
  const auto drops = [&](char c) { return is_blank(c) || also.find(c) != std::string_view::npos; };
  while (!text.empty() && drops(text.front())) text.remove_prefix(1);
  while (!text.empty() && drops(text.back())) text.remove_suffix(1);
  return text;
}

bool has_word(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    at += point.length;
    const char kind = point.valid ? category(point.value)[0] : 'C';
    if (kind == 'L' || kind == 'N') return true;
  }
  return false;
}

/// Marks at the beginning of a line: headings, quotes, items of lists.
std::string_view without_line_marks(std::string_view line) {
  for (;;) {
    line = trimmed(line);
    if (line.starts_with('#') || line.starts_with('>')) {
      line.remove_prefix(1);
      continue;
    }
    if (line.size() > 1 && (line[0] == '-' || line[0] == '*' || line[0] == '+') && is_blank(line[1])) {
      line.remove_prefix(2);
      continue;
    }
    const std::size_t digits = line.find_first_not_of("0123456789");
    if (digits != 0 && digits != std::string_view::npos && digits + 1 < line.size() &&
        (line[digits] == '.' || line[digits] == ')') && is_blank(line[digits + 1])) {
      line.remove_prefix(digits + 2);
      continue;
    }
    return line;
  }
}

/// Links keep their words, marks of emphasis and code go.
std::string without_inline_marks(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '`' || c == '*') continue;
    if (c == '_' && (at == 0 || is_blank(line[at - 1]) || at + 1 == line.size() || is_blank(line[at + 1]))) continue;
    if (c == '!' && at + 1 < line.size() && line[at + 1] == '[') continue;
    if (c == '[' || c == ']') {
      const bool is_link = c == ']' && at + 1 < line.size() && line[at + 1] == '(';
      const std::size_t end = is_link ? line.find(')', at) : std::string_view::npos;
      if (end != std::string_view::npos) at = end;
      continue;
    }
    // Line ends within never come here; other controls would break a list.
    text += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// "Hello, can you …" → "can you …". A greeting ends where a word does.
std::string_view without_greetings(std::string_view line) {
  for (bool found = true; found;) {
    found = false;
    line = trimmed(line);
    while (!line.empty() && std::string_view(",.!;:-").find(line.front()) != std::string_view::npos)
      line = trimmed(line.substr(1));
    const std::string low = lower(line);
    for (const std::string_view greeting : kGreetings) {
      if (!low.starts_with(greeting)) continue;
      const std::string_view rest = line.substr(greeting.size());
      if (!rest.empty() && !is_blank(rest.front()) &&
          std::string_view(",.!;:?-").find(rest.front()) == std::string_view::npos)
        continue;
      line = rest;
      found = true;
      break;
    }
  }
  return trimmed(line);
}

std::string single_spaced(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_blank(c) && (result.empty() || result.back() == ' ')) continue;
    result += is_blank(c) ? ' ' : c;
  }
  return std::string(trimmed(result));
}

std::string cut_at_word(const std::string& text) {
  std::size_t at = 0, characters = 0, last_blank = 0;
  while (at < text.size() && characters < kMostCharacters) {
    if (text[at] == ' ') last_blank = at;
    at += decode_utf8(text, at).length;
    ++characters;
  }
  if (at >= text.size()) return text;
  // A word longer than half of the room is cut itself.
  const std::size_t end = text[at] == ' ' ? at : last_blank > at / 2 ? last_blank : at;
  return std::string(trimmed(std::string_view(text).substr(0, end), ",;:-")) + "…";
}

std::string title_of(std::string_view text) {
  bool in_code = false;
  std::string from_code;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    if (line.starts_with("```") || line.starts_with("~~~")) {
      in_code = !in_code;
      continue;
    }
    if (in_code) {
      if (from_code.empty() && has_word(line)) from_code = cut_at_word(single_spaced(line));
      continue;
    }
    const std::string plain = without_inline_marks(without_line_marks(line));
    std::string title = single_spaced(without_greetings(plain));
    if (has_word(title)) return cut_at_word(title);
  }
  return from_code;
}

}  // namespace

std::string conversation_title(std::string_view question, std::string_view answer) {
  std::string title = title_of(question);
  return title.empty() ? title_of(answer) : title;
}

}  // namespace hearth
