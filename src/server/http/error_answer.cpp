#include "server/http/error_answer.h"

#include <utility>

#include "base/disk_full.h"
#include "base/json.h"
#include "base/unicode.h"

namespace hearth {
namespace {

/// A string or null.
json::value or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

const char* type_of(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 429: return "rate_limit_error";
    case 503: return "overloaded_error";
    default: return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

/// Anthropic has names of its own for a few.
std::string anthropic_type(const ErrorAnswer& error) {
  if (error.status == 413) return "request_too_large";
  if (error.status == 404) return "not_found_error";
  if (error.status == 504) return "timeout_error";
  if (error.type == "server_error") return "api_error";
  return error.type;
}

}  // namespace

HttpError::HttpError(ErrorCode code, std::string message, ErrorDetails details, std::string hint)
    : Error(code, std::move(message), std::move(hint)), details_(std::move(details)) {}

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnsupported:
    case ErrorCode::kContextLimit: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kBusy:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kCancelled: return 503;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kCorruptData:
    case ErrorCode::kIo:
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

ErrorAnswer describe(const Error& error) {
  ErrorAnswer answer;
  answer.status = http_status(error.code());
  // Messages may quote bytes of files; JSON must be UTF-8.
  answer.message = replace_invalid_utf8(error.hint().empty() ? error.message() : error.message() + "; " + error.hint());
  if (error.code() == ErrorCode::kContextLimit) answer.code = "context_length_exceeded";
  if (error.code() == ErrorCode::kBusy) answer.retry_after = 1;
  if (const auto* more = dynamic_cast<const HttpError*>(&error)) {
    const ErrorDetails& details = more->details();
    if (details.status != 0) answer.status = details.status;
    answer.type = details.type;
    answer.param = replace_invalid_utf8(details.param);
    if (!details.code.empty()) answer.code = details.code;
    if (details.retry_after != 0) answer.retry_after = details.retry_after;
  }
  if (dynamic_cast<const DiskFullError*>(&error) != nullptr) answer.status = 507;
  if (answer.type.empty()) answer.type = type_of(answer.status);
  return answer;
}

std::string openai_error(const ErrorAnswer& error) {
  return json::serialize(json::object{{"error",
                                       {{"message", error.message},
                                        {"type", error.type},
                                        {"param", or_null(error.param)},
                                        {"code", or_null(error.code)}}}});
}

std::string anthropic_error(const ErrorAnswer& error) {
  return json::serialize(
      json::object{{"type", "error"}, {"error", {{"type", anthropic_type(error)}, {"message", error.message}}}});
}

std::string ollama_error(const ErrorAnswer& error) { return json::serialize(json::object{{"error", error.message}}); }

Dialect dialect_of(std::string_view path) {
  const auto is_under = [&](std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
  };
  if (is_under("/v1/messages")) return anthropic_error;
  if (is_under("/api")) return ollama_error;
  return openai_error;
}

}  // namespace hearth
