// How a Machine reads arrays: bracket, item, comma.
#include "grammar/array_rules.h"
#include "grammar/machine.h"

namespace hearth {
namespace {

enum ArrayPhase : std::uint32_t {
  kOpen,         ///< the bracket
  kBeforeFirst,  ///< space; then an item or the end
  kItem,
  kBehindItem,  ///< space; then a comma or the end
  kComma,
  kBeforeItem  ///< space; then an item
};

}  // namespace

void Machine::enter_array(NodeId node, const ArrayNode&, const FramePtr& parent, ThreadSet& out) {
  begin_phase(Frame{.node = node}, kOpen, graph_.punctuation.open_array, parent, out);
}

void Machine::advance_array(const ArrayNode& array, const FramePtr& frame, ThreadSet& out) {
  const FramePtr parent = frame.parent();
  const auto& signs = graph_.punctuation;
  switch (frame->phase) {
    case kOpen: return begin_phase(*frame, kBeforeFirst, signs.space, parent, out);
    case kBeforeFirst:
      if (may_end_array(array, *frame)) enter(signs.close_array, parent, out);
      return enter_items(array, frame, out);
    case kItem: return end_item(array, frame, out);
    case kBehindItem:
      if (may_end_array(array, *frame)) enter(signs.close_array, parent, out);
      if (may_add_item(array, *frame)) begin_phase(*frame, kComma, signs.comma, parent, out);
      return;
    case kComma: return begin_phase(*frame, kBeforeItem, signs.space, parent, out);
    case kBeforeItem: return enter_items(array, frame, out);
    default: return;
  }
}

void Machine::enter_items(const ArrayNode& array, const FramePtr& frame, ThreadSet& out) {
  const auto& variants = item_variants(array, frame->count);
  for (std::uint32_t i = 0; i < variants.size(); ++i) {
    if (!may_use_item(array, *frame, variants[i])) continue;
    Frame item = *frame;
    item.label = i;
    if (array.distinct_text) item.begin = history_.size();
    begin_phase(item, kItem, variants[i].value, frame.parent(), out);
  }
}

void Machine::end_item(const ArrayNode& array, const FramePtr& frame, ThreadSet& out) {
  Frame after = after_item(array, *frame, item_variants(array, frame->count)[frame->label]);
  if (array.distinct_text) {
    after.memory =
        memory_with_text(after.memory.get(), decode_json_string(std::string_view(history_).substr(frame->begin)));
  }
  after.label = 0;
  after.begin = 0;
  begin_phase(after, kBehindItem, graph_.punctuation.space, frame.parent(), out);
}

}  // namespace hearth
