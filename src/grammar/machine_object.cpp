// How a Machine reads objects: brace, key, colon, value, comma.
#include "grammar/machine.h"
#include "grammar/object_rules.h"

namespace hearth {
namespace {

enum ObjectPhase : std::uint32_t {
  kOpen,         ///< the brace
  kBeforeFirst,  ///< space; then a key or the end
  kKey,
  kBeforeColon,  ///< space
  kColon,
  kBeforeValue,  ///< space
  kValue,
  kBehindValue,  ///< space; then a comma or the end
  kComma,
  kBeforeKey  ///< space; then a key
};

}  // namespace

void Machine::enter_object(NodeId node, const ObjectNode& object, const FramePtr& parent, ThreadSet& out) {
  Frame frame{.node = node};
  if (graph_.any_order) frame.next = object.required_from[0];
  begin_phase(frame, kOpen, graph_.punctuation.open_object, parent, out);
}

void Machine::advance_object(const ObjectNode& object, const FramePtr& frame, ThreadSet& out) {
  const FramePtr parent = frame.parent();
  const auto& signs = graph_.punctuation;
  switch (frame->phase) {
    case kOpen: return begin_phase(*frame, kBeforeFirst, signs.space, parent, out);
    case kBeforeFirst:
      if (may_close(graph_, object, *frame)) enter(signs.close_object, parent, out);
      if (may_add_any(graph_, object, *frame)) enter_key(object, frame, out);
      return;
    case kBeforeKey: return enter_key(object, frame, out);
    case kBeforeColon: return begin_phase(*frame, kColon, signs.colon, parent, out);
    case kColon: return begin_phase(*frame, kBeforeValue, signs.space, parent, out);
    case kBeforeValue: {
      const bool of_class = (frame->label & KeyAutomaton::kClass) != 0;
      const auto& variants = of_class ? object.classes[frame->label & ~KeyAutomaton::kClass].variants
                                      : object.names[frame->label].variants;
      for (const ObjectNode::Variant& variant : variants) {
        if (!may_use_variant(graph_, object, *frame, variant)) continue;
        Frame value = *frame;
        value.witnesses |= variant.witnesses;
        begin_phase(value, kValue, variant.value, parent, out);
      }
      return;
    }
    case kValue: {
      Frame behind = *frame;
      behind.label = 0;
      return begin_phase(behind, kBehindValue, signs.space, parent, out);
    }
    case kBehindValue:
      if (may_close(graph_, object, *frame)) enter(signs.close_object, parent, out);
      if (may_add_any(graph_, object, *frame)) begin_phase(*frame, kComma, signs.comma, parent, out);
      return;
    case kComma: return begin_phase(*frame, kBeforeKey, signs.space, parent, out);
    default: return;
  }
}

void Machine::enter_key(const ObjectNode& object, const FramePtr& frame, ThreadSet& out) {
  Frame key = *frame;
  key.phase = kKey;
  key.begin = history_.size();
  limit_next_key(graph_, object, key);
  LeafState state{.q = object.keys->start()};
  if (key.memory != nullptr) state.last = static_cast<std::uint32_t>(key.memory->texts.size());
  out.add({FramePtr(std::move(key), frame.parent()), frame->node, state});
}

void Machine::end_key(const ObjectNode& object, const Thread& thread, ThreadSet& out) {
  const Frame& frame = *thread.frame;
  const std::uint32_t label = object.keys->label(thread.state.q);
  Frame after = after_member(graph_, object, frame, label);
  // A key that is not one of the names must be remembered where keys are counted or asked for; elsewhere too, since
  // what reads the JSON would keep only one of the two.
  if ((label & KeyAutomaton::kClass) != 0) {
    after.memory =
        memory_with_text(after.memory.get(), decode_json_string(std::string_view(history_).substr(frame.begin)));
  }
  after.begin = 0;
  after.flags = 0;
  after.last = 0;
  begin_phase(after, kBeforeColon, graph_.punctuation.space, thread.frame.parent(), out);
}

}  // namespace hearth
