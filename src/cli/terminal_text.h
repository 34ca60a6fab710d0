// Untrusted text made harmless for a terminal: what a model or a file says must not move the cursor or change the
// title.
#pragma once

#include <string>
#include <string_view>

namespace hearth::cli {

/// Control characters other than line feed and tab become their pictures (ESC → ␛), C1 controls and invalid bytes
/// U+FFFD.
std::string terminal_text(std::string_view text);

/// The same on one line: line feeds and tabs become spaces.
std::string one_line(std::string_view text);

}  // namespace hearth::cli
