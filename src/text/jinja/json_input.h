// The caller's JSON as template values, marked as the caller's.
#pragma once

#include "base/json.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

/// Every string, number and bracket of the result is untrusted. Errors: where it nests too deep or is too large.
Value from_json(Runtime& runtime, const json::value& value);

/// The list of messages. Likewise, except that a message's "role" is trusted where it is one of system, user,
/// assistant, tool, developer, function, ipython, model: templates build control tokens from it ("<|" + role + "|>"),
/// and these words alone can make none that the template does not mean.
Value messages_from_json(Runtime& runtime, const json::array& messages);

}  // namespace hearth::jinja
