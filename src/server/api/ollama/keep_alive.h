// "keep_alive": how long a model stays loaded behind a request, as Ollama's clients write it.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/manager/model_manager.h"
#include "server/api/request_fields.h"

namespace hearth {

/// A duration as Go writes it: "5m", "1h30m", "1.5s", "300ms", "-1m"; a bare number is seconds. Negative ones all mean
/// kKeepForever, and so does what is longer than ten years. Nothing where it is none.
std::optional<KeepAlive> parse_keep_alive(std::string_view text);

/// A number of seconds or such a duration; empty where the field is missing. Errors: 400.
std::optional<KeepAlive> read_keep_alive(const RequestFields& fields);

}  // namespace hearth
