#include "text/jinja/to_text.h"

#include <fmt/format.h>

#include "base/unicode.h"
#include "text/jinja/numbers.h"
#include "text/jinja/runtime.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

void append_repr(Runtime& runtime, Text& out, const Value& value, bool inherited);

std::string escaped_character(const CodePoint& c, char byte) {
  if (!c.valid) return fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  switch (c.value) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  const auto number = static_cast<std::uint32_t>(c.value);
  if (number < 0x100) return fmt::format("\\x{:02x}", number);
  if (number < 0x10000) return fmt::format("\\u{:04x}", number);
  return fmt::format("\\U{:08x}", number);
}

/// How many bytes from `at` are ASCII that needs no escape.
std::size_t plain_run(std::string_view text, std::size_t at, char quote) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= 0x20 && text[end] < 0x7F && text[end] != quote && text[end] != '\\') ++end;
  return end - at;
}

/// Single quotes, unless the text holds them and no double ones.
void append_string_repr(Runtime& runtime, Text& out, const StringObject& string, bool inherited) {
  const std::string_view view = string.text.view();
  const bool all = inherited || (!view.empty() && string.text.untrusted_in(0, view.size()));
  const char quote = view.find('\'') != std::string_view::npos && view.find('"') == std::string_view::npos ? '"' : '\'';
  if (string.markup) runtime.append(out, "Markup(", all);
  runtime.append(out, {&quote, 1}, all);
  runtime.touch(view.size());
  for (std::size_t i = 0; i < view.size();) {
    const std::size_t run = plain_run(view, i, quote);
    if (run > 0) {
      if (inherited) {
        out.append(view.substr(i, run), true);
      } else {
        out.append_slice(string.text, i, i + run);
      }
      i += run;
      continue;
    }
    const CodePoint c = decode_utf8(view, i);
    const bool untrusted = inherited || string.text.untrusted_at(i);
    if (c.value == static_cast<char32_t>(quote) || c.value == '\\') {
      const char escape[2] = {'\\', view[i]};
      out.append({escape, 2}, untrusted);
    } else if (!c.valid || !is_printable(c.value)) {
      out.append(escaped_character(c, view[i]), untrusted);
    } else {
      out.append(view.substr(i, c.length), untrusted);
    }
    i += c.length;
    runtime.require_size(out.size());
  }
  runtime.append(out, {&quote, 1}, all);
  if (string.markup) runtime.append(out, ")", all);
}

void append_items(Runtime& runtime, Text& out, const SequenceObject& sequence, bool inherited) {
  bool first = true;
  for (const Value& item : sequence.items) {
    if (!first) runtime.append(out, ", ", inherited);
    append_repr(runtime, out, item, inherited);
    first = false;
  }
}

void append_sequence(Runtime& runtime, Text& out, const SequenceObject& sequence, bool inherited) {
  const bool untrusted = inherited || sequence.untrusted;
  const auto wrapped = [&](std::string_view open, std::string_view close) {
    runtime.append(out, open, untrusted);
    append_items(runtime, out, sequence, untrusted);
    runtime.append(out, close, untrusted);
  };
  switch (sequence.type) {
    case SequenceType::kList: return wrapped("[", "]");
    case SequenceType::kTuple:
    case SequenceType::kGroup: return wrapped("(", sequence.items.size() == 1 ? ",)" : ")");
    case SequenceType::kKeys: return wrapped("dict_keys([", "])");
    case SequenceType::kValues: return wrapped("dict_values([", "])");
    case SequenceType::kItems: return wrapped("dict_items([", "])");
    case SequenceType::kRange: break;
  }
  const auto [start, stop, step] = sequence.range;
  const std::string tail = step == 1 ? "" : fmt::format(", {}", step);
  runtime.append(out, fmt::format("range({}, {}{})", start, stop, tail), untrusted);
}

void append_dict(Runtime& runtime, Text& out, const DictObject& dict, bool inherited) {
  const bool untrusted = inherited || dict.untrusted;
  runtime.append(out, "{", untrusted);
  bool first = true;
  for (const auto& [key, value] : dict.entries()) {
    if (!first) runtime.append(out, ", ", untrusted);
    append_repr(runtime, out, key, untrusted);
    runtime.append(out, ": ", untrusted);
    append_repr(runtime, out, value, untrusted);
    first = false;
  }
  runtime.append(out, "}", untrusted);
}

std::string scalar_text(const Value& value) {
  if (value.is_none()) return "None";
  if (const bool* flag = value.get_if<bool>()) return *flag ? "True" : "False";
  if (const auto* number = value.get_if<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto* number = value.get_if<std::uint64_t>()) return fmt::format("{}", *number);
  return format_float(*value.get_if<double>());
}

void append_repr(Runtime& runtime, Text& out, const Value& value, bool inherited) {
  const Runtime::Nesting nesting(runtime);
  runtime.step();
  if (const StringObject* string = value.string()) return append_string_repr(runtime, out, *string, inherited);
  if (const SequenceObject* sequence = value.sequence()) return append_sequence(runtime, out, *sequence, inherited);
  if (const DictObject* dict = value.dict()) return append_dict(runtime, out, *dict, inherited);
  if (value.is_undefined()) return runtime.append(out, "Undefined");
  // What an object contains is not told apart: all of it counts as the caller's.
  if (Object* object = value.object()) return runtime.append(out, object->repr(runtime), true);
  runtime.append(out, scalar_text(value), inherited || value.untrusted_scalar());
}

}  // namespace

void append_text(Runtime& runtime, Text& out, const Value& value) {
  if (const StringObject* string = value.string()) return runtime.append(out, string->text);
  if (value.is_undefined()) return;
  append_repr(runtime, out, value, false);
}

Text to_text(Runtime& runtime, const Value& value) {
  Text out;
  append_text(runtime, out, value);
  return out;
}

Text repr(Runtime& runtime, const Value& value) {
  Text out;
  append_repr(runtime, out, value, false);
  return out;
}

}  // namespace hearth::jinja
