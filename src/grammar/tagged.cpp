// Text that is free up to a literal, from which on it is constrained: parts between tags, and what may stand before a
// grammar.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "base/unicode.h"
#include "grammar/grammar.h"
#include "hearth/error.h"

namespace hearth {
namespace {

// Automata grow with them; tags are short.
constexpr std::size_t kLongestLiteral = 1000;

void check_literal(std::string_view text, std::string_view what) {
  if (text.size() > kLongestLiteral) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} has {} bytes; at most {} are allowed", what, text.size(), kLongestLiteral));
  }
  if (!is_valid_utf8(text)) throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is no UTF-8", what));
}

/// [i]: how long the longest proper prefix of `word` is that ends its first i + 1 bytes (Knuth, Morris, Pratt: "Fast
/// pattern matching in strings", 1977).
std::vector<std::size_t> borders(std::string_view word) {
  std::vector<std::size_t> border(word.size(), 0);
  for (std::size_t i = 1; i < word.size(); ++i) {
    std::size_t n = border[i - 1];
    while (n > 0 && word[n] != word[i]) n = border[n - 1];
    border[i] = word[n] == word[i] ? n + 1 : 0;
  }
  return border;
}

/// UTF-8 texts in which `word` never stands, or (`at_end`) stands once, at the end.
DfaPointer texts_up_to(std::string_view word, bool at_end) {
  const std::vector<std::size_t> border = borders(word);
  Dfa::Draft draft;
  draft.states.resize(word.size() + 1);  // by how many bytes of `word` the text ends with
  for (std::size_t at = 0; at < word.size(); ++at) {
    draft.states[at].accepts = !at_end;
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::size_t to = at;
      while (to > 0 && static_cast<std::uint8_t>(word[to]) != byte) to = border[to - 1];
      if (static_cast<std::uint8_t>(word[to]) == byte) ++to;
      const auto value = static_cast<std::uint8_t>(byte);
      if (to < word.size() || at_end) draft.states[at].edges.push_back({value, value, static_cast<Dfa::State>(to)});
    }
  }
  draft.states[word.size()].accepts = at_end;
  return intersection(Dfa(draft), *any_text());
}

/// Adds nodes to a graph.
class Parts {
 public:
  explicit Parts(GrammarGraph& graph) : graph_(graph) {}

  NodeId add(GrammarNode node) {
    graph_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(graph_.nodes.size() - 1);
  }
  NodeId literal(const std::string& text) { return add(LexemeNode{word_set(std::span(&text, 1))}); }

 private:
  GrammarGraph& graph_;
};

NodeId little_space(Parts& parts) {
  const GrammarGraph json = json_graph(JsonSpace::kLittle);
  return parts.add(json.nodes[json.punctuation.space]);
}

std::string trigger_of(const TaggedOptions& tagged) {
  check_literal(tagged.begin, "the beginning of a part");
  check_literal(tagged.end, "the end of a part");
  check_literal(tagged.separator, "what stands between two parts");
  std::string trigger = tagged.begin;
  trigger.erase(trigger.find_last_not_of(" \t\r\n") + 1);
  if (trigger.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "the beginning of a part is empty", "give the text that opens a part");
  }
  // Else free text that ends with half a beginning, and a part behind it, could be read in two ways.
  if (borders(trigger).back() > 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the beginning of a part, {}, ends as it begins", quote(trigger)), "use another one");
  }
  if (tagged.max_parts == 0 || tagged.min_parts > tagged.max_parts) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("from {} to {} parts cannot be", tagged.min_parts, tagged.max_parts));
  }
  return trigger;
}

}  // namespace

std::shared_ptr<const Grammar> Grammar::tagged(std::string_view schema, const TaggedOptions& tagged,
                                               const JsonSchemaOptions& options) {
  const std::string trigger = trigger_of(tagged);
  GrammarGraph graph = json_graph(options.space);
  std::vector<std::string> dropped;
  const NodeId value = add_schema(graph, schema, options, dropped);
  Parts parts(graph);
  const NodeId part = parts.add(SequenceNode{{parts.literal(tagged.begin), value, parts.literal(tagged.end)}});
  std::vector<NodeId> some = {part};
  if (tagged.max_parts > 1) {
    const NodeId next = parts.add(SequenceNode{{parts.literal(tagged.separator), part}});
    const std::uint32_t max = tagged.max_parts == kUnbounded ? kUnbounded : tagged.max_parts - 1;
    some.push_back(parts.add(RepeatNode{next, std::max(tagged.min_parts, 1U) - 1, max}));
  }
  some.push_back(little_space(parts));
  NodeId all = parts.add(SequenceNode{std::move(some)});
  if (tagged.min_parts == 0) all = parts.add(RepeatNode{all, 0, 1});
  if (tagged.free_text) {
    all = parts.add(SequenceNode{{parts.add(LexemeNode{texts_up_to(trigger, /*at_end=*/false)}), all}});
  }
  if (!tagged.instead.empty()) {
    const NodeId instead = add_schema(graph, tagged.instead, options, dropped);
    all = parts.add(ChoiceNode{{all, instead}});
  }
  graph.root = all;
  return std::make_shared<const Grammar>(std::move(graph), std::move(dropped));
}

std::shared_ptr<const Grammar> Grammar::behind_preamble(const Grammar& grammar, const std::string& open,
                                                        const std::string& close) {
  check_literal(open, "the beginning of the preamble");
  check_literal(close, "the end of the preamble");
  if (close.empty()) throw Error(ErrorCode::kInvalidArgument, "the end of the preamble is empty");
  GrammarGraph graph = grammar.graph();
  Parts parts(graph);
  std::vector<NodeId> preamble;
  if (!open.empty()) preamble.push_back(parts.literal(open));
  preamble.push_back(parts.add(LexemeNode{texts_up_to(close, /*at_end=*/true)}));
  preamble.push_back(little_space(parts));
  NodeId first = parts.add(SequenceNode{std::move(preamble)});
  if (!open.empty()) first = parts.add(RepeatNode{first, 0, 1});
  graph.root = parts.add(SequenceNode{{first, graph.root}});
  return std::make_shared<const Grammar>(std::move(graph), grammar.dropped());
}

}  // namespace hearth
