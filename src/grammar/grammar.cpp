#include "grammar/grammar.h"

#include <algorithm>

#include "grammar/dfa_pool.h"
#include "grammar/regex.h"
#include "grammar/schema/graph_builder.h"
#include "grammar/schema/shape_maker.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr int kDeepestSchemaText = 160;

DfaPointer word(std::string_view text) {
  const std::string copy(text);
  return word_set(std::span(&copy, 1));
}

DfaPointer space_texts(JsonSpace space) {
  // States: 0 nothing yet. Little: 1 a space, 2 a line end, 3 two of them, 4 … the spaces behind.
  Dfa::Draft draft;
  const auto state = [&draft](bool accepts) {
    draft.states.push_back({accepts, {}});
    return static_cast<Dfa::State>(draft.states.size() - 1);
  };
  const Dfa::State start = state(true);
  if (space == JsonSpace::kAny) {
    for (const char byte : {' ', '\t', '\n', '\r'}) {
      const auto value = static_cast<std::uint8_t>(byte);
      draft.states[start].edges.push_back({value, value, start});
    }
  }
  if (space == JsonSpace::kLittle) {
    constexpr int kMostIndent = 40;
    const Dfa::State one = state(true), line = state(true), two = state(true);
    draft.states[start].edges = {{'\n', '\n', line}, {' ', ' ', one}};
    draft.states[line].edges = {{'\n', '\n', two}};
    Dfa::State last = 0;
    for (int i = 0; i < kMostIndent; ++i) {
      const Dfa::State indent = state(true);
      const std::vector<Dfa::State> from = i == 0 ? std::vector{line, two} : std::vector{last};
      for (const Dfa::State before : from) {
        draft.states[before].edges.push_back({' ', ' ', indent});
        draft.states[before].edges.push_back({'\t', '\t', indent});
      }
      last = indent;
    }
  }
  return std::make_shared<const Dfa>(draft);
}

const DfaPointer& shared_space(JsonSpace space) {
  static const DfaPointer none = space_texts(JsonSpace::kNone), little = space_texts(JsonSpace::kLittle),
                          any = space_texts(JsonSpace::kAny);
  return space == JsonSpace::kNone ? none : space == JsonSpace::kLittle ? little : any;
}

std::shared_ptr<const Grammar> from_dfa(DfaPointer dfa) {
  GrammarGraph graph;
  graph.nodes.emplace_back(LexemeNode{std::move(dfa)});
  return std::make_shared<const Grammar>(std::move(graph), std::vector<std::string>{});
}

}  // namespace

Grammar::Grammar(GrammarGraph graph, std::vector<std::string> dropped)
    : graph_(std::move(graph)), dropped_(std::move(dropped)) {
  for (GrammarNode& node : graph_.nodes) {
    if (auto* lexeme = std::get_if<LexemeNode>(&node)) lexeme->dfa = shared_dfa(std::move(lexeme->dfa));
    if (auto* string = std::get_if<StringNode>(&node)) string->text = shared_dfa(std::move(string->text));
  }
}

GrammarGraph json_graph(JsonSpace space) {
  static const DfaPointer kSigns[] = {word("{"), word("}"), word("["), word("]"), word(","), word(":")};
  GrammarGraph graph;
  const auto add = [&graph](DfaPointer dfa) {
    graph.nodes.emplace_back(LexemeNode{std::move(dfa)});
    return static_cast<NodeId>(graph.nodes.size() - 1);
  };
  graph.punctuation.space = add(shared_space(space));
  graph.punctuation.open_object = add(kSigns[0]);
  graph.punctuation.close_object = add(kSigns[1]);
  graph.punctuation.open_array = add(kSigns[2]);
  graph.punctuation.close_array = add(kSigns[3]);
  graph.punctuation.comma = add(kSigns[4]);
  graph.punctuation.colon = add(kSigns[5]);
  return graph;
}

NodeId add_schema(GrammarGraph& graph, std::string_view schema, const JsonSchemaOptions& options,
                  std::vector<std::string>& dropped) {
  const json::value root = parse_json(schema, "the schema", kDeepestSchemaText, DuplicateKeys::kRefuse);
  if (!root.is_object() && !root.is_bool())
    throw Error(ErrorCode::kInvalidArgument, "the schema is neither an object nor a boolean");
  SchemaDocument document(root, options.resolver);
  ShapeMaker maker(document, options.lenient);
  graph.any_order = options.any_order;
  graph.plain_spelling = options.space != JsonSpace::kAny;
  NodeId node = GraphBuilder(maker, graph, options.space != JsonSpace::kAny)
                    .build(maker.exprs().of_site(SchemaDocument::kRoot), options.allow_empty);
  if (options.space == JsonSpace::kAny) {
    graph.nodes.emplace_back(SequenceNode{{graph.punctuation.space, node, graph.punctuation.space}});
    node = static_cast<NodeId>(graph.nodes.size() - 1);
  }
  dropped.insert(dropped.end(), maker.dropped().begin(), maker.dropped().end());
  return node;
}

std::shared_ptr<const Grammar> Grammar::from_json_schema(std::string_view schema, const JsonSchemaOptions& options) {
  GrammarGraph graph = json_graph(options.space);
  std::vector<std::string> dropped;
  graph.root = add_schema(graph, schema, options, dropped);
  return std::make_shared<const Grammar>(std::move(graph), std::move(dropped));
}

std::shared_ptr<const Grammar> Grammar::any_json(bool object_only, JsonSpace space) {
  return from_json_schema(object_only ? R"({"type":"object"})" : "{}", {.space = space, .resolver = {}});
}

std::shared_ptr<const Grammar> Grammar::from_regex(std::string_view pattern) {
  DfaPointer dfa = compile_regex(pattern, RegexMatch::kWhole);
  if (dfa->empty()) throw Error(ErrorCode::kInvalidArgument, "the regular expression matches no text");
  return from_dfa(std::move(dfa));
}

std::shared_ptr<const Grammar> Grammar::from_choices(std::span<const std::string> choices) {
  if (choices.empty()) throw Error(ErrorCode::kInvalidArgument, "there are no choices", "give at least one");
  return from_dfa(word_set(choices));
}

}  // namespace hearth
