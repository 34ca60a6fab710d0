// "…%s…" % values: Python's printf-like formatting.
#pragma once

#include "text/jinja/value.h"

namespace hearth::jinja {

/// `values`: a tuple, a mapping for "%(name)s", or a single value. Errors: for too many, too few or wrong ones.
Value format_percent(Runtime& runtime, const StringObject& format, const Value& values);

}  // namespace hearth::jinja
