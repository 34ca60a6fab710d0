// A JSON object a line in, one a line out: for programs that keep Hearth running and feed it.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "hearth/sampling.h"

namespace hearth::cli {

/// Calls `answer` for each line of standard input; what it gives (JSON text) is printed and flushed. A line that is no
/// JSON object, or that `answer` throws an Error for, becomes {"error": …}, and the next one is taken. Gives the exit
/// status: 0, or 1 after a bad line.
int answer_json_lines(const std::function<std::string(const JsonObject& line)>& answer);

/// The array "ids" of a line. Errors: kCorruptData.
std::vector<TokenId> require_ids(const JsonObject& line);

}  // namespace hearth::cli
