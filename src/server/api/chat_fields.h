// Conversations as OpenAI's API writes them.
#pragma once

#include <string>
#include <vector>

#include "hearth/model.h"
#include "runtime/manager/model_lease.h"
#include "runtime/serving/served_model.h"
#include "server/api/request_fields.h"

namespace hearth {

/// The text of a message's content: a string, or parts of which each is a text. `param` names it. Errors: 400 for
/// parts that are none (images, audio, files).
std::string content_text(const json::value& content, const std::string& param);

/// "messages". Errors: 400 naming message and field.
std::vector<ChatMessage> read_messages(const RequestFields& fields, std::size_t most);

/// Puts an overlay's system message and messages before those of a conversation.
void add_overlay_messages(const Lease& lease, std::vector<ChatMessage>& messages);

/// A JSON Schema that stands in the field `param`; objects that list their members are closed (close_objects()).
/// Errors: 400 for what is none, and for more than `most` bytes.
Constraint schema_constraint(const json::value& schema, const std::string& param, std::size_t most);

/// response_format: {"type": "text" | "json_object" | "json_schema", "json_schema": {"name", "schema", "strict"}}, and
/// the extensions "grammar" (GBNF), "json_schema" (the schema itself), "guided_regex", "guided_choice". At most one.
/// Errors: 400, too for what is larger than `most_bytes`.
Constraint read_response_format(const RequestFields& fields, std::size_t most_bytes);

/// service_tier: kBatch for "flex".
Priority asked_priority(const RequestFields& fields);

}  // namespace hearth
