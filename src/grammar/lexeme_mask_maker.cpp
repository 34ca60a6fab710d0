#include "grammar/lexeme_mask_maker.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "grammar/string_state.h"

namespace hearth {
namespace {

/// Below so many tokens a list is smaller than a bit for each.
std::size_t few_tokens(const TokenVocabulary& vocabulary) { return vocabulary.mask_words() * 2; }

/// An automaton as one walk over a vocabulary meets it: where each byte leads from a state, and which groups of bytes
/// lead to the state itself, written out when the walk first comes there.
template <typename Automaton>
class Steps {
 public:
  explicit Steps(const Automaton& automaton) : automaton_(automaton), row_of_(automaton.n_states(), kNone) {}

  Dfa::State step(Dfa::State state, std::uint8_t byte) {
    std::uint32_t& row = row_of_[state];
    if (row == kNone) {
      if (rows_.size() == kMostRows) return automaton_.step(state, byte);
      row = static_cast<std::uint32_t>(rows_.size());
      Row& fresh = rows_.emplace_back();
      fresh.to.fill(Dfa::kDead);
      const auto edges = [this](Dfa::State from) { return automaton_.edges(from); };
      for (const Dfa::Edge& edge : edges(state)) std::fill(&fresh.to[edge.first], &fresh.to[edge.last] + 1, edge.to);
      fresh.looping = looping_groups(state, edges);
    }
    return rows_[row].to[byte];
  }
  /// Groups that lead from `state` to itself; none where it has not been left yet.
  ByteGroups looping(Dfa::State state) const { return row_of_[state] == kNone ? 0 : rows_[row_of_[state]].looping; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFFU;
  static constexpr std::size_t kMostRows = 4096;  // 4 MiB
  struct Row {
    std::array<Dfa::State, 256> to;
    ByteGroups looping;
  };
  const Automaton& automaton_;
  std::vector<std::uint32_t> row_of_;
  std::vector<Row> rows_;
};

/// What stands for itself in a JSON string.
constexpr ByteGroups kNotSpecial =
    ~(ByteGroups{1} << byte_groups::group_of('"') | ByteGroups{1} << byte_groups::group_of('\\') |
      ByteGroups{1} << byte_groups::group_of('\n') | ByteGroups{1} << byte_groups::group_of('\t') |
      ByteGroups{1} << byte_groups::group_of(0));

}  // namespace

/// One walk over the vocabulary with nothing but the automaton.
std::shared_ptr<const LexemeMask> LexemeMaskMaker::of_lexeme(const Thread& thread, const Dfa& dfa,
                                                             const TokenVocabulary::Key& key) const {
  auto result = std::make_shared<LexemeMask>();
  TokenMask& ids = result->inside;
  ids.assign(vocabulary_.mask_words(), 0);
  std::vector<TokenTrie::Entry> beyond;
  const auto& nodes = trie_.nodes();
  const bool quoted = key.string != TokenVocabulary::kLexeme;
  Steps<Dfa> steps(dfa);
  std::vector<LeafState> levels(trie_.max_depth() + 1, thread.state);
  for (std::uint32_t i = 1; i < trie_.n_nodes();) {
    const std::size_t depth = nodes[i].depth;
    LeafState state = levels[depth - 1];
    const std::uint8_t byte = nodes[i].byte;
    bool ends = false, goes_on = true;
    if (!quoted || (state.string == StringState::kBody && byte >= 0x20 && byte != '"' && byte != '\\')) {
      state.q = steps.step(state.q, byte);
      if (state.q == Dfa::kDead) {
        i = nodes[i].end;
        continue;
      }
      ends = !quoted && dfa.accepts(state.q);
    } else {
      const Machine::Leaf leaf = machine_.step_leaf(thread.leaf, thread.frame.get(), state, byte);
      if (leaf == Machine::Leaf::kDead) {
        i = nodes[i].end;
        continue;
      }
      ends = leaf == Machine::Leaf::kComplete;
      goes_on = !ends;
    }
    const bool plain = quoted ? state.string == StringState::kBody : !ends || key.follow.none();
    if (plain && goes_on && trie_.has_children(i)) {
      const ByteGroups looping = quoted ? steps.looping(state.q) & kNotSpecial : steps.looping(state.q);
      if ((vocabulary_.groups_below()[i] & ~looping) == 0) {  // all that stands below stays in this state
        allow_all(ids, trie_.tokens_below(i));
        i = nodes[i].end;
        continue;
      }
    }
    allow_all(ids, trie_.tokens_at(i));
    if (ends && trie_.has_children(i)) collect_beyond(i, key.follow, beyond);
    levels[depth] = state;
    i = goes_on ? i + 1 : nodes[i].end;
  }
  shorten(*result);
  if (!beyond.empty()) result->beyond = std::make_unique<const TokenTrie>(std::move(beyond));
  return result;
}

/// One walk over the vocabulary with nothing but the automaton, as if there were only keys of classes.
std::shared_ptr<const LexemeMask> LexemeMaskMaker::of_keys(const Thread& thread, const KeyAutomaton& keys) const {
  auto result = std::make_shared<LexemeMask>();
  TokenMask& ids = result->inside;
  ids.assign(vocabulary_.mask_words(), 0);
  std::map<std::uint32_t, std::vector<TokenTrie::Entry>> beyond;
  std::map<std::uint32_t, LexemeMask::Ending> endings;
  const auto& nodes = trie_.nodes();
  Steps<KeyAutomaton> steps(keys);
  std::vector<LeafState> levels(trie_.max_depth() + 1, thread.state);
  for (std::uint32_t i = 1; i < trie_.n_nodes();) {
    const std::size_t depth = nodes[i].depth;
    LeafState state = levels[depth - 1];
    const std::uint8_t byte = nodes[i].byte;
    bool goes_on = true;
    if (state.string != StringState::kBody || byte < 0x20 || byte == '\\') {
      goes_on = machine_.step_leaf(thread.leaf, thread.frame.get(), state, byte) == Machine::Leaf::kOpen;
    } else if (byte == '"') {
      goes_on = false;
      const std::uint32_t label = keys.label(state.q);
      if (label != KeyAutomaton::kNoLabel && (label & KeyAutomaton::kClass) != 0) {
        LexemeMask::Ending& ending = endings[label];
        ending.state = state.q;
        const auto here = trie_.tokens_at(i);
        ending.exactly.insert(ending.exactly.end(), here.begin(), here.end());
        collect_endings(i, beyond[label], ending.several);
      }
    } else {
      state.q = steps.step(state.q, byte);
      goes_on = state.q != KeyAutomaton::kDead;
    }
    if (!goes_on) {
      i = nodes[i].end;
      continue;
    }
    if (state.string == StringState::kBody && trie_.has_children(i) &&
        (vocabulary_.groups_below()[i] & ~(steps.looping(state.q) & kNotSpecial)) == 0) {
      allow_all(ids, trie_.tokens_below(i));
      i = nodes[i].end;
      continue;
    }
    allow_all(ids, trie_.tokens_at(i));
    levels[depth] = state;
    ++i;
  }
  shorten(*result);
  for (auto& [label, ending] : endings) {
    ending.label = label;
    if (!beyond[label].empty()) ending.beyond = std::make_unique<const TokenTrie>(std::move(beyond[label]));
    result->endings.push_back(std::move(ending));
  }
  return result;
}

/// Few tokens as a list.
void LexemeMaskMaker::shorten(LexemeMask& mask) const {
  std::size_t n = 0;
  for (const std::uint64_t word : mask.inside) n += static_cast<std::size_t>(std::popcount(word));
  if (n >= few_tokens(vocabulary_)) return;
  mask.few.reserve(n);
  for (std::size_t i = 0; i < mask.inside.size(); ++i) {
    for (std::uint64_t word = mask.inside[i]; word != 0; word &= word - 1)
      mask.few.push_back(static_cast<TokenId>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  }
  mask.inside = {};
}

void LexemeMaskMaker::collect_beyond(std::uint32_t node, const ByteSet& follow,
                                     std::vector<TokenTrie::Entry>& out) const {
  const auto& nodes = trie_.nodes();
  const std::uint32_t top = nodes[node].depth;
  std::string suffix;
  for (std::uint32_t i = node + 1; i < nodes[node].end;) {
    const std::size_t depth = nodes[i].depth - top;
    if (depth == 1 && !follow.test(nodes[i].byte)) {
      i = nodes[i].end;
      continue;
    }
    suffix.resize(depth - 1);
    suffix += static_cast<char>(nodes[i].byte);
    for (const TokenId id : trie_.tokens_at(i)) out.emplace_back(suffix, id);
    ++i;
  }
}

/// What stands below `node`, which is a closing quote.
void LexemeMaskMaker::collect_endings(std::uint32_t node, std::vector<TokenTrie::Entry>& beyond,
                                      std::vector<TokenId>& several) const {
  std::vector<TokenTrie::Entry> all;
  collect_beyond(node, ByteSet().set(), all);
  for (TokenTrie::Entry& entry : all) {
    if (std::count(entry.first.begin(), entry.first.end(), '"') > 1) {
      several.push_back(entry.second);
    } else {
      beyond.push_back(std::move(entry));
    }
  }
}

}  // namespace hearth
