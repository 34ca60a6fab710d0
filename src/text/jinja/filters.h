// Jinja's filters, value|name(arguments), and where to find them.
#pragma once

#include <string_view>
#include <utility>

#include "text/jinja/arguments.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

using Filter = Value (*)(Runtime& runtime, const Value& value, const Arguments& arguments);
using FilterEntry = std::pair<std::string_view, Filter>;

/// nullptr where Jinja has no filter of that name, or none that a prompt could use (random, urlize …).
Filter find_filter(std::string_view name);

Filter find_text_filter(std::string_view name);
Filter find_number_filter(std::string_view name);
Filter find_sequence_filter(std::string_view name);
Filter find_order_filter(std::string_view name);
Filter find_select_filter(std::string_view name);

/// json.dumps() with Hugging Face's arguments: ensure_ascii, indent, separators, sort_keys.
Value filter_tojson(Runtime& runtime, const Value& value, const Arguments& arguments);

template <std::size_t N>
Filter find_filter_in(const FilterEntry (&table)[N], std::string_view name) {
  for (const auto& [known, filter] : table) {
    if (known == name) return filter;
  }
  return nullptr;
}

}  // namespace hearth::jinja
