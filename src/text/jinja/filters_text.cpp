// Filters that give text.
#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "text/jinja/filters.h"
#include "text/jinja/find_text.h"
#include "text/jinja/format_percent.h"
#include "text/jinja/iteration.h"
#include "text/jinja/letter_case.h"
#include "text/jinja/markup.h"
#include "text/jinja/methods.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

/// str(value), but Markup stays Markup.
Value soft_string(Runtime& runtime, const Value& value) {
  return value.string() != nullptr ? value : runtime.string(to_text(runtime, value));
}

Value string(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "string", arguments, {});
  return soft_string(runtime, value);
}

template <Text (*Map)(const Text&)>
Value mapped(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "this filter", arguments, {});
  const Value text = soft_string(runtime, value);
  const StringObject& object = *text.string();
  runtime.touch(object.text.size() * (object.ascii ? 1 : 16));
  return runtime.string(Map(object.text), object.markup);
}

Value trim(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "trim", arguments, {"chars"});
  Arguments chars;
  if (bound.get(0) != nullptr) chars.positional.push_back(*bound.get(0));
  return find_string_method("strip")(runtime, soft_string(runtime, value), chars);
}

Value replace_text(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "replace", arguments, {"old", "new", "count"});
  const Text old = to_text(runtime, bound.require(0));
  const Text replacement = to_text(runtime, bound.require(1));
  return runtime.string(
      replace(runtime, to_text(runtime, value), old.view(), replacement, bound.integer_or_none(2, -1)));
}

Value center(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "center", arguments, {"width"});
  Arguments width;
  width.positional.push_back(Value(bound.integer(0, 80)));
  return find_string_method("center")(runtime, soft_string(runtime, value), width);
}

Value indent(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "indent", arguments, {"width", "first", "blank"});
  const StringObject& source = require_string(runtime, value);
  Text margin;
  if (bound.get(0) != nullptr && bound.get(0)->string() != nullptr) {
    margin = bound.get(0)->string()->text;
  } else {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(0, bound.integer(0, 4)));
    runtime.require_size(width);
    margin = Text(std::string(width, ' '));
  }
  Text terminated = source.text;  // Jinja appends a line break before it splits, so that empty text is one empty line
  runtime.append(terminated, "\n");
  const bool blank = bound.truth(2, false);
  Text out;
  bool first = true;
  for (const auto& [begin, end] : split_lines(runtime, terminated.view(), false)) {
    if (!first) runtime.append(out, "\n");
    if (first ? bound.truth(1, false) : blank || begin != end) runtime.append(out, margin);
    runtime.require_size(out.size() + (end - begin));
    out.append_slice(terminated, begin, end);
    first = false;
  }
  return runtime.string(std::move(out), source.markup);
}

Value truncate(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "truncate", arguments, {"length", "killwords", "end", "leeway"});
  const Value dots = bound.get(2) == nullptr ? runtime.string("...") : *bound.get(2);
  const Text& end = require_string(runtime, dots).text;
  const std::int64_t limit = bound.integer(0, 255);
  const std::int64_t leeway = bound.integer_or_none(3, 5);
  const std::int64_t end_length = length(runtime, dots);
  if (limit < end_length || leeway < 0)
    runtime.fail("truncate() needs a length of at least its ending's and no negative leeway");
  if (length(runtime, value) - leeway <= limit) return value;
  const StringObject& source = require_string(runtime, value);
  const std::string_view view = source.text.view();
  std::size_t cut = byte_of_character(view, static_cast<std::size_t>(limit - end_length));
  if (!bound.truth(1, false)) {
    const std::size_t blank = view.substr(0, cut).rfind(' ');
    if (blank != std::string_view::npos) cut = blank;
  }
  Text out = source.text.slice(0, cut);
  runtime.append(out, end);
  return runtime.string(std::move(out), source.markup);
}

Value wordcount(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "wordcount", arguments, {});
  const Text text = to_text(runtime, value);
  runtime.touch(text.size() * 4);
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_utf8(text.view(), i);
    const bool word = c.valid && is_word(c.value);
    words += word && !inside ? 1 : 0;
    inside = word;
    i += c.length;
  }
  return Value(words);
}

Value format(Runtime& runtime, const Value& value, const Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    runtime.fail("format can't handle positional and keyword arguments at the same time");
  }
  const Value text = soft_string(runtime, value);
  if (arguments.named.empty()) return format_percent(runtime, *text.string(), runtime.tuple(arguments.positional));
  DictObject named;
  for (const auto& [name, argument] : arguments.named) named.set(runtime.string(name), argument);
  return format_percent(runtime, *text.string(), runtime.dict(std::move(named)));
}

Value escape(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "escape", arguments, {});
  return runtime.string(text_for(runtime, value, true), true);
}

Value forceescape(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "forceescape", arguments, {});
  return runtime.string(escape_html(runtime, to_text(runtime, value)), true);
}

Value safe(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "safe", arguments, {});
  return runtime.string(to_text(runtime, value), true);
}

/// Percent-encodes what RFC 3986 does not leave alone; in a query a blank is '+' and '/' is encoded, too.
void append_quoted(Runtime& runtime, Text& out, const Text& text, bool query) {
  const std::string_view view = text.view();
  runtime.require_size(out.size() + view.size() * 3);
  runtime.touch(view.size() * 4);
  for (std::size_t i = 0; i < view.size(); ++i) {
    const char c = view[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || (c == '/' && !query);
    const std::string shown = plain               ? std::string(1, c)
                              : query && c == ' ' ? "+"
                                                  : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    out.append(shown, text.untrusted_at(i));
  }
}

Value urlencode(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "urlencode", arguments, {});
  Text out;
  if (value.string() != nullptr || !is_iterable(value)) {
    append_quoted(runtime, out, to_text(runtime, value), false);
    return runtime.string(std::move(out));
  }
  const auto pair = [&](const Value& name, const Value& content) {
    if (!out.empty()) runtime.append(out, "&");
    append_quoted(runtime, out, to_text(runtime, name), true);
    runtime.append(out, "=");
    append_quoted(runtime, out, to_text(runtime, content), true);
  };
  if (const DictObject* dict = value.dict()) {
    for (const auto& [name, content] : dict->entries()) pair(name, content);
    return runtime.string(std::move(out));
  }
  Iteration items(runtime, value);
  while (const auto item = items.next()) {
    const auto entry = collect(runtime, *item);
    if (entry.size() != 2) runtime.fail("urlencode needs pairs");
    pair(entry[0], entry[1]);
  }
  return runtime.string(std::move(out));
}

Value striptags(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "striptags", arguments, {});
  const Text text = to_text(runtime, value);
  runtime.touch(text.size());
  Text bare;
  std::size_t plain = 0;
  for (std::size_t open = text.view().find('<'); open != std::string_view::npos; open = text.view().find('<', plain)) {
    const bool comment = text.view().substr(open).starts_with("<!--");
    const std::size_t close = text.view().find(comment ? "-->" : ">", open);
    if (close == std::string_view::npos) break;
    bare.append_slice(text, plain, open);
    plain = close + (comment ? 3 : 1);
  }
  bare.append_slice(text, plain, text.size());
  Text out;
  for (const auto& [begin, end] : split(runtime, bare.view(), nullptr, -1)) {
    if (!out.empty()) out.append(" ", bare.untrusted_at(begin));
    out.append_slice(bare, begin, end);
  }
  return runtime.string(std::move(out));
}

constexpr FilterEntry kFilters[] = {
    {"string", string},
    {"upper", mapped<to_upper>},
    {"lower", mapped<to_lower>},
    {"title", mapped<title_words>},
    {"capitalize", mapped<capitalize>},
    {"trim", trim},
    {"replace", replace_text},
    {"center", center},
    {"indent", indent},
    {"truncate", truncate},
    {"wordcount", wordcount},
    {"format", format},
    {"escape", escape},
    {"e", escape},
    {"forceescape", forceescape},
    {"safe", safe},
    {"urlencode", urlencode},
    {"striptags", striptags},
};

}  // namespace

Filter find_text_filter(std::string_view name) { return find_filter_in(kFilters, name); }

}  // namespace hearth::jinja
