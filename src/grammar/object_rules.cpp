#include "grammar/object_rules.h"

#include <algorithm>

namespace hearth {
namespace {

bool seen(const Frame& frame, std::uint32_t name) {
  if (frame.memory == nullptr || name / 64 >= frame.memory->seen.size()) return false;
  return (frame.memory->seen[name / 64] >> (name % 64) & 1) != 0;
}

std::uint32_t missing_required(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame) {
  return graph.any_order ? frame.next : object.required_from[frame.next];
}

/// Keys of classes that have not been written.
std::uint64_t class_keys_left(const ObjectNode& object, const Frame& frame) {
  if (!object.keys->has_class_keys()) return 0;
  const std::uint32_t all = object.keys->class_keys_below(object.keys->start());
  if (all == Dfa::kInfinite) return std::uint64_t{1} << 40;
  return all - (frame.memory == nullptr ? 0 : frame.memory->texts.size());
}

/// Names that may still come after `frame`, at least up to `enough`.
std::uint64_t names_left(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame,
                         std::uint64_t enough) {
  std::uint64_t n = 0;
  for (std::uint32_t name = graph.any_order ? 0 : frame.next; name < object.names.size() && n < enough; ++name) {
    if (!object.names[name].variants.empty() && !(graph.any_order && seen(frame, name))) ++n;
  }
  return n;
}

bool offers(const std::vector<ObjectNode::Variant>& variants, std::uint32_t witness) {
  return std::any_of(variants.begin(), variants.end(),
                     [witness](const auto& variant) { return (variant.witnesses >> witness & 1) != 0; });
}

/// Every witness that is missing can come with one of the members that are still missing or free. REQUIRES (the
/// compiler sees to it): where more than one witness is asked for, members are not limited.
bool witnesses_possible(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame) {
  for (std::uint32_t witness = 0; witness < object.n_witnesses; ++witness) {
    if ((frame.witnesses >> witness & 1) != 0) continue;
    bool possible = false;
    const std::uint64_t room = object.max - frame.count;
    const bool free_member = room > missing_required(graph, object, frame);
    for (std::uint32_t name = graph.any_order ? 0 : frame.next; name < object.names.size() && !possible; ++name) {
      if (graph.any_order && seen(frame, name)) continue;
      possible = (object.names[name].required || free_member) && offers(object.names[name].variants, witness);
    }
    if (!possible && free_member && class_keys_left(object, frame) > 0) {
      for (const std::uint32_t key_class : object.keys->classes_in_use())
        possible = possible || offers(object.classes[key_class].variants, witness);
    }
    if (!possible) return false;
  }
  return true;
}

/// `frame` stands after a member: can the object be completed?
bool completable(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame) {
  const std::uint64_t missing = missing_required(graph, object, frame);
  if (frame.count + missing > object.max) return false;
  if (frame.count < object.min) {
    const std::uint64_t needed = object.min - frame.count;
    const std::uint64_t of_classes = class_keys_left(object, frame);
    if (of_classes < needed && of_classes + names_left(graph, object, frame, needed) < needed) return false;
  }
  return object.n_witnesses == 0 || witnesses_possible(graph, object, frame);
}

/// Some variant of the member leaves a frame that can be completed.
bool may_follow(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t label,
                const std::vector<ObjectNode::Variant>& variants) {
  const Frame after = after_member(graph, object, frame, label);
  return std::any_of(variants.begin(), variants.end(),
                     [&](const auto& variant) { return may_use_variant(graph, object, after, variant); });
}

}  // namespace

Frame after_member(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t label) {
  Frame after = frame;
  ++after.count;
  after.label = label;
  if ((label & KeyAutomaton::kClass) != 0) {
    if (!graph.any_order) after.next = static_cast<std::uint32_t>(object.names.size());  // names come before others
    return after;
  }
  if (!graph.any_order) {
    after.next = label + 1;
    return after;
  }
  if (object.names[label].required) --after.next;
  auto memory =
      frame.memory == nullptr ? std::make_shared<FrameMemory>() : std::make_shared<FrameMemory>(*frame.memory);
  memory->seen.resize((object.names.size() + 63) / 64);
  memory->seen[label / 64] |= std::uint64_t{1} << (label % 64);
  after.memory = std::move(memory);
  return after;
}

bool may_use_variant(const GrammarGraph& graph, const ObjectNode& object, const Frame& after,
                     const ObjectNode::Variant& variant) {
  if (object.n_witnesses == 0) return true;
  Frame with = after;
  with.witnesses |= variant.witnesses;
  return completable(graph, object, with);
}

void limit_next_key(const GrammarGraph& graph, const ObjectNode& object, Frame& frame) {
  frame.flags = 0;
  frame.last = static_cast<std::uint32_t>(object.names.size());
  if (!graph.any_order) {
    // Up to the next required name.
    std::uint32_t last = frame.next;
    while (last < object.names.size() && !object.names[last].required) ++last;
    frame.last = std::min<std::uint32_t>(last, static_cast<std::uint32_t>(object.names.size()));
  }
  for (const std::uint32_t key_class : object.keys->classes_in_use()) {
    if (may_add_class(graph, object, frame, key_class)) frame.flags = kClassesAllowed;
  }
}

bool may_add_name(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t name) {
  const ObjectNode::Name& what = object.names[name];
  if (what.variants.empty()) return false;
  if (graph.any_order) {
    if (seen(frame, name)) return false;
  } else if (name < frame.next || name > frame.last) {
    return false;
  }
  const std::uint32_t missing = missing_required(graph, object, frame);
  if (!what.required && frame.count + std::uint64_t{missing} >= object.max) return false;
  if (object.n_witnesses > 0) return may_follow(graph, object, frame, name, what.variants);
  if (frame.count + 1 >= object.min || class_keys_left(object, frame) >= object.min) return true;
  return completable(graph, object, after_member(graph, object, frame, name));
}

bool may_add_class(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame, std::uint32_t key_class) {
  const std::uint32_t missing = missing_required(graph, object, frame);
  if (!graph.any_order && missing > 0) return false;  // names come before others
  if (frame.count + std::uint64_t{missing} >= object.max) return false;
  if (class_keys_left(object, frame) == 0) return false;
  const auto& variants = object.classes[key_class].variants;
  if (variants.empty()) return false;
  Frame after = after_member(graph, object, frame, KeyAutomaton::kClass | key_class);
  if (after.count < object.min) {  // this key is not among the texts yet
    const std::uint64_t needed = object.min - after.count, left = class_keys_left(object, frame) - 1;
    if (left < needed && left + names_left(graph, object, after, needed) < needed) return false;
  }
  if (object.n_witnesses == 0) return true;
  return std::any_of(variants.begin(), variants.end(), [&](const auto& variant) {
    Frame with = after;
    with.witnesses |= variant.witnesses;
    return witnesses_possible(graph, object, with);
  });
}

bool may_add_any(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame) {
  Frame limited = frame;
  limit_next_key(graph, object, limited);
  if ((limited.flags & kClassesAllowed) != 0) return true;
  const std::uint32_t first = graph.any_order ? 0 : limited.next;
  for (std::uint32_t name = first; name < object.names.size() && name <= limited.last; ++name) {
    if (may_add_name(graph, object, limited, name)) return true;
  }
  return false;
}

bool can_complete_object(const GrammarGraph& graph, const ObjectNode& object) {
  Frame start;
  if (graph.any_order) start.next = object.required_from[0];
  return completable(graph, object, start);
}

bool may_close(const GrammarGraph& graph, const ObjectNode& object, const Frame& frame) {
  const std::uint32_t all = object.n_witnesses == 0 ? 0 : (1U << object.n_witnesses) - 1;
  return frame.count >= object.min && missing_required(graph, object, frame) == 0 && (frame.witnesses & all) == all;
}

}  // namespace hearth
