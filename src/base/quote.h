// Text from files and requests as it may stand in a message: nothing that a terminal would act on, and not too long.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth {

/// `text` between single quotes. Control, format, private and unassigned characters become \u{…}, invalid bytes \x…;
/// what follows the first `max_bytes` becomes an ellipsis.
std::string quote(std::string_view text, std::size_t max_bytes = 80);

}  // namespace hearth
