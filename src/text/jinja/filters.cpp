#include "text/jinja/filters.h"

namespace hearth::jinja {

Filter find_filter(std::string_view name) {
  if (name == "tojson") return filter_tojson;
  for (const auto find :
       {find_text_filter, find_sequence_filter, find_select_filter, find_order_filter, find_number_filter}) {
    if (const Filter filter = find(name)) return filter;
  }
  return nullptr;
}

}  // namespace hearth::jinja
