#include "text/jinja/attribute_path.h"

#include <algorithm>

#include "text/jinja/letter_case.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/subscript.h"

namespace hearth::jinja {
namespace {

bool is_index(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

AttributePath::AttributePath(Runtime& runtime, const Value* attribute, const Value* otherwise) {
  if (otherwise != nullptr && !otherwise->is_none()) otherwise_ = *otherwise;
  if (attribute == nullptr || attribute->is_none()) return;
  if (attribute->string() == nullptr) {
    parts_.push_back(*attribute);
    return;
  }
  const Text& text = attribute->string()->text;
  for (std::size_t begin = 0; begin <= text.size();) {
    runtime.step();
    const std::size_t end = std::min(text.view().find('.', begin), text.size());
    const std::string_view part = text.view().substr(begin, end - begin);
    const auto index = is_index(part) ? parse_integer(part, 10) : std::nullopt;
    parts_.push_back(index ? Value(*index) : runtime.string(text.slice(begin, end)));
    begin = end + 1;
  }
}

Value AttributePath::operator()(Runtime& runtime, Value item) const {
  for (const Value& part : parts_) {
    runtime.step();
    item = get_item(runtime, item, part);
    if (otherwise_ && item.is_undefined()) item = *otherwise_;
  }
  return item;
}

Value SortKey::operator()(Runtime& runtime, const Value& item) const {
  Value key = path_(runtime, item);
  return case_sensitive_ ? key : without_case(runtime, key);
}

Value without_case(Runtime& runtime, const Value& value) {
  const StringObject* string = value.string();
  if (string == nullptr) return value;
  runtime.touch(string->text.size() * (string->ascii ? 1 : 16));
  return runtime.string(to_lower(string->text), string->markup);
}

}  // namespace hearth::jinja
