// What may be kept: the limits of texts, names and lists. Errors of all: kInvalidArgument naming what is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "hearth/conversations.h"

namespace hearth {

/// Valid UTF-8 of at most so many bytes.
void check_text(std::string_view what, std::string_view text, std::size_t most_bytes = StoreLimits::kText);
/// Valid UTF-8 of at most so many characters, without control characters.
void check_name(std::string_view what, std::string_view text,
                std::size_t most_characters = StoreLimits::kNameCharacters);
/// A JSON object within the limits.
void check_parameters(std::string_view what, std::string_view json_text);

void check_conversation(const Conversation& conversation);
void check_message(const StoredMessage& message);
void check_preset(const Preset& preset);
void check_prompt(const SavedPrompt& prompt);

}  // namespace hearth
