// Which parts of a graph can be completed at all. Least fixed point: a part counts as soon as the parts it needs do, so
// what only ever leads back to itself never counts.
#include <algorithm>

#include "grammar/array_rules.h"
#include "grammar/object_rules.h"
#include "grammar/schema/graph_builder.h"

namespace hearth {

bool GraphBuilder::completable(NodeId node) const { return productive_[node] != 0; }

bool GraphBuilder::array_completable(const ArrayNode& array) const {
  ArrayNode pruned = array;
  const auto drop = [this](std::vector<ArrayNode::Variant>& variants) {
    std::erase_if(variants, [this](const auto& variant) { return !completable(variant.value); });
  };
  for (auto& variants : pruned.prefix) drop(variants);
  drop(pruned.rest);
  return can_complete_array(pruned);
}

bool GraphBuilder::object_completable(NodeId, const ObjectNode& object) const {
  // Few objects need more than this: every required member has a value.
  const auto usable = [this](const std::vector<ObjectNode::Variant>& variants) {
    return std::any_of(variants.begin(), variants.end(),
                       [this](const auto& variant) { return completable(variant.value); });
  };
  std::uint64_t n_required = 0;
  for (const ObjectNode::Name& name : object.names) {
    if (!name.required) continue;
    ++n_required;
    if (!usable(name.variants)) return false;
  }
  if (n_required > object.max) return false;
  if (object.min <= n_required && object.n_witnesses == 0) return true;
  ObjectNode pruned = object;
  const auto drop = [this](std::vector<ObjectNode::Variant>& variants) {
    std::erase_if(variants, [this](const auto& variant) { return !completable(variant.value); });
  };
  bool class_usable = false;
  for (auto& name : pruned.names) drop(name.variants);
  for (auto& key_class : pruned.classes) {
    drop(key_class.variants);
    class_usable = class_usable || !key_class.variants.empty();
  }
  if (!class_usable && !pruned.classes.empty())
    pruned.keys = std::make_shared<const KeyAutomaton>(std::vector<std::string>{}, std::vector<DfaPointer>{},
                                                       [](std::uint64_t) { return KeyAutomaton::kNoLabel; });
  return can_complete_object(graph_, pruned);
}

void GraphBuilder::prune() {
  productive_.assign(graph_.nodes.size(), 0);
  const auto now = [this](NodeId id) {
    const GrammarNode& node = graph_.nodes[id];
    if (const auto* lexeme = std::get_if<LexemeNode>(&node)) return !lexeme->dfa->empty();
    if (const auto* string = std::get_if<StringNode>(&node))
      return !string->text->empty() && string->min <= string->max;
    if (const auto* choice = std::get_if<ChoiceNode>(&node)) {
      return std::any_of(choice->options.begin(), choice->options.end(),
                         [this](NodeId option) { return completable(option); });
    }
    if (const auto* array = std::get_if<ArrayNode>(&node)) return array_completable(*array);
    if (const auto* object = std::get_if<ObjectNode>(&node)) return object_completable(id, *object);
    return true;
  };
  // Parts come after what they are part of, mostly: from the end it takes few rounds.
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId id = static_cast<NodeId>(graph_.nodes.size()); id-- > 0;) {
      if (productive_[id] != 0 || !now(id)) continue;
      productive_[id] = 1;
      changed = true;
    }
  }
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    GrammarNode& node = graph_.nodes[id];
    if (auto* choice = std::get_if<ChoiceNode>(&node)) {
      std::erase_if(choice->options, [this](NodeId option) { return !completable(option); });
    } else if (auto* array = std::get_if<ArrayNode>(&node)) {
      prune_array(*array);
    } else if (auto* object = std::get_if<ObjectNode>(&node)) {
      prune_object(id, *object);
    }
  }
}

void GraphBuilder::prune_array(ArrayNode& array) {
  const auto drop = [this](std::vector<ArrayNode::Variant>& variants) {
    std::erase_if(variants, [this](const auto& variant) { return !completable(variant.value); });
  };
  for (auto& variants : array.prefix) drop(variants);
  drop(array.rest);
  limit_to_usable_places(array);
}

void GraphBuilder::prune_object(NodeId id, ObjectNode& object) {
  const auto drop = [this](std::vector<ObjectNode::Variant>& variants) {
    const std::size_t before = variants.size();
    std::erase_if(variants, [this](const auto& variant) { return !completable(variant.value); });
    return before > 0 && variants.empty();
  };
  for (auto& name : object.names) drop(name.variants);
  bool lost = false;
  for (auto& key_class : object.classes) lost = drop(key_class.variants) || lost;
  if (!lost) return;
  const KeyPlan& plan = plans_.at(id);
  object.keys = std::make_shared<const KeyAutomaton>(plan.names, plan.patterns, [&](std::uint64_t matching) {
    const auto found = plan.class_of_matching.find(matching);
    if (found == plan.class_of_matching.end() || found->second == KeyAutomaton::kNoLabel) return KeyAutomaton::kNoLabel;
    return object.classes[found->second].variants.empty() ? KeyAutomaton::kNoLabel : found->second;
  });
}

}  // namespace hearth
