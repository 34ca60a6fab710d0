// Pieces of Ollama's answers that several of its endpoints share.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "hearth/model.h"
#include "runtime/manager/offered_model.h"
#include "server/api/request_fields.h"
#include "server/api/rfc3339.h"
#include "server/http/exchange.h"

namespace hearth {

/// The release of Ollama whose API this is (/api/version): clients look at it before they use what is newer.
inline constexpr const char* kOllamaVersion = "0.12.11";
inline constexpr const char* kLinesType = "application/x-ndjson";

/// Durations of this API are whole nanoseconds.
std::int64_t nanoseconds(double seconds);

/// A line of a stream.
std::string ollama_line(const json::value& data);
/// The head of a stream of lines; nothing between here and the client may hold it back.
void begin_lines(Exchange& exchange);

/// A name in this API always has a tag: "tiny" → "tiny:latest".
std::string tagged_name(const std::string& id);
/// "model", or "name" as older clients write it. "hf.co/" before a repository is left out, as everywhere in Hearth.
/// Errors: 400 where there is none.
std::string read_model_name(const RequestFields& fields);

/// "details" of lists and of /api/show.
json::object model_details(const OfferedModel& model);

const char* ollama_done_reason(FinishReason reason);
/// What the last line of an answer counts.
void put_counts(json::object& line, const GenerationStats& stats, double total_seconds, double load_seconds);

}  // namespace hearth
