#include "text/jinja/find_text.h"

#include <algorithm>

#include "base/unicode.h"
#include "text/jinja/runtime.h"
#include "text/jinja/search.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

bool space_at(std::string_view text, std::size_t at, std::size_t& length) {
  const CodePoint c = decode_utf8(text, at);
  length = c.length;
  return c.valid && is_space(c.value);
}

std::vector<Text::Range> split_space(Runtime& runtime, std::string_view text, std::int64_t limit) {
  std::vector<Text::Range> parts;
  std::size_t at = 0;
  while (true) {
    at = trim_space(text.substr(at), true, false).first + at;
    if (at >= text.size()) return parts;
    runtime.step();
    if (limit >= 0 && parts.size() >= static_cast<std::size_t>(limit)) {
      parts.emplace_back(at, text.size());
      return parts;
    }
    const std::size_t begin = at;
    std::size_t length = 0;
    while (at < text.size() && !space_at(text, at, length)) at += length;
    parts.emplace_back(begin, at);
  }
}

std::vector<Text::Range> split_space_from_right(Runtime& runtime, std::string_view text, std::int64_t limit) {
  auto words = split_space(runtime, text, -1);
  if (limit >= 0 && words.size() > static_cast<std::size_t>(limit)) {
    const auto kept = words.size() - static_cast<std::size_t>(limit);
    const Text::Range head{0, words[kept - 1].second};
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(kept));
    words.insert(words.begin(), head);
  }
  return words;
}

void require_separator(Runtime& runtime, std::string_view separator) {
  if (separator.empty()) runtime.fail("empty separator");
}

Text interleave(Runtime& runtime, const Text& text, const Text& replacement, std::int64_t limit) {
  Text out;
  std::size_t at = 0;
  for (std::int64_t done = 0; limit < 0 || done < limit; ++done) {
    runtime.append(out, replacement);
    if (at >= text.size()) return out;
    const std::size_t length = decode_utf8(text.view(), at).length;
    out.append_slice(text, at, at + length);
    at += length;
  }
  out.append_slice(text, at, text.size());
  return out;
}

}  // namespace

Text replace(Runtime& runtime, const Text& text, std::string_view old, const Text& replacement, std::int64_t limit) {
  runtime.touch(text.size());
  if (old.empty()) return interleave(runtime, text, replacement, limit);
  const Needle needle(runtime, old);
  Text out;
  std::size_t plain = 0;
  for (std::int64_t done = 0; limit < 0 || done < limit; ++done) {
    const std::size_t at = needle.find(text.view(), plain);
    if (at == std::string_view::npos) break;
    out.append_slice(text, plain, at);
    runtime.append(out, replacement);
    plain = at + old.size();
  }
  out.append_slice(text, plain, text.size());
  return out;
}

std::vector<Text::Range> split(Runtime& runtime, std::string_view text, const std::string_view* separator,
                               std::int64_t limit) {
  runtime.touch(text.size());
  if (separator == nullptr) return split_space(runtime, text, limit);
  require_separator(runtime, *separator);
  std::vector<Text::Range> parts;
  const Needle needle(runtime, *separator);
  std::size_t begin = 0;
  while (limit < 0 || parts.size() < static_cast<std::size_t>(limit)) {
    const std::size_t at = needle.find(text, begin);
    if (at == std::string_view::npos) break;
    runtime.step();
    parts.emplace_back(begin, at);
    begin = at + separator->size();
  }
  parts.emplace_back(begin, text.size());
  return parts;
}

std::vector<Text::Range> split_from_right(Runtime& runtime, std::string_view text, const std::string_view* separator,
                                          std::int64_t limit) {
  runtime.touch(text.size());
  if (separator == nullptr) return split_space_from_right(runtime, text, limit);
  require_separator(runtime, *separator);
  std::vector<Text::Range> parts;
  const Needle needle(runtime, *separator);
  std::size_t end = text.size();
  while (limit < 0 || parts.size() < static_cast<std::size_t>(limit)) {
    const std::size_t at = needle.rfind(text.substr(0, end));
    if (at == std::string_view::npos) break;
    runtime.step();
    parts.emplace_back(at + separator->size(), end);
    end = at;
  }
  parts.emplace_back(0, end);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<Text::Range> split_lines(Runtime& runtime, std::string_view text, bool keep_ends) {
  runtime.touch(text.size());
  std::vector<Text::Range> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = line_break_at(text, i);
    if (length == 0) {
      ++i;
      continue;
    }
    runtime.step();
    lines.emplace_back(begin, keep_ends ? i + length : i);
    i += length;
    begin = i;
  }
  if (begin < text.size()) lines.emplace_back(begin, text.size());
  return lines;
}

}  // namespace hearth::jinja
