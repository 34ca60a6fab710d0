#include "text/jinja/format_percent.h"

#include <fmt/format.h>

#include "text/jinja/format_spec.h"
#include "text/jinja/markup.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/subscript.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

class PercentFormatter {
 public:
  PercentFormatter(Runtime& runtime, const StringObject& format, const Value& values)
      : runtime_(runtime), format_(format), view_(format.text.view()), values_(values), tuple_(values.tuple()) {}

  Value run() {
    std::size_t plain = 0;
    while ((at_ = view_.find('%', plain)) != std::string_view::npos) {
      out_.append_slice(format_.text, plain, at_);
      begin_ = at_++;
      conversion();
      runtime_.require_size(out_.size());
      plain = at_;
    }
    out_.append_slice(format_.text, plain, view_.size());
    const bool all_used =
        tuple_ != nullptr ? used_ == tuple_->items.size() : used_ > 0 || values_.dict() != nullptr || is_list_like();
    if (!all_used) runtime_.fail("not all arguments converted during string formatting");
    return runtime_.string(std::move(out_), format_.markup);
  }

 private:
  /// Python takes whatever has keys for a mapping that need not be used; lists count.
  bool is_list_like() const { return values_.sequence() != nullptr || values_.is_undefined(); }

  char peek() const {
    if (at_ >= view_.size()) runtime_.fail("incomplete format");
    return view_[at_];
  }

  Value next_value() {
    if (tuple_ == nullptr) {
      if (used_++ > 0) runtime_.fail("not enough arguments for format string");
      return values_;
    }
    if (used_ >= tuple_->items.size()) runtime_.fail("not enough arguments for format string");
    return tuple_->items[used_++];
  }

  std::int64_t count() {
    if (peek() == '*') {
      ++at_;
      return require_integer(runtime_, next_value());
    }
    std::int64_t number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = number * 10 + (view_[at_++] - '0');
      if (number > 1 << 30) runtime_.fail("a width or precision is too large");
    }
    return number;
  }

  void conversion() {
    std::optional<Value> value;
    if (peek() == '(') {
      const std::size_t close = view_.find(')', at_);
      if (close == std::string_view::npos) runtime_.fail("incomplete format key");
      if (values_.dict() == nullptr) runtime_.fail("format requires a mapping");
      const Value* found = values_.dict()->find(view_.substr(at_ + 1, close - at_ - 1));
      if (found == nullptr)
        runtime_.fail(fmt::format("no value for the format key '{}'", view_.substr(at_ + 1, close - at_ - 1)));
      value = *found;
      at_ = close + 1;
    }
    FormatSpec spec;
    bool left = false;
    bool zero = false;
    for (;; ++at_) {
      const char flag = peek();
      if (flag == '-')
        left = true;
      else if (flag == '0')
        zero = true;
      else if (flag == '+')
        spec.sign = '+';
      else if (flag == ' ')
        spec.sign = spec.sign == '+' ? '+' : ' ';
      else if (flag == '#')
        spec.alternate = true;
      else
        break;
    }
    std::int64_t width = count();
    if (width < 0) {
      left = true;
      width = width < -(1 << 30) ? 1 << 30 : -width;
    }
    if (width > 1 << 30) runtime_.fail("a width or precision is too large");
    spec.width = static_cast<std::size_t>(width);
    if (peek() == '.') {
      ++at_;
      const std::int64_t precision = count();
      if (precision > 1 << 30) runtime_.fail("a width or precision is too large");
      spec.precision = static_cast<int>(precision < 0 ? 0 : precision);
    }
    while (peek() == 'l' || peek() == 'h' || peek() == 'L') ++at_;
    const char type = view_[at_++];
    if (type == '%') return out_.append("%", format_.text.untrusted_at(begin_));
    spec.align = left ? '<' : '>';
    if (zero && !left && type != 's' && type != 'r' && type != 'a' && type != 'c') {
      spec.align = '=';
      spec.fill = Text("0");
    }
    convert(value ? *value : next_value(), type, spec);
  }

  void convert(const Value& value, char type, FormatSpec& spec) {
    switch (type) {
      case 's': return out_.append(format_string(runtime_, text_for(runtime_, value, format_.markup), spec));
      case 'r':
      case 'a': return out_.append(format_string(runtime_, repr(runtime_, value), spec));
      case 'c': return character(value, spec);
      case 'd':
      case 'i':
      case 'u': return integer(value, 'd', spec);
      case 'x':
      case 'X':
      case 'o': return integer(value, type, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': break;
      default: runtime_.fail(fmt::format("unsupported format character '{}'", type));
    }
    require_number(value);
    spec.type = type;
    out_.append(format_number(runtime_, value, spec));
  }

  void require_number(const Value& value) {
    if (value.is_undefined()) runtime_.fail(value.undefined()->message);
    if (!value.is_number()) runtime_.fail(fmt::format("a number is required, not {}", value.type_name()));
  }

  void integer(const Value& value, char type, FormatSpec& spec) {
    require_number(value);
    if (value.is_float() && type != 'd') runtime_.fail("an integer is required, not float");
    spec.type = type;
    Value whole = value.is_float() ? Value(truncate_to_integer(runtime_, as_double(value))) : value;
    if (spec.precision) {  // at least so many digits
      FormatSpec digits;
      digits.type = type;
      digits.sign = spec.sign;
      digits.fill = Text("0");
      digits.align = '=';
      const bool signed_width = spec.sign != '-' || compare_numbers(whole, Value(std::int64_t{0})) < 0;
      digits.width = static_cast<std::size_t>(*spec.precision) + (signed_width ? 1 : 0);
      Text padded = format_number(runtime_, whole, digits);
      spec.precision.reset();
      return out_.append(format_string(runtime_, padded, spec));
    }
    out_.append(format_number(runtime_, whole, spec));
  }

  void character(const Value& value, const FormatSpec& spec) {
    const StringObject* text = value.string();
    if (text == nullptr || length(runtime_, value) != 1) runtime_.fail("%c requires a single character");
    out_.append(format_string(runtime_, text->text, spec));
  }

  Runtime& runtime_;
  const StringObject& format_;
  std::string_view view_;
  const Value& values_;
  const SequenceObject* tuple_;
  Text out_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

Value format_percent(Runtime& runtime, const StringObject& format, const Value& values) {
  runtime.touch(format.text.size());
  return PercentFormatter(runtime, format, values).run();
}

}  // namespace hearth::jinja
