// What the answers of all dialects are made with: JSON bodies, streams of events, ids, times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "server/http/exchange.h"

namespace hearth {

inline constexpr const char* kJsonType = "application/json";

/// `prefix` and 24 letters and digits from a secure source: nobody can guess another one's.
std::string random_id(std::string_view prefix);
std::int64_t unix_time();

/// An event of a stream: "data: …".
std::string sse(const json::value& data);
/// With a name, as the Responses API and Anthropic's write them.
std::string sse(std::string_view event, const json::value& data);
/// The head of a stream of events; nothing between here and the client may hold it back.
void begin_events(Exchange& exchange);
void respond_json(Exchange& exchange, const json::value& body, int status = 200);

}  // namespace hearth
