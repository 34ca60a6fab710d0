// Which kept conversation a person means.
#pragma once

#include <string>
#include <vector>

#include "hearth/conversations.h"

namespace hearth::cli {

/// All that a filter lets through, page after page.
std::vector<Conversation> all_conversations(ConversationStore& store, ConversationFilter filter = {});

/// By its id, the beginning of its id (with or without "cnv_"), or a part of its title, whatever the case; of several
/// titles the newest one. Empty: the one with the newest message. Errors: kNotFound; kInvalidArgument where several ids
/// begin so.
Conversation find_conversation(ConversationStore& store, const std::string& text, bool deleted = false);

}  // namespace hearth::cli
