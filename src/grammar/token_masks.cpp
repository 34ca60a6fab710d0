#include "grammar/token_masks.h"

#include <algorithm>

#include "grammar/lexeme_mask_maker.h"
#include "grammar/object_rules.h"
#include "grammar/string_state.h"

namespace hearth {
namespace {

/// Steps the machine over the part of a trie below `node`; the threads `at` stand at that node.
void walk_exactly(Machine& machine, const TokenTrie& trie, std::uint32_t node, const ThreadSet& at, TokenMask& mask) {
  const auto& nodes = trie.nodes();
  const ByteSet first = machine.next_bytes(at);
  if (first.none()) return;
  const std::uint32_t top = nodes[node].depth;
  const std::size_t history = machine.history().size();
  std::vector<ThreadSet> levels(2);  // levels[d]: behind d bytes below `node`; levels[0] stays empty for `at`
  for (std::uint32_t i = node + 1; i < nodes[node].end;) {
    const std::size_t depth = nodes[i].depth - top;
    if (depth == 1 && !first.test(nodes[i].byte)) {
      i = nodes[i].end;
      continue;
    }
    if (levels.size() <= depth) levels.resize(depth + 1);
    machine.history().resize(history + depth - 1);
    machine.step(depth == 1 ? at : levels[depth - 1], nodes[i].byte, levels[depth]);
    if (levels[depth].empty()) {
      i = nodes[i].end;
      continue;
    }
    for (const TokenId id : trie.tokens_at(i)) allow(mask, id);
    ++i;
  }
  machine.history().resize(history);
}

void forbid_all(TokenMask& mask, std::span<const TokenId> ids) {
  for (const TokenId id : ids) {
    mask[static_cast<std::size_t>(id) / 64] &= ~(std::uint64_t{1} << (static_cast<std::size_t>(id) % 64));
  }
}

/// Steps of threads in one mask. Masks of real grammars take some thousands.
constexpr std::uint64_t kMostSteps = 2'000'000;

/// Bounds the machine's steps while it lives, and leaves the history as it was, also where the bound is exceeded.
class Budget {
 public:
  explicit Budget(Machine& machine) : machine_(machine), history_(machine.history().size()) {
    machine_.set_budget(kMostSteps);
  }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() {
    machine_.set_budget(Machine::kNoBudget);
    machine_.history().resize(history_);
  }

 private:
  Machine& machine_;
  std::size_t history_;
};

/// So many strings inside of one token are walked thread by thread.
constexpr int kMostNesting = 2;

class MaskMaker {
 public:
  MaskMaker(Machine& machine, const TokenVocabulary& vocabulary, TokenMask& mask)
      : machine_(machine), vocabulary_(vocabulary), trie_(vocabulary.trie()), mask_(mask) {}

  void add(const Thread& thread) {
    const GrammarNode& node = machine_.graph().nodes[thread.leaf];
    if (const auto* lexeme = std::get_if<LexemeNode>(&node)) {
      add_cached(thread, lexeme->dfa, TokenVocabulary::kLexeme);
    } else if (const auto* string = std::get_if<StringNode>(&node)) {
      add_string(thread, *string);
    } else {
      add_key(thread, std::get<ObjectNode>(node));
    }
  }

 private:
  ThreadSet behind(const Thread& thread) {
    ThreadSet next;
    machine_.follow(thread, next);
    return next;
  }

  /// While it lives the history has one byte more, whichever that is: what is asked is what follows a leaf that ends
  /// later, not here.
  class Later {
   public:
    explicit Later(Machine& machine) : machine_(machine) { machine_.history().push_back('"'); }
    Later(const Later&) = delete;
    Later& operator=(const Later&) = delete;
    ~Later() { machine_.history().pop_back(); }

   private:
    Machine& machine_;
  };

  /// Through the vocabulary's cache: what happens depends on the automaton's state, and on the byte behind the end.
  void add_cached(const Thread& thread, const DfaPointer& dfa, std::uint32_t string) {
    const Later later(machine_);
    const ThreadSet next = behind(thread);
    const TokenVocabulary::Key key{dfa.get(), thread.state.q, string, machine_.next_bytes(next),
                                   machine_.graph().plain_spelling};
    std::shared_ptr<const LexemeMask> lexeme = vocabulary_.find(key);
    if (lexeme == nullptr) {
      lexeme = masks_.of_lexeme(thread, *dfa, key);
      vocabulary_.keep(key, dfa, lexeme);
    }
    lexeme->add_to(mask_);
    if (lexeme->beyond != nullptr) walk_below(*lexeme->beyond, 0, next, mask_);
  }

  void add_string(const Thread& thread, const StringNode& string) {
    const LeafState& state = thread.state;
    const bool counted = string.min > 0 || string.max != kUnbounded;
    if (is_free_text(string, state)) {
      const std::uint32_t room = string.max == kUnbounded ? kUnbounded : string.max - state.count;
      const std::uint32_t needed = string.min > state.count ? string.min - state.count : 0;
      if (!is_watched(thread, state)) return add_free_text(thread, thread, room, needed);
      return add_and_correct(thread, [&] { add_free_text(thread, thread, room, needed); });
    }
    if (state.first < state.last) return add_by_walk(thread);
    // With bounds on its length, before the quote or in the middle of a character or an escape: few tokens go on there.
    // So does what follows depend on the text where no two may be equal.
    if (counted || machine_.remembers_texts(thread.frame.get())) return add_by_walk(thread);
    add_cached(thread, string.text, state.string);
  }

  static bool is_free_text(const StringNode& string, const LeafState& state) {
    return state.string == StringState::kBody && string.text == any_text() && string.text->accepts(state.q);
  }

  /// In the middle of a string of any text, between two characters: `room` more may come, `needed` must.
  /// `ending`: as `thread`, where it may end.
  void add_free_text(const Thread& thread, const Thread& ending, std::uint32_t room, std::uint32_t needed) {
    const TextMasks& text = vocabulary_.text_masks();
    for (const TokenId id : text.several) add_by_steps(thread, id);
    const Later later(machine_);
    const ThreadSet next = behind(ending);
    const std::size_t n_lengths = text.first_of_length.size() - 1;
    const bool all_fit = room >= n_lengths && room >= text.closing.size() && room >= text.beyond.size();
    if (all_fit && needed == 0) {
      for (std::size_t i = 0; i < text.inside.size(); ++i) mask_[i] |= text.inside[i];
      return walk_below(*text.beyond_any, 0, next, mask_);
    }
    const std::size_t fitting = std::min<std::size_t>(n_lengths, std::size_t{room} + 1);
    allow_all(mask_, std::span(text.by_length).first(text.first_of_length[fitting]));
    const std::size_t most = room == kUnbounded ? room : std::size_t{room} + 1;
    for (std::size_t length = needed; length < std::min(most, text.closing.size()); ++length) {
      allow_all(mask_, text.closing[length]);
    }
    for (std::size_t length = needed; length < std::min(most, text.beyond.size()); ++length) {
      walk_below(*text.beyond[length], 0, next, mask_);
    }
  }

  /// One token, from a single thread.
  void add_by_steps(const Thread& thread, TokenId id) {
    ThreadSet at, next;
    at.threads = {thread};
    const std::size_t history = machine_.history().size();
    for (const char byte : vocabulary_.token_bytes(id)) {
      machine_.step(at, static_cast<std::uint8_t>(byte), next);
      std::swap(at, next);
      if (at.empty()) break;
    }
    machine_.history().resize(history);
    if (!at.empty()) allow(mask_, id);
  }

  /// Over the vocabulary with the leaf alone, and with the machine behind it.
  void add_by_walk(const Thread& thread) { walk_leaf(trie_, thread, 0, mask_); }

  /// As walk_exactly(), but strings and keys are each followed alone, which costs a fraction: they do not branch. Only
  /// together, however, are threads that have become equal one again, so deep inside of one token they stay together.
  void walk_below(const TokenTrie& trie, std::uint32_t node, ThreadSet at, TokenMask& mask) {
    if (nesting_ >= kMostNesting) return walk_exactly(machine_, trie, node, at, mask);
    follow_texts(trie, node, at, mask);
    if (at.threads.empty()) return;
    const auto& nodes = trie.nodes();
    const ByteSet first = machine_.next_bytes(at);
    const std::uint32_t top = nodes[node].depth;
    const std::size_t history = machine_.history().size();
    std::vector<ThreadSet> levels(2);
    levels[0] = std::move(at);
    for (std::uint32_t i = node + 1; i < nodes[node].end;) {
      const std::size_t depth = nodes[i].depth - top;
      if (depth == 1 && !first.test(nodes[i].byte)) {
        i = nodes[i].end;
        continue;
      }
      if (levels.size() <= depth) levels.resize(depth + 1);
      machine_.history().resize(history + depth - 1);
      machine_.step(levels[depth - 1], nodes[i].byte, levels[depth]);
      if (!levels[depth].empty()) {
        for (const TokenId id : trie.tokens_at(i)) allow(mask, id);
        if (trie.has_children(i)) follow_texts(trie, i, levels[depth], mask);
      }
      i = levels[depth].threads.empty() ? nodes[i].end : i + 1;
    }
    machine_.history().resize(history);
  }

  /// Takes the strings and keys out of the threads, which stand at `node`, and walks each below it.
  void follow_texts(const TokenTrie& trie, std::uint32_t node, ThreadSet& at, TokenMask& mask) {
    const auto is_text = [this](const Thread& thread) {
      return !std::holds_alternative<LexemeNode>(machine_.graph().nodes[thread.leaf]);
    };
    const auto texts = std::stable_partition(at.threads.begin(), at.threads.end(),
                                             [&](const Thread& thread) { return !is_text(thread); });
    for (auto thread = texts; thread != at.threads.end(); ++thread) walk_leaf(trie, *thread, node, mask);
    at.threads.erase(texts, at.threads.end());
  }

  /// Below `node`, at which `thread` stands; history() is as long as if the bytes up to it had been read.
  void walk_leaf(const TokenTrie& trie, const Thread& thread, std::uint32_t node, TokenMask& mask) {
    const auto& nodes = trie.nodes();
    const std::uint32_t top = nodes[node].depth;
    const std::size_t history = machine_.history().size();
    std::vector<LeafState> levels = {thread.state};
    for (std::uint32_t i = node + 1; i < nodes[node].end;) {
      const std::size_t depth = nodes[i].depth - top;
      LeafState state = levels[depth - 1];
      const bool before_quote = state.string == StringState::kBeforeQuote;
      const Machine::Leaf leaf = before_quote && nodes[i].byte != '"'
                                     ? Machine::Leaf::kDead
                                     : machine_.step_leaf(thread.leaf, thread.frame.get(), state, nodes[i].byte);
      if (leaf == Machine::Leaf::kDead) {
        i = nodes[i].end;
        continue;
      }
      machine_.history().resize(history + depth - 1);
      machine_.history().push_back(static_cast<char>(nodes[i].byte));
      allow_all(mask, trie.tokens_at(i));
      if (leaf != Machine::Leaf::kOpen && trie.has_children(i)) {
        ++nesting_;
        walk_below(trie, i, behind({thread.frame, thread.leaf, state}), mask);
        --nesting_;
      }
      levels.resize(depth);
      levels.push_back(state);
      i = leaf == Machine::Leaf::kComplete ? nodes[i].end : i + 1;
    }
    machine_.history().resize(history);
  }

  void add_key(const Thread& thread, const ObjectNode& object) {
    const LeafState& state = thread.state;
    const KeyAutomaton& keys = *object.keys;
    // Before the quote, or in the middle of a character or an escape, few tokens go on.
    if (state.string != StringState::kBody || keys.inside_character(state.q)) return add_by_walk(thread);
    // And where only names may come, few tokens begin one.
    if ((thread.frame->flags & kClassesAllowed) == 0) return add_by_walk(thread);
    if (!is_watched(thread, state)) return add_keys_of_classes(thread, object);
    add_and_correct(thread, [&] { add_keys_of_classes(thread, object); });
  }

  /// What follows a key depends on which class it is of, and not on how it is spelled, but for keys that are names or
  /// may not come again: add_and_correct() looks at those.
  void add_keys_of_classes(const Thread& thread, const ObjectNode& object) {
    const KeyAutomaton& keys = *object.keys;
    Thread other = thread;
    other.state.first = other.state.last = 0;
    if (keys.free_but_names()) {  // nearly every text is a key of one class
      other.state.q = off_names(keys, thread.state.q);
      if (other.state.q != KeyAutomaton::kDead && may_end_class(thread, object, keys.label(other.state.q))) {
        add_free_text(thread, other, kUnbounded, 0);
        return;
      }
      other.state.q = thread.state.q;
    }
    const TokenVocabulary::Key key{object.keys.get(), thread.state.q, thread.state.string, {}, false};
    std::shared_ptr<const LexemeMask> known = vocabulary_.find(key);
    if (known == nullptr) {
      known = masks_.of_keys(other, keys);
      vocabulary_.keep(key, object.keys, known);
    }
    known->add_to(mask_);
    for (const LexemeMask::Ending& ending : known->endings) {
      if (!may_end_class(thread, object, ending.label)) continue;
      allow_all(mask_, ending.exactly);
      for (const TokenId id : ending.several) add_by_steps(thread, id);
      if (ending.beyond == nullptr) continue;
      Thread ended = other;
      ended.state.q = ending.state;
      const Later later(machine_);
      walk_below(*ending.beyond, 0, behind(ended), mask_);
    }
  }

  bool may_end_class(const Thread& thread, const ObjectNode& object, std::uint32_t label) const {
    return label != KeyAutomaton::kNoLabel &&
           may_add_class(machine_.graph(), object, *thread.frame, label & ~KeyAutomaton::kClass);
  }

  /// A state that texts without a name's beginning lead to, from here on; kDead when they lead to several.
  static KeyAutomaton::State off_names(const KeyAutomaton& keys, KeyAutomaton::State q) {
    if (keys.is_universal(q)) return q;
    for (int byte = 0x7F; byte >= 0x20; --byte) {
      const auto to = keys.step(q, static_cast<std::uint8_t>(byte));
      if (to != KeyAutomaton::kDead && keys.is_universal(to)) return to;
    }
    return KeyAutomaton::kDead;
  }

  /// The text can still become a name, or one that may not come again.
  bool is_watched(const Thread& thread, const LeafState& state) const {
    if (state.first < state.last) return true;
    const auto* object = std::get_if<ObjectNode>(&machine_.graph().nodes[thread.leaf]);
    return object != nullptr && !object->keys->names_below(state.q).empty();
  }

  /// What add() allows as if no text were special; then again, step by step, the tokens along the bytes of those that
  /// are.
  template <typename Add>
  void add_and_correct(const Thread& thread, const Add& add) {
    TokenMask outer = std::move(mask_);
    mask_.assign(outer.size(), 0);
    add();
    const auto& nodes = trie_.nodes();
    std::vector<LeafState> levels = {thread.state};
    for (std::uint32_t i = 1; i < trie_.n_nodes();) {
      const std::size_t depth = nodes[i].depth;
      const LeafState before = levels[depth - 1];
      const std::uint8_t byte = nodes[i].byte;
      if (byte == '"' || byte == '\\') {
        forbid_all(mask_, trie_.tokens_below(i));
        redo(thread, before, i, mask_);
        i = nodes[i].end;
        continue;
      }
      LeafState state = before;
      if (machine_.step_leaf(thread.leaf, thread.frame.get(), state, byte) == Machine::Leaf::kDead) {
        // Where the automaton itself ends add() has found the same.
        if (state.q != Dfa::kDead) forbid_all(mask_, trie_.tokens_below(i));
        i = nodes[i].end;
        continue;
      }
      if (!is_watched(thread, state)) {  // as every other text
        i = nodes[i].end;
        continue;
      }
      allow_all(mask_, trie_.tokens_at(i));
      machine_.history().resize(start_of_walk_ + depth - 1);
      machine_.history().push_back(static_cast<char>(byte));
      levels.resize(depth);
      levels.push_back(state);
      ++i;
    }
    machine_.history().resize(start_of_walk_);
    for (std::size_t i = 0; i < outer.size(); ++i) mask_[i] |= outer[i];
  }

  /// The tokens at and below `node` again, step by step; `before` is the state before its byte.
  void redo(const Thread& thread, LeafState before, std::uint32_t node, TokenMask& mask) {
    const TokenTrie::Node& at = trie_.nodes()[node];
    Thread moved{thread.frame, thread.leaf, before};
    const Machine::Leaf leaf = machine_.step_leaf(thread.leaf, thread.frame.get(), moved.state, at.byte);
    if (leaf == Machine::Leaf::kDead) return;
    // The bytes before it stand there already; branches that are over may have left more.
    machine_.history().resize(start_of_walk_ + at.depth - 1);
    machine_.history().push_back(static_cast<char>(at.byte));
    allow_all(mask, trie_.tokens_at(node));
    if (leaf == Machine::Leaf::kOpen) {
      walk_leaf(trie_, moved, node, mask);
    } else if (trie_.has_children(node)) {
      walk_below(trie_, node, behind(moved), mask);
    }
  }

  Machine& machine_;
  const TokenVocabulary& vocabulary_;
  const TokenTrie& trie_;
  TokenMask& mask_;
  LexemeMaskMaker masks_{machine_, vocabulary_};
  int nesting_ = 0;
  std::size_t start_of_walk_ = machine_.history().size();
};

}  // namespace

void allowed_plainly(Machine& machine, const ThreadSet& set, const TokenVocabulary& vocabulary, TokenMask& mask) {
  walk_exactly(machine, vocabulary.trie(), 0, set, mask);
}

void allowed_tokens(Machine& machine, const ThreadSet& set, const TokenVocabulary& vocabulary, TokenMask& mask) {
  const Budget budget(machine);
  MaskMaker maker(machine, vocabulary, mask);
  for (const Thread& thread : set.threads) maker.add(thread);
}

}  // namespace hearth
