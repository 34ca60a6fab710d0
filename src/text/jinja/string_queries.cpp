// Methods of str that answer a question: where something is, how often, of what kind the characters are.
#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "text/jinja/letter_case.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/search.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

/// Python's text[start:end] of find, count, startswith …: bytes, and whether start lies within the text.
struct Window {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool valid = true;
};

Window window(Runtime& runtime, const StringObject& string, const BoundArguments& bound) {
  const std::string_view view = string.text.view();
  if (bound.get(1) == nullptr && bound.get(2) == nullptr) return {0, view.size(), true};
  runtime.touch(view.size());
  const auto size = static_cast<std::int64_t>(string.ascii ? view.size() : count_characters(view));
  const auto clamp = [size](std::int64_t at) {
    return std::max<std::int64_t>(0, at < 0 ? std::max(at, -size) + size : at);
  };
  const std::int64_t start = clamp(bound.integer_or_none(1, 0));
  const std::int64_t end = std::min(clamp(bound.integer_or_none(2, size)), size);
  if (start > end) return {0, 0, false};
  const auto byte = [&](std::int64_t at) {
    return string.ascii ? static_cast<std::size_t>(at) : byte_of_character(view, static_cast<std::size_t>(at));
  };
  return {byte(start), byte(end), true};
}

std::int64_t position(Runtime& runtime, const Value& self, const Arguments& arguments, bool last) {
  const BoundArguments bound(runtime, "find", arguments, {"sub", "start", "end"});
  const StringObject& string = *self.string();
  const std::string_view part = require_string(runtime, bound.require(0)).text.view();
  const Window range = window(runtime, string, bound);
  if (!range.valid) return -1;
  runtime.touch(string.text.size());
  const std::string_view view = string.text.view().substr(0, range.end);
  const std::string_view inside = view.substr(range.begin);
  const Needle needle(runtime, part);
  const std::size_t at = last ? needle.rfind(inside) : needle.find(inside);
  if (at == std::string_view::npos) return -1;
  return static_cast<std::int64_t>(string.ascii ? range.begin + at
                                                : count_characters(view.substr(0, range.begin + at)));
}

Value find(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return Value(position(runtime, self, arguments, false));
}
Value rfind(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return Value(position(runtime, self, arguments, true));
}

template <bool Last>
Value index(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const std::int64_t at = position(runtime, self, arguments, Last);
  if (at < 0) runtime.fail("substring not found");
  return Value(at);
}

Value count(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "count", arguments, {"sub", "start", "end"});
  const StringObject& string = *self.string();
  const std::string_view part = require_string(runtime, bound.require(0)).text.view();
  const Window range = window(runtime, string, bound);
  if (!range.valid) return Value(std::int64_t{0});
  const std::string_view inside = string.text.view().substr(range.begin, range.end - range.begin);
  runtime.touch(inside.size());
  if (part.empty()) return Value::count(count_characters(inside) + 1);
  std::int64_t found = 0;
  const Needle needle(runtime, part);
  for (std::size_t at = needle.find(inside); at != Needle::npos; at = needle.find(inside, at + part.size())) ++found;
  return Value(found);
}

template <bool AtStart>
Value affixed(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, AtStart ? "startswith" : "endswith", arguments, {"affix", "start", "end"});
  const StringObject& string = *self.string();
  const Window range = window(runtime, string, bound);
  const std::string_view inside = string.text.view().substr(range.begin, range.end - range.begin);
  const auto matches = [&](const Value& affix) {
    runtime.step();
    const std::string_view text = require_string(runtime, affix).text.view();
    return range.valid && (AtStart ? inside.starts_with(text) : inside.ends_with(text));
  };
  const SequenceObject* several = bound.require(0).tuple();
  if (several == nullptr) return Value(matches(bound.require(0)));
  return Value(std::any_of(several->items.begin(), several->items.end(), matches));
}

/// Not empty, and every character fits.
template <bool (*Fits)(char32_t)>
Value all_characters(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "this method", arguments, {});
  const std::string_view view = self.string()->text.view();
  runtime.touch(view.size() * 4);
  for (std::size_t i = 0; i < view.size();) {
    const CodePoint c = decode_utf8(view, i);
    if (!c.valid || !Fits(c.value)) return Value(false);
    i += c.length;
  }
  return Value(!view.empty());
}

bool is_letter(char32_t c) { return category(c)[0] == 'L'; }
bool is_decimal(char32_t c) { return std::string_view(category(c)) == "Nd"; }
/// Python asks for Unicode's digit and numeric values; superscripts, subscripts and circled digits are those outside
/// "Nd".
bool is_digit(char32_t c) {
  return is_decimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 || (c >= 0x2074 && c <= 0x2079) ||
         (c >= 0x2080 && c <= 0x2089) || (c >= 0x2460 && c <= 0x2468) || (c >= 0x2474 && c <= 0x247C) ||
         (c >= 0x2488 && c <= 0x2490);
}
bool is_numeric(char32_t c) { return category(c)[0] == 'N'; }
bool is_alphanumeric(char32_t c) { return is_letter(c) || is_numeric(c); }

Value isascii(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "isascii", arguments, {});
  return Value(self.string()->ascii);
}

Value isprintable(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "isprintable", arguments, {});
  if (self.string()->text.empty()) return Value(true);
  return all_characters<is_printable>(runtime, self, arguments);
}

/// Some character has case, and all that have it have this one.
template <LetterCase Wanted>
Value all_cased(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "this method", arguments, {});
  const std::string_view view = self.string()->text.view();
  runtime.touch(view.size() * 4);
  bool any = false;
  for (std::size_t i = 0; i < view.size();) {
    const CodePoint c = decode_utf8(view, i);
    const LetterCase now = letter_case(c.value);
    if (now != LetterCase::kNone && now != Wanted) return Value(false);
    any = any || now == Wanted;
    i += c.length;
  }
  return Value(any);
}

Value istitle(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "istitle", arguments, {});
  const std::string_view view = self.string()->text.view();
  runtime.touch(view.size() * 4);
  bool inside = false;
  bool any = false;
  for (std::size_t i = 0; i < view.size();) {
    const CodePoint c = decode_utf8(view, i);
    const LetterCase now = letter_case(c.value);
    if (now != LetterCase::kNone && (now == LetterCase::kLower) != inside) return Value(false);
    inside = now != LetterCase::kNone;
    any = any || inside;
    i += c.length;
  }
  return Value(any);
}

Value isidentifier(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "isidentifier", arguments, {});
  const std::string_view view = self.string()->text.view();
  if (view.empty() || is_decimal(decode_utf8(view, 0).value)) return Value(false);
  return all_characters<is_word>(runtime, self, arguments);
}

constexpr std::pair<std::string_view, Method> kMethods[] = {
    {"find", find},
    {"rfind", rfind},
    {"index", index<false>},
    {"rindex", index<true>},
    {"count", count},
    {"startswith", affixed<true>},
    {"endswith", affixed<false>},
    {"isalpha", all_characters<is_letter>},
    {"isdecimal", all_characters<is_decimal>},
    {"isdigit", all_characters<is_digit>},
    {"isnumeric", all_characters<is_numeric>},
    {"isalnum", all_characters<is_alphanumeric>},
    {"isspace", all_characters<is_space>},
    {"isascii", isascii},
    {"isprintable", isprintable},
    {"isidentifier", isidentifier},
    {"islower", all_cased<LetterCase::kLower>},
    {"isupper", all_cased<LetterCase::kUpper>},
    {"istitle", istitle},
};

}  // namespace

Method find_string_query(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kMethods), std::end(kMethods), [name](const auto& entry) { return entry.first == name; });
  return found == std::end(kMethods) ? nullptr : found->second;
}

}  // namespace hearth::jinja
