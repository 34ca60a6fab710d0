#include "grammar/lexeme_mask_maker.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>

#include "grammar/free_reach.h"
#include "grammar/string_state.h"

namespace hearth {
namespace {

/// Below so many tokens a list is smaller than a bit for each.
std::size_t few_tokens(const TokenVocabulary& vocabulary) { return vocabulary.mask_words() * 2; }

/// An automaton as one walk over a vocabulary meets it: where each byte leads from a state, and which texts lead on
/// from there whatever they are, written out when the walk first comes there.
template <typename Automaton>
class Steps {
 public:
  using Reach = typename FreeReach<Automaton>::Reach;
  /// `same_state`: texts shall lead to the state itself, not only on. Only groups `within` count.
  Steps(const Automaton& automaton, bool same_state, ByteGroups within)
      : automaton_(automaton),
        free_reach_(automaton, within),
        same_state_(same_state),
        within_(within),
        rows_of_(automaton.n_states(), kNone),
        rows_(scratch_rows()) {
    rows_.clear();
  }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  Dfa::State step(Dfa::State state, std::uint8_t byte) {
    const Row* row = row_of(state);
    return row == nullptr ? automaton_.step(state, byte) : row->to[byte];
  }
  /// Whether every text of these groups, no longer than `length` bytes, leads on from `state`.
  bool leads_on(Dfa::State state, ByteGroups groups, std::uint32_t length) {
    Row* row = row_of(state);
    if (row == nullptr) return false;
    if (!row->reach) row->reach = reach_of(state);
    return (groups & ~row->reach->groups) == 0 && length <= row->reach->length;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFFU;
  static constexpr std::size_t kMostRows = 1024;  // 1 MiB
  struct Row {
    std::array<Dfa::State, 256> to;
    std::optional<Reach> reach;
  };

  /// Kept for the thread's next walk: fresh memory would cost more than filling it.
  static std::vector<Row>& scratch_rows() {
    static thread_local std::vector<Row> rows;
    return rows;
  }

  /// nullptr where there are too many already.
  Row* row_of(Dfa::State state) {
    std::uint32_t& row = rows_of_[state];
    if (row != kNone) return &rows_[row];
    if (rows_.size() == kMostRows) return nullptr;
    row = static_cast<std::uint32_t>(rows_.size());
    Row& fresh = rows_.emplace_back();
    fresh.to.fill(Dfa::kDead);
    for (const Dfa::Edge& edge : automaton_.edges(state))
      std::fill(&fresh.to[edge.first], &fresh.to[edge.last] + 1, edge.to);
    return &fresh;
  }

  Reach reach_of(Dfa::State state) {
    if (!same_state_) return free_reach_.from(state);
    const auto edges = [this](Dfa::State from) { return automaton_.edges(from); };
    return {looping_groups(state, edges) & within_, FreeReach<Automaton>::kAnyLength};
  }

  const Automaton& automaton_;
  FreeReach<Automaton> free_reach_;
  bool same_state_;
  ByteGroups within_;
  std::vector<std::uint32_t> rows_of_;
  std::vector<Row>& rows_;
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
  // What stands behind the end of a lexeme is asked for where it ends, so the end has to be known.
  const bool ends_matter = !quoted && key.follow.any();
  Steps<Dfa> steps(dfa, ends_matter, quoted ? kNotSpecial : ~ByteGroups{0});
  std::vector<LeafState> levels(trie_.max_depth() + 1, thread.state);
  for (std::uint32_t i = 1; i < trie_.n_nodes();) {
    const std::size_t depth = nodes[i].depth;
    LeafState state = levels[depth - 1];
    const std::uint8_t byte = nodes[i].byte;
    bool ends = false, goes_on = true;
    const bool plain = quoted ? state.string == StringState::kBody : !ends_matter || !dfa.accepts(state.q);
    if (plain && steps.leads_on(state.q, vocabulary_.groups_from()[i], nodes[i].below + 1U)) {
      allow_all(ids, trie_.tokens_below(i));
      i = nodes[i].end;
      continue;
    }
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
  Steps<KeyAutomaton> steps(keys, false, kNotSpecial);
  std::vector<LeafState> levels(trie_.max_depth() + 1, thread.state);
  for (std::uint32_t i = 1; i < trie_.n_nodes();) {
    const std::size_t depth = nodes[i].depth;
    LeafState state = levels[depth - 1];
    const std::uint8_t byte = nodes[i].byte;
    bool goes_on = true;
    if (state.string == StringState::kBody &&
        steps.leads_on(state.q, vocabulary_.groups_from()[i], nodes[i].below + 1U)) {
      allow_all(ids, trie_.tokens_below(i));
      i = nodes[i].end;
      continue;
    }
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
