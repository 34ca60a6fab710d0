// Fields of requests about conversations, read before the store is asked for anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/conversations.h"
#include "server/api/api_context.h"
#include "server/api/request_fields.h"
#include "server/http/http_request.h"

namespace hearth {

// Errors of all: 400 naming the field.

/// A text that may be taken away: null is an empty one; nothing where the field is missing.
std::optional<std::string> nullable_text(const RequestFields& fields, std::string_view key);
/// The same for what may be an empty text: null is nothing inside.
std::optional<std::optional<std::string>> nullable_system(const RequestFields& fields, std::string_view key);
/// "parameters" as JSON, checked as /v1/chat/completions would; null is an empty object, nothing where it is missing.
std::optional<std::string> read_parameters(const RequestFields& fields, const ApiLimits& limits);
/// The members of `over` replace those of `under`.
std::string merged_parameters(const std::string& under, const std::string& over);
std::optional<std::vector<std::string>> read_tags(const RequestFields& fields);
std::vector<Attachment> read_attachments(const RequestFields& fields);

/// "?limit=50"; the last of that name counts.
std::size_t read_count(const HttpRequest& request, std::string_view name, std::size_t usual, std::size_t most);
/// "?tree=true".
std::optional<bool> read_switch(const HttpRequest& request, std::string_view name);

}  // namespace hearth
