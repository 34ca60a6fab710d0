// Which member may come next in an object so that all that is asked of it can still be met. Pure functions of the node
// and the frame.
#pragma once

#include <cstdint>

#include "grammar/frame.h"
#include "grammar/node.h"

namespace hearth {

/// Frame::flags of an object whose next key is being written.
constexpr std::uint32_t kClassesAllowed = 1;

/// The frame's `last` and `flags` for the next key. Afterwards may_add_* ask for single members.
void limit_next_key(const GrammarGraph& graph, const ObjectNode& object, Frame& frame);
/// Some member may come next.
bool may_add_any(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame);
/// REQUIRES: limit_next_key has been called, and `name` is an id of the object.
bool may_add_name(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t name);
bool may_add_class(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t key_class);
/// Some object satisfies the node at all.
bool can_complete_object(const GrammarGraph& graph, const ObjectNode& object);
/// All that is asked for is there.
bool may_close(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame);
/// May this variant be the value: what is still asked for afterwards can come.
bool may_use_variant(const GrammarGraph& graph, const ObjectNode& object, const Frame& after,
                     const ObjectNode::Variant& variant);
/// The frame after a member with this label.
Frame after_member(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t label);

}  // namespace hearth
