// The presets and prompts that come with Hearth. They are part of the program and not of the database, so that a new
// version brings better ones; a person who wants another one copies it.
#pragma once

#include <span>

#include "hearth/conversations.h"

namespace hearth {

std::span<const Preset> shipped_presets();
std::span<const SavedPrompt> shipped_prompts();

}  // namespace hearth
