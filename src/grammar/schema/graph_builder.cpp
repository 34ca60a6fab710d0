#include "grammar/schema/graph_builder.h"

#include <algorithm>
#include <unordered_set>

#include "grammar/regex.h"
#include "grammar/schema/schema_error.h"

namespace hearth {
namespace {

constexpr std::size_t kMostNodes = 500'000;
constexpr std::size_t kMostContains = 8;
constexpr std::size_t kMostWitnesses = 8;
constexpr std::size_t kMostIdentities = 1000;
constexpr std::size_t kMostPatterns = 64;

bool same_value(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return decimal_of(a) == decimal_of(b);
  if (a.is_array() && b.is_array()) {
    return a.get_array().size() == b.get_array().size() &&
           std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(), same_value);
  }
  if (a.is_object() && b.is_object()) {
    if (a.get_object().size() != b.get_object().size()) return false;
    return std::all_of(a.get_object().begin(), a.get_object().end(), [&](const auto& member) {
      const json::value* other = b.get_object().if_contains(member.key());
      return other != nullptr && same_value(member.value(), *other);
    });
  }
  return a == b;
}

/// Only strings of one kind: then "unique" means different texts.
bool only_strings(const Shape& shape) {
  return !shape.null_value && !shape.true_value && !shape.false_value && shape.numbers.empty() &&
         shape.arrays.empty() && shape.objects.empty() && shape.strings.size() == 1;
}

bool only_constants(const Shape& shape) {
  return shape.numbers.empty() && shape.arrays.empty() && shape.objects.empty() && shape.strings.empty();
}

const json::value kNullValue(nullptr), kTrueValue(true), kFalseValue(false);

}  // namespace

NodeId GraphBuilder::add(GrammarNode node) {
  if (graph_.nodes.size() >= kMostNodes) {
    throw Error(ErrorCode::kUnsupported, fmt::format("the schema needs more than {} parts", kMostNodes),
                "use fewer alternatives inside each other");
  }
  graph_.nodes.push_back(std::move(node));
  return static_cast<NodeId>(graph_.nodes.size() - 1);
}

NodeId GraphBuilder::node_of(ExprId expr) {
  const auto [found, fresh] = nodes_.try_emplace(expr, 0);
  if (fresh) {
    found->second = add(ChoiceNode{});
    todo_.emplace_back(expr, found->second);
  }
  return found->second;
}

NodeId GraphBuilder::build(ExprId root, bool allow_empty) {
  const NodeId node = node_of(root);
  while (!todo_.empty()) {
    const auto [expr, id] = todo_.back();
    todo_.pop_back();
    fill(expr, id);
  }
  prune();
  if (!completable(node) && !allow_empty) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("no value satisfies the schema at {}", maker_.where(root)),
                "its keywords contradict each other");
  }
  return node;
}

void GraphBuilder::fill(ExprId expr, NodeId node) {
  const Shape& shape = maker_.shape(expr);
  const std::string where = maker_.where(expr);
  std::vector<NodeId> options;
  add_constants(shape, options);
  add_numbers(shape.numbers, options);
  add_strings(shape, options);
  for (const ArrayShape& array : shape.arrays) add_array(array, where, options);
  for (const ObjectShape& object : shape.objects) add_object(object, where, options);
  std::get<ChoiceNode>(graph_.nodes[node]).options = std::move(options);
}

void GraphBuilder::add_constants(const Shape& shape, std::vector<NodeId>& options) {
  std::vector<std::string> words;
  if (shape.null_value) words.emplace_back("null");
  if (shape.true_value) words.emplace_back("true");
  if (shape.false_value) words.emplace_back("false");
  if (!words.empty()) options.push_back(add(LexemeNode{word_set(words)}));
}

void GraphBuilder::add_numbers(const NumberSet& numbers, std::vector<NodeId>& options) {
  if (numbers.empty()) return;
  static const DfaPointer kPlain = compile_regex("0|-?[1-9][0-9]*", RegexMatch::kWhole);
  const bool integers = plain_integers_ && (numbers - NumberSet::integers()).empty();
  options.push_back(add(LexemeNode{integers ? intersection(*numbers.texts(), *kPlain) : numbers.texts()}));
}

void GraphBuilder::add_strings(const Shape& shape, std::vector<NodeId>& options) {
  DfaPointer joined;
  for (const StringShape& string : shape.strings) {
    if (string.text == nullptr) {
      if (string.min == 0 && string.max == kNoLimit) {
        joined = any_text();
        break;
      }
      options.push_back(add(StringNode{any_text(), string.min, string.max == kNoLimit ? kUnbounded : string.max}));
      continue;
    }
    const DfaPointer text = text_of(string);
    joined = joined == nullptr ? text : unite(*joined, *text);
  }
  if (joined != nullptr && !joined->empty()) options.push_back(add(StringNode{joined}));
}

void GraphBuilder::add_array(const ArrayShape& array, const std::string& where, std::vector<NodeId>& options) {
  if (array.not_unique) maker_.drop(refused("uniqueItems", where, "it is negated there"));
  ArrayNode node;
  node.min = array.min;
  node.max = array.max == kNoLimit ? kUnbounded : array.max;
  if (array.unique) {
    try {
      ArrayNode distinct = node;
      make_distinct(array, where, distinct);
      options.push_back(add(std::move(distinct)));
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      maker_.drop(error);
    }
  }
  std::vector<ArrayShape::Contains> contains;
  for (const ArrayShape::Contains& wanted : array.contains) {
    // "At most" of everything, or "at least" of nothing, are bounds on the length; they fall out of the counting too.
    contains.push_back(wanted);
    node.contains.push_back({wanted.min, wanted.max == kNoLimit ? kUnbounded : wanted.max});
  }
  if (contains.size() > kMostContains) throw refused("contains", where, "there are too many of them together");
  std::size_t n_prefix = array.prefix.size();
  for (const ArrayShape::Contains& wanted : contains) n_prefix = std::max<std::size_t>(n_prefix, wanted.from);
  const auto variants = [&](ExprId item, std::size_t place) {
    std::vector<ArrayNode::Variant> list;
    std::vector<std::pair<ExprId, std::uint32_t>> ways = {{item, 0}};
    for (std::size_t c = 0; c < contains.size(); ++c) {
      if (place < contains[c].from) continue;
      std::vector<std::pair<ExprId, std::uint32_t>> next;
      for (const auto& [expr, bits] : ways) {
        next.emplace_back(exprs_.both(expr, contains[c].item), bits | 1U << c);
        // Where more than wanted does no harm an item may count without being counted.
        const bool bounded = contains[c].max != kNoLimit;
        next.emplace_back(bounded ? exprs_.both(expr, exprs_.negation(contains[c].item)) : expr, bits);
      }
      ways = std::move(next);
    }
    for (const auto& [expr, bits] : ways) {
      if (expr != ExprTable::kFalse) list.push_back({node_of(expr), bits, kUnbounded});
    }
    return list;
  };
  for (std::size_t i = 0; i < n_prefix; ++i)
    node.prefix.push_back(variants(i < array.prefix.size() ? array.prefix[i] : array.rest, i));
  node.rest = variants(array.rest, n_prefix);
  if (contains.size() > 1) {
    const bool unlimited =
        node.max == kUnbounded &&
        std::all_of(contains.begin(), contains.end(), [](const auto& wanted) { return wanted.max == kNoLimit; });
    if (!unlimited) throw refused("contains", where, "several of them stand together with bounds");
  }
  options.push_back(add(std::move(node)));
}

void GraphBuilder::make_distinct(const ArrayShape& array, const std::string& where, ArrayNode& node) {
  const auto fail = [&](std::string_view why) { throw refused("uniqueItems", where, why); };
  if (!array.prefix.empty()) fail("items have schemas of their own by place");
  if (!array.contains.empty()) fail("it stands together with contains");
  if (const auto values = maker_.enumeration(array.rest)) {
    std::vector<const json::value*> different;
    for (const json::value* value : *values) {
      if (std::none_of(different.begin(), different.end(),
                       [&](const json::value* other) { return same_value(*value, *other); }))
        different.push_back(value);
      if (different.size() > kMostIdentities) fail("too many values are enumerated");
    }
    for (std::size_t i = 0; i < different.size(); ++i) {
      const ExprId item = exprs_.both(array.rest, exprs_.of_literal(*different[i]));
      node.rest.push_back({node_of(item), 0, static_cast<std::uint32_t>(i)});
    }
    node.distinct = true;
    return;
  }
  const Shape& items = maker_.shape(array.rest);
  if (only_constants(items)) {
    const std::pair<bool, const json::value*> all[] = {
        {items.null_value, &kNullValue}, {items.true_value, &kTrueValue}, {items.false_value, &kFalseValue}};
    for (const auto& [is_in, value] : all) {
      if (is_in)
        node.rest.push_back({node_of(exprs_.of_literal(*value)), 0, static_cast<std::uint32_t>(node.rest.size())});
    }
    node.distinct = true;
  } else if (only_strings(items)) {
    StringShape string = items.strings[0];
    if (string.min != 0 || string.max != kNoLimit) string = {text_of(string), 0, kNoLimit};
    const DfaPointer text = string.text == nullptr ? any_text() : string.text;
    node.rest.push_back({add(StringNode{text}), 0, kUnbounded});
    node.distinct_text = true;
    const std::uint32_t n = text->empty() ? 0 : text->completions(text->start());
    if (n != Dfa::kInfinite) node.max = std::min(node.max, n);
  } else {
    fail("the items are neither strings nor an enumeration of few values");
  }
}

void GraphBuilder::add_object(const ObjectShape& object, const std::string& where, std::vector<NodeId>& options) {
  ObjectNode node;
  KeyPlan plan;
  node.min = object.min;
  node.max = object.max == kNoLimit ? kUnbounded : object.max;
  if (object.some.size() > kMostWitnesses) throw refused("not", where, "it asks for too many members at once");
  node.n_witnesses = static_cast<std::uint32_t>(object.some.size());

  // Every name that is spoken of, in its order.
  std::unordered_set<std::string> known;
  const auto add_name = [&](const std::string& name) {
    if (known.insert(name).second) plan.names.push_back(name);
  };
  for (const std::string& name : object.order) add_name(name);
  for (const std::string& name : object.required) add_name(name);
  const auto add_patterns = [&](const std::vector<ObjectShape::Rule>& rules) {
    for (const ObjectShape::Rule& rule : rules) {
      if (rule.keys.kind == KeySet::Kind::kName) add_name(rule.keys.name);
      if (rule.keys.except != nullptr) {
        for (const std::string& name : *rule.keys.except) add_name(name);
      }
      if (rule.keys.kind == KeySet::Kind::kPattern) plan.patterns.push_back(rule.keys.pattern);
      plan.patterns.insert(plan.patterns.end(), rule.keys.except_patterns.begin(), rule.keys.except_patterns.end());
    }
  };
  add_patterns(object.rules);
  add_patterns(object.some);
  std::sort(plan.patterns.begin(), plan.patterns.end());
  plan.patterns.erase(std::unique(plan.patterns.begin(), plan.patterns.end()), plan.patterns.end());
  if (plan.patterns.size() > kMostPatterns) throw refused("patternProperties", where, "there are too many patterns");

  /// Ways to write a value that satisfies `value` and witnesses some of `some`.
  const auto variants = [&](ExprId value, const std::vector<std::size_t>& witnesses) {
    std::vector<ObjectNode::Variant> list;
    if (value == ExprTable::kFalse) return list;
    std::vector<std::pair<ExprId, std::uint32_t>> ways = {{value, 0}};
    for (const std::size_t w : witnesses) {
      const std::size_t n = ways.size();
      for (std::size_t i = 0; i < n; ++i)
        ways.emplace_back(exprs_.both(ways[i].first, object.some[w].value), ways[i].second | 1U << w);
    }
    for (const auto& [expr, bits] : ways) {
      if (expr != ExprTable::kFalse) list.push_back({node_of(expr), bits});
    }
    return list;
  };
  const std::unordered_set<std::string> required(object.required.begin(), object.required.end());
  // Rules of single names by their name; the others, which are few, are asked for each name.
  std::unordered_map<std::string, ExprId> own;
  std::vector<const ObjectShape::Rule*> general;
  for (const ObjectShape::Rule& rule : object.rules) {
    if (rule.keys.kind == KeySet::Kind::kName) {
      const auto [found, fresh] = own.try_emplace(rule.keys.name, rule.value);
      if (!fresh) found->second = exprs_.both(found->second, rule.value);
    } else {
      general.push_back(&rule);
    }
  }
  for (const std::string& name : plan.names) {
    const auto rule_of_name = own.find(name);
    ExprId value = rule_of_name == own.end() ? ExprTable::kTrue : rule_of_name->second;
    for (const ObjectShape::Rule* rule : general) {
      if (contains_key(rule->keys, name)) value = exprs_.both(value, rule->value);
    }
    std::vector<std::size_t> witnesses;
    for (std::size_t w = 0; w < object.some.size(); ++w) {
      if (contains_key(object.some[w].keys, name)) witnesses.push_back(w);
    }
    node.names.push_back({name, required.contains(name), variants(value, witnesses)});
  }

  // Other keys: a class for each set of patterns that match.
  const auto in_set = [&](const KeySet& keys, std::uint64_t matching) {
    const auto matches = [&](const DfaPointer& pattern) {
      const auto place = std::lower_bound(plan.patterns.begin(), plan.patterns.end(), pattern) - plan.patterns.begin();
      return (matching >> place & 1) != 0;
    };
    if (keys.kind == KeySet::Kind::kName) return false;
    if (keys.kind == KeySet::Kind::kPattern) return matches(keys.pattern);
    return std::none_of(keys.except_patterns.begin(), keys.except_patterns.end(), matches);
  };
  const auto class_of = [&](std::uint64_t matching) {
    const auto [found, fresh] = plan.class_of_matching.try_emplace(matching, KeyAutomaton::kNoLabel);
    if (fresh) {
      ExprId value = ExprTable::kTrue;
      for (const ObjectShape::Rule* rule : general) {
        if (in_set(rule->keys, matching)) value = exprs_.both(value, rule->value);
      }
      std::vector<std::size_t> witnesses;
      for (std::size_t w = 0; w < object.some.size(); ++w) {
        if (in_set(object.some[w].keys, matching)) witnesses.push_back(w);
      }
      auto list = variants(value, witnesses);
      if (!list.empty()) {
        found->second = static_cast<std::uint32_t>(node.classes.size());
        node.classes.push_back({std::move(list)});
      }
    }
    return found->second;
  };
  node.keys = std::make_shared<const KeyAutomaton>(plan.names, plan.patterns, class_of);
  if (node.n_witnesses > 0 && node.max != kUnbounded && (node.n_witnesses > 1 || node.classes.size() > 1))
    throw refused("not", where, "it asks for members by pattern while their number is limited");
  count_required(node);
  const NodeId id = add(std::move(node));
  plans_.emplace(id, std::move(plan));
  options.push_back(id);
}

void GraphBuilder::count_required(ObjectNode& object) const {
  object.required_from.assign(object.names.size() + 1, 0);
  for (std::size_t i = object.names.size(); i-- > 0;)
    object.required_from[i] = object.required_from[i + 1] + (object.names[i].required ? 1 : 0);
}

}  // namespace hearth
