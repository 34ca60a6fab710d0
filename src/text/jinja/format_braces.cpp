// str.format(): "{}", "{0}", "{name.attribute[key]!r:>10}", within the sandbox's rules for attributes.
#include <fmt/format.h>

#include <optional>

#include "text/jinja/format_spec.h"
#include "text/jinja/markup.h"
#include "text/jinja/methods.h"
#include "text/jinja/numbers.h"
#include "text/jinja/runtime.h"
#include "text/jinja/subscript.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

class BraceFormatter {
 public:
  BraceFormatter(Runtime& runtime, const Arguments& arguments, bool markup)
      : runtime_(runtime), arguments_(arguments), markup_(markup) {}

  /// `nested`: inside a format specification, where no further one may stand.
  Text run(const Text& format, bool nested) {
    const std::string_view view = format.view();
    Text out;
    std::size_t at = 0;
    while (at < view.size()) {
      const std::size_t brace = std::min(view.find_first_of("{}", at), view.size());
      out.append_slice(format, at, brace);
      at = brace;
      if (at >= view.size()) break;
      if (at + 1 < view.size() && view[at + 1] == view[at]) {
        out.append_slice(format, at, at + 1);
        at += 2;
        continue;
      }
      if (view[at] == '}') runtime_.fail("Single '}' encountered in format string");
      const std::size_t end = matching_brace(view, at);
      runtime_.append(out, field(format.slice(at + 1, end), nested));
      at = end + 1;
    }
    return out;
  }

 private:
  std::size_t matching_brace(std::string_view view, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < view.size(); ++i) {
      if (view[i] == '{') ++depth;
      if (view[i] == '}' && --depth == 0) return i;
    }
    runtime_.fail("expected '}' before end of string");
  }

  Text field(const Text& text, bool nested) {
    const std::string_view view = text.view();
    const std::size_t colon = std::min(find_outside_brackets(view, ':'), view.size());
    std::size_t name_end = colon;
    char conversion = 0;
    if (const std::size_t mark = find_outside_brackets(view.substr(0, colon), '!'); mark != std::string_view::npos) {
      if (colon - mark != 2) runtime_.fail("a conversion in a format string is one character");
      conversion = view[mark + 1];
      name_end = mark;
    }
    const Value value = resolve(view.substr(0, name_end));
    Text spec = colon < view.size() ? text.slice(colon + 1, view.size()) : Text();
    if (spec.view().find_first_of("{}") != std::string_view::npos) {
      if (nested) runtime_.fail("Max string recursion exceeded");
      spec = run(spec, true);
    }
    return convert(value, conversion, spec);
  }

  static std::size_t find_outside_brackets(std::string_view text, char wanted) {
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '[') inside = true;
      if (text[i] == ']') inside = false;
      if (!inside && text[i] == wanted) return i;
    }
    return std::string_view::npos;
  }

  Value resolve(std::string_view name) {
    const std::size_t first_end = std::min(name.find_first_of(".["), name.size());
    Value value = argument(name.substr(0, first_end));
    for (std::size_t at = first_end; at < name.size();) {
      runtime_.step();
      if (name[at] == '.') {
        const std::size_t end = std::min(name.find_first_of(".[", at + 1), name.size());
        value = get_attribute(runtime_, value, name.substr(at + 1, end - at - 1));
        at = end;
        continue;
      }
      const std::size_t close = name.find(']', at);
      if (name[at] != '[' || close == std::string_view::npos)
        runtime_.fail("a malformed field name in a format string");
      const std::string_view key = name.substr(at + 1, close - at - 1);
      const auto number = is_index(key) ? parse_integer(key, 10) : std::nullopt;
      value = get_item(runtime_, value, number ? Value(*number) : runtime_.string(key));
      at = close + 1;
    }
    return value;
  }

  static bool is_index(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  }

  Value argument(std::string_view name) {
    if (name.empty() || is_index(name)) {
      const bool automatic = name.empty();
      if (automatic ? manual_ : next_ > 0) runtime_.fail("cannot switch between automatic and manual field numbering");
      manual_ = !automatic;
      const std::size_t index = automatic ? next_++ : static_cast<std::size_t>(parse_integer(name, 10).value_or(-1));
      if (index < arguments_.positional.size()) return arguments_.positional[index];
      runtime_.fail(fmt::format("Replacement index {} out of range for positional args tuple", index));
    }
    for (const auto& [known, value] : arguments_.named) {
      if (known == name) return value;
    }
    runtime_.fail(fmt::format("format() misses the argument '{}'", name));
  }

  Text convert(const Value& value, char conversion, const Text& spec_text) {
    if (conversion == 'r' || conversion == 'a')
      return format_string(runtime_, repr(runtime_, value), checked_spec(spec_text));
    if (conversion != 0 && conversion != 's') runtime_.fail("a conversion in a format string is !s, !r or !a");
    if (conversion == 's' || value.string() != nullptr || spec_text.empty()) {
      return format_string(runtime_, text_for(runtime_, value, markup_), checked_spec(spec_text));
    }
    const FormatSpec spec = parse_format_spec(runtime_, spec_text);
    if (!value.is_number()) runtime_.fail(fmt::format("unsupported format string for '{}'", value.type_name()));
    if (value.is_bool() && spec.type == 0) return format_string(runtime_, to_text(runtime_, value), spec);
    return format_number(runtime_, value, spec);
  }

  FormatSpec checked_spec(const Text& text) {
    FormatSpec spec = parse_format_spec(runtime_, text);
    if (spec.type != 0 && spec.type != 's')
      runtime_.fail(fmt::format("Unknown format code '{}' for object of type 'str'", spec.type));
    if (spec.align == '=') {
      if (spec.fill.view() != "0") runtime_.fail("'=' alignment not allowed in string format specifier");
      spec.align = '<';
    }
    return spec;
  }

  Runtime& runtime_;
  const Arguments& arguments_;
  bool markup_;
  bool manual_ = false;
  std::size_t next_ = 0;
};

}  // namespace

Value format_braces(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const StringObject& format = *self.string();
  runtime.touch(format.text.size());
  return runtime.string(BraceFormatter(runtime, arguments, format.markup).run(format.text, false), format.markup);
}

}  // namespace hearth::jinja
