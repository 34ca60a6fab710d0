// Which item may come next in an array so that all that is asked of it can still be met. Pure functions of the node and
// the frame.
#pragma once

#include "grammar/frame.h"
#include "grammar/node.h"

namespace hearth {

/// The ways to write the item behind `index` others; empty when there is no such item.
const std::vector<ArrayNode::Variant>& item_variants(const ArrayNode& array, std::uint32_t index);
/// The frame after an item written as `variant`.
Frame after_item(const ArrayNode& array, const Frame& frame, const ArrayNode::Variant& variant);
/// The next item may be written so: the array can be completed afterwards.
bool may_use_item(const ArrayNode& array, const Frame& frame, const ArrayNode::Variant& variant);
bool may_add_item(const ArrayNode& array, const Frame& frame);
/// All that is asked for is there.
bool may_end_array(const ArrayNode& array, const Frame& frame);

/// Some array satisfies the node at all.
bool can_complete_array(const ArrayNode& array);
/// Ends `max` where nothing can stand any more.
void limit_to_usable_places(ArrayNode& array);

}  // namespace hearth
