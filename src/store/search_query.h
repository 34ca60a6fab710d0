// What a person types into a search field, as an expression of SQLite's full-text search: never one that it refuses.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// All words must be there, the last one may be begun; "words in quotes" follow each other. Everything else that has a
/// meaning in FTS5's syntax is a part of words here. Empty where there is no word.
std::string search_expression(std::string_view query);

}  // namespace hearth
