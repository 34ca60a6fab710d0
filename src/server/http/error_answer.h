// Errors as answers: one mapping from ErrorCode to HTTP status, and the bodies of the three dialects spoken here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hearth/error.h"

namespace hearth {

/// An Error that says more about itself to an API's caller. All may be left empty: then they follow from status and
/// code.
struct ErrorDetails {
  int status = 0;       ///< HTTP
  std::string type;     ///< OpenAI's and Anthropic's "type"
  std::string param;    ///< the field that is wrong: "messages[2].role"
  std::string code;     ///< "model_not_found"
  int retry_after = 0;  ///< seconds; becomes Retry-After
};

class HttpError : public Error {
 public:
  HttpError(ErrorCode code, std::string message, ErrorDetails details, std::string hint = {});
  const ErrorDetails& details() const noexcept { return details_; }

 private:
  ErrorDetails details_;
};

/// What the body of an error is made from: everything filled in except for what may stay empty (param, code).
struct ErrorAnswer {
  int status = 500;
  std::string message;  ///< with the hint
  std::string type;     ///< "invalid_request_error", "authentication_error", "permission_error", "not_found_error",
                        ///< "rate_limit_error", "overloaded_error", "server_error"
  std::string param, code;
  int retry_after = 0;
};

/// kInvalidArgument, kUnsupported, kContextLimit: 400; kNotFound: 404; kBusy, kOutOfMemory, kCancelled: 503; kTimeout:
/// 504; the rest: 500.
int http_status(ErrorCode code);
/// As http_status(); a DiskFullError is 507. An HttpError's details win. Errors of the server's inside (5xx other than
/// 503) keep their message: it names files of this machine only where a model's own file is broken, or a disk full.
ErrorAnswer describe(const Error& error);

/// Makes the JSON body of an error.
using Dialect = std::string (*)(const ErrorAnswer& error);

std::string openai_error(const ErrorAnswer& error);     ///< {"error":{"message","type","param","code"}}
std::string anthropic_error(const ErrorAnswer& error);  ///< {"type":"error","error":{"type","message"}}
std::string ollama_error(const ErrorAnswer& error);     ///< {"error":"…"}

/// By the beginning of the path: /v1/messages Anthropic's, /api Ollama's, else OpenAI's.
Dialect dialect_of(std::string_view path);

}  // namespace hearth
