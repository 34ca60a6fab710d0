// The text of the catalog that is built into the program.
#pragma once

#include <string_view>

namespace hearth {

/// catalog/catalog.toml as it was when the program was built.
std::string_view builtin_catalog_text();

}  // namespace hearth
