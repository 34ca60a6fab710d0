// tojson as Hugging Face sets it up: Python's json.dumps without the escaping for HTML.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/unicode.h"
#include "text/jinja/filters.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

class JsonWriter {
 public:
  JsonWriter(Runtime& runtime, const BoundArguments& bound)
      : runtime_(runtime), ascii_(bound.truth(0, false)), sort_keys_(bound.truth(3, false)) {
    const Value* indent = bound.get(1);
    if (indent != nullptr && !indent->is_none()) {
      indented_ = true;
      if (const StringObject* text = indent->string()) {
        indent_ = text->text;
      } else {
        const auto blanks = static_cast<std::size_t>(std::max<std::int64_t>(0, bound.integer(1, 0)));
        runtime.require_size(blanks);
        indent_ = Text(std::string(blanks, ' '));
      }
      item_separator_ = Text(",");
    }
    const Value* separators = bound.get(2);
    if (separators == nullptr || separators->is_none()) return;
    const SequenceObject* pair = separators->sequence();
    if (pair == nullptr || pair->items.size() != 2) runtime.fail("tojson: separators must be a pair of strings");
    item_separator_ = require_string(runtime, pair->items[0]).text;
    key_separator_ = require_string(runtime, pair->items[1]).text;
  }

  Text write(const Value& value) {
    write_value(value, 0, false);
    return std::move(out_);
  }

 private:
  /// `inherited`: the container around came with the inputs, so each of its bytes did.
  void write_value(const Value& value, std::size_t level, bool inherited) {
    const Runtime::Nesting nesting(runtime_);
    runtime_.step();
    if (const StringObject* string = value.string()) return write_string(string->text, inherited);
    if (const DictObject* dict = value.dict()) return write_dict(*dict, level, inherited || dict->untrusted);
    if (value.list() != nullptr || value.tuple() != nullptr) {
      return write_list(*value.sequence(), level, inherited || value.sequence()->untrusted);
    }
    if (!value.is_none() && !value.is_number()) {
      runtime_.fail(fmt::format("Object of type {} is not JSON serializable", value.type_name()));
    }
    runtime_.append(out_, scalar(value), inherited || value.untrusted_scalar());
  }

  std::string scalar(const Value& value) const {
    if (value.is_none()) return "null";
    if (value.is_bool()) return is_true(value) ? "true" : "false";
    if (value.is_float()) {
      const double number = as_double(value);
      if (std::isnan(number)) return "NaN";
      if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    }
    return std::string(to_text(runtime_, value).view());
  }

  void line_break(std::size_t level, bool untrusted) {
    if (!indented_) return;
    runtime_.append(out_, "\n", untrusted);
    for (std::size_t i = 0; i < level; ++i) runtime_.append(out_, indent_.view(), untrusted || indent_.any_untrusted());
  }

  void separator(const Text& text, bool untrusted) {
    runtime_.append(out_, text.view(), untrusted || text.any_untrusted());
  }

  void write_list(const SequenceObject& list, std::size_t level, bool untrusted) {
    if (list.items.empty()) return runtime_.append(out_, "[]", untrusted);
    runtime_.append(out_, "[", untrusted);
    bool first = true;
    for (const Value& item : list.items) {
      if (!first) separator(item_separator_, untrusted);
      line_break(level + 1, untrusted);
      write_value(item, level + 1, untrusted);
      first = false;
    }
    line_break(level, untrusted);
    runtime_.append(out_, "]", untrusted);
  }

  void write_dict(const DictObject& dict, std::size_t level, bool untrusted) {
    if (dict.entries().empty()) return runtime_.append(out_, "{}", untrusted);
    std::vector<const DictObject::Entry*> entries;
    entries.reserve(dict.entries().size());
    for (const auto& entry : dict.entries()) entries.push_back(&entry);
    if (sort_keys_) {
      std::stable_sort(entries.begin(), entries.end(),
                       [this](const auto* a, const auto* b) { return order(runtime_, a->first, b->first) < 0; });
    }
    runtime_.append(out_, "{", untrusted);
    bool first = true;
    for (const auto* entry : entries) {
      if (!first) separator(item_separator_, untrusted);
      line_break(level + 1, untrusted);
      write_key(entry->first, untrusted);
      separator(key_separator_, untrusted);
      write_value(entry->second, level + 1, untrusted);
      first = false;
    }
    line_break(level, untrusted);
    runtime_.append(out_, "}", untrusted);
  }

  void write_key(const Value& key, bool inherited) {
    if (const StringObject* string = key.string()) return write_string(string->text, inherited);
    if (!key.is_none() && !key.is_number()) {
      runtime_.fail(fmt::format("keys must be str, int, float, bool or None, not {}", key.type_name()));
    }
    runtime_.append(out_, "\"" + scalar(key) + "\"", inherited || key.untrusted_scalar());
  }

  void write_string(const Text& text, bool inherited) {
    const std::string_view view = text.view();
    const bool quotes = inherited || text.untrusted_in(0, view.size());
    runtime_.append(out_, "\"", quotes);
    runtime_.touch(view.size());
    for (std::size_t i = 0; i < view.size();) {
      std::size_t end = i;
      while (end < view.size() && is_plain(view[end])) ++end;
      if (inherited) {
        out_.append(view.substr(i, end - i), true);
      } else {
        out_.append_slice(text, i, end);
      }
      runtime_.require_size(out_.size());
      if (end == view.size()) break;
      const CodePoint c = decode_utf8(view, end);
      out_.append(escaped(c, view.substr(end, c.length)), inherited || text.untrusted_at(end));
      i = end + c.length;
    }
    runtime_.append(out_, "\"", quotes);
  }

  bool is_plain(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && c != '"' && c != '\\' && (!ascii_ || byte < 0x7F + 1);
  }

  static std::string escaped(const CodePoint& c, std::string_view bytes) {
    switch (c.value) {
      case '"': return "\\\"";
      case '\\': return "\\\\";
      case '\n': return "\\n";
      case '\r': return "\\r";
      case '\t': return "\\t";
      case '\b': return "\\b";
      case '\f': return "\\f";
      default: break;
    }
    if (!c.valid) return std::string(bytes);
    const auto number = static_cast<std::uint32_t>(c.value);
    if (number < 0x10000) return fmt::format("\\u{:04x}", number);
    return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((number - 0x10000) >> 10),
                       0xDC00 + ((number - 0x10000) & 0x3FF));
  }

  Runtime& runtime_;
  bool ascii_;
  bool sort_keys_;
  bool indented_ = false;
  Text indent_;
  Text item_separator_{std::string(", ")};
  Text key_separator_{std::string(": ")};
  Text out_;
};

}  // namespace

Value filter_tojson(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  return runtime.string(JsonWriter(runtime, bound).write(value));
}

}  // namespace hearth::jinja
