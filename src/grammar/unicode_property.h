// The sets of code points that \p{…} names in ECMA-262: general categories, scripts and the binary properties for which
// there is data.
#pragma once

#include <string_view>

#include "grammar/code_point_set.h"

namespace hearth {

/// What stands between the braces: "L", "Letter", "gc=Lu", "Script=Greek", "scx=Han", "Alphabetic" …; nullptr when it
/// is not known. Made at its first use (milliseconds) and kept.
const CodePointSet* unicode_property(std::string_view expression);

}  // namespace hearth
