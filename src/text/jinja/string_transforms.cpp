// Methods of str that give a string or a list of strings.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "text/jinja/find_text.h"
#include "text/jinja/format_spec.h"
#include "text/jinja/iteration.h"
#include "text/jinja/letter_case.h"
#include "text/jinja/markup.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/search.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

/// Of a method without arguments that maps the text.
template <Text (*Map)(const Text&)>
Value mapped(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "this method", arguments, {});
  const StringObject& string = *self.string();
  // Beyond ASCII each character is looked up in tables.
  runtime.touch(string.text.size() * (string.ascii ? 1 : 16));
  return runtime.string(Map(string.text), string.markup);
}

Value strip_sides(Runtime& runtime, const Value& self, const Arguments& arguments, bool left, bool right) {
  const BoundArguments bound(runtime, "strip", arguments, {"chars"});
  const StringObject& string = *self.string();
  const StringObject* chars = bound.string(0);
  const std::string_view view = string.text.view();
  if (chars != nullptr) runtime.step(chars->text.size());
  const auto [begin, end] =
      chars == nullptr ? trim_space(view, left, right) : trim_characters(view, chars->text.view(), left, right);
  return runtime.string(string.text.slice(begin, end), string.markup);
}

Value strip(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return strip_sides(runtime, self, arguments, true, true);
}
Value lstrip(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return strip_sides(runtime, self, arguments, true, false);
}
Value rstrip(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return strip_sides(runtime, self, arguments, false, true);
}

Value pieces(Runtime& runtime, const StringObject& string, const std::vector<Text::Range>& ranges) {
  std::vector<Value> parts;
  parts.reserve(ranges.size());
  for (const auto& [begin, end] : ranges) {
    runtime.step();
    parts.push_back(runtime.string(string.text.slice(begin, end), string.markup));
  }
  return runtime.list(std::move(parts));
}

using Splitter = std::vector<Text::Range> (*)(Runtime&, std::string_view, const std::string_view*, std::int64_t);

template <Splitter Split>
Value split_by(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "split", arguments, {"sep", "maxsplit"});
  const StringObject& string = *self.string();
  const StringObject* separator = bound.string(0);
  const std::string_view view = separator == nullptr ? std::string_view() : separator->text.view();
  return pieces(runtime, string,
                Split(runtime, string.text.view(), separator == nullptr ? nullptr : &view, bound.integer(1, -1)));
}

Value splitlines(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "splitlines", arguments, {"keepends"});
  const StringObject& string = *self.string();
  return pieces(runtime, string, split_lines(runtime, string.text.view(), bound.truth(0, false)));
}

Value partition_at(Runtime& runtime, const Value& self, const Arguments& arguments, bool from_right) {
  const BoundArguments bound(runtime, "partition", arguments, {"sep"});
  const StringObject& string = *self.string();
  const StringObject& separator = require_string(runtime, bound.require(0));
  if (separator.text.empty()) runtime.fail("empty separator");
  runtime.touch(string.text.size());
  const std::string_view view = string.text.view();
  const Needle needle(runtime, separator.text.view());
  const std::size_t at = from_right ? needle.rfind(view) : needle.find(view);
  const Value nothing = runtime.string("");
  if (at == std::string_view::npos)
    return from_right ? runtime.tuple({nothing, nothing, self}) : runtime.tuple({self, nothing, nothing});
  const std::size_t end = at + separator.text.size();
  return runtime.tuple({runtime.string(string.text.slice(0, at), string.markup), bound.require(0),
                        runtime.string(string.text.slice(end, view.size()), string.markup)});
}

Value partition(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return partition_at(runtime, self, arguments, false);
}
Value rpartition(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return partition_at(runtime, self, arguments, true);
}

Value replace_all(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "replace", arguments, {"old", "new", "count"});
  const StringObject& string = *self.string();
  const StringObject& old = require_string(runtime, bound.require(0));
  require_string(runtime, bound.require(1));
  const Text replacement = text_for(runtime, bound.require(1), string.markup);
  return runtime.string(replace(runtime, string.text, old.text.view(), replacement, bound.integer(2, -1)),
                        string.markup);
}

Value join(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "join", arguments, {"iterable"});
  const StringObject& separator = *self.string();
  Iteration items(runtime, bound.require(0));
  Text out;
  bool first = true;
  while (const auto item = items.next()) {
    if (!separator.markup) require_string(runtime, *item);
    if (!first) runtime.append(out, separator.text);
    runtime.append(out, text_for(runtime, *item, separator.markup));
    first = false;
  }
  return runtime.string(std::move(out), separator.markup);
}

Value remove_affix(Runtime& runtime, const Value& self, const Arguments& arguments, bool at_start) {
  const BoundArguments bound(runtime, at_start ? "removeprefix" : "removesuffix", arguments, {"affix"});
  const StringObject& string = *self.string();
  const std::string_view affix = require_string(runtime, bound.require(0)).text.view();
  const std::size_t size = string.text.size();
  if (at_start ? !string.text.view().starts_with(affix) : !string.text.view().ends_with(affix)) return self;
  return runtime.string(at_start ? string.text.slice(affix.size(), size) : string.text.slice(0, size - affix.size()),
                        string.markup);
}

Value removeprefix(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return remove_affix(runtime, self, arguments, true);
}
Value removesuffix(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return remove_affix(runtime, self, arguments, false);
}

Value justify(Runtime& runtime, const Value& self, const Arguments& arguments, char align) {
  const BoundArguments bound(runtime, "justify", arguments, {"width", "fillchar"});
  bound.require(0);
  FormatSpec spec;
  spec.align = align;
  spec.width = static_cast<std::size_t>(std::max<std::int64_t>(0, bound.integer(0, 0)));
  if (const StringObject* fill = bound.string(1)) {
    if (count_characters(fill->text.view()) != 1) runtime.fail("the fill character must be exactly one character long");
    spec.fill = fill->text;
  }
  return runtime.string(format_string(runtime, self.string()->text, spec), self.string()->markup);
}

Value ljust(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return justify(runtime, self, arguments, '<');
}
Value rjust(Runtime& runtime, const Value& self, const Arguments& arguments) {
  return justify(runtime, self, arguments, '>');
}

Value center(Runtime& runtime, const Value& self, const Arguments& arguments) {
  // CPython puts the odd blank of an odd width to the left, str.format to the right.
  const BoundArguments bound(runtime, "center", arguments, {"width", "fillchar"});
  bound.require(0);
  const std::int64_t width = bound.integer(0, 0);
  const std::int64_t size = length(runtime, self);
  if (width <= size) return self;
  const std::int64_t missing = width - size;
  const std::int64_t left = missing / 2 + (missing & width & 1);
  Arguments half;
  half.positional = {Value(size + left)};
  if (const Value* fill = bound.get(1)) half.positional.push_back(*fill);
  const Value padded = justify(runtime, self, half, '>');
  half.positional[0] = Value(width);
  return justify(runtime, padded, half, '<');
}

Value zfill(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "zfill", arguments, {"width"});
  bound.require(0);
  const StringObject& string = *self.string();
  FormatSpec spec;
  spec.fill = Text("0");
  spec.align = '>';
  spec.width = static_cast<std::size_t>(std::max<std::int64_t>(0, bound.integer(0, 0)));
  const bool sign = !string.text.empty() && (string.text.view()[0] == '-' || string.text.view()[0] == '+');
  if (!sign) return runtime.string(format_string(runtime, string.text, spec), string.markup);
  spec.width -= spec.width > 0 ? 1 : 0;
  Text out = string.text.slice(0, 1);
  runtime.append(out, format_string(runtime, string.text.slice(1, string.text.size()), spec));
  return runtime.string(std::move(out), string.markup);
}

Value expandtabs(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "expandtabs", arguments, {"tabsize"});
  const std::int64_t every = std::clamp<std::int64_t>(bound.integer(0, 8), 0, 1 << 20);
  const StringObject& string = *self.string();
  const std::string_view view = string.text.view();
  runtime.touch(view.size());
  Text out;
  std::int64_t column = 0;
  for (std::size_t i = 0; i < view.size();) {
    const std::size_t bytes = decode_utf8(view, i).length;
    if (view[i] == '\t') {
      const std::int64_t blanks = every == 0 ? 0 : every - column % every;
      runtime.append(out, std::string(static_cast<std::size_t>(blanks), ' '), string.text.untrusted_at(i));
      column += blanks;
    } else {
      out.append_slice(string.text, i, i + bytes);
      column = view[i] == '\n' || view[i] == '\r' ? 0 : column + 1;
    }
    i += bytes;
  }
  return runtime.string(std::move(out), string.markup);
}

constexpr std::pair<std::string_view, Method> kMethods[] = {
    {"strip", strip},
    {"lstrip", lstrip},
    {"rstrip", rstrip},
    {"split", split_by<split>},
    {"rsplit", split_by<split_from_right>},
    {"splitlines", splitlines},
    {"partition", partition},
    {"rpartition", rpartition},
    {"replace", replace_all},
    {"join", join},
    {"removeprefix", removeprefix},
    {"removesuffix", removesuffix},
    {"ljust", ljust},
    {"rjust", rjust},
    {"center", center},
    {"zfill", zfill},
    {"expandtabs", expandtabs},
    {"lower", mapped<to_lower>},
    {"casefold", mapped<fold_case>},
    {"upper", mapped<to_upper>},
    {"title", mapped<to_title>},
    {"capitalize", mapped<capitalize>},
    {"swapcase", mapped<swap_case>},
};

}  // namespace

Method find_string_transform(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kMethods), std::end(kMethods), [name](const auto& entry) { return entry.first == name; });
  return found == std::end(kMethods) ? nullptr : found->second;
}

}  // namespace hearth::jinja
