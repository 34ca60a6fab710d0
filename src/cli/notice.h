// Words for the person, on stderr: notices, errors, progress. Never part of a result, and never a reason to fail.
#pragma once

#include <string_view>

namespace hearth::cli {

/// One line; control characters in it are shown, not obeyed.
void notice(std::string_view line);
/// As notice(), dim where stderr is a terminal with colours.
void dim_notice(std::string_view line);
/// A line that the next one overwrites; only on a terminal. An empty one wipes it.
void progress(std::string_view line);

/// Whether stderr is a terminal that may show colours (NO_COLOR is not set, TERM is not "dumb").
bool stderr_has_colour();
bool stderr_is_terminal();

}  // namespace hearth::cli
