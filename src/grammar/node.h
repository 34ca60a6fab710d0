// What every grammar is compiled into: a graph of nodes, each of which stands for the byte strings it matches. JSON's
// arrays and objects are nodes of their own, because counting items and remembering keys needs no automaton then.
// A graph holds no state; the Machine walks it.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "grammar/dfa.h"
#include "grammar/key_automaton.h"

namespace hearth {

using NodeId = std::uint32_t;
constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

/// Words of a regular language, byte by byte.
struct LexemeNode {
  DfaPointer dfa;
};
/// A JSON string in quotes whose decoded text is a word of `text` and has `min` to `max` code points. Bounds are only
/// for `text` == any_text(); elsewhere they are part of the automaton.
struct StringNode {
  DfaPointer text;
  std::uint32_t min = 0, max = kUnbounded;
};
struct SequenceNode {
  std::vector<NodeId> parts;
};
/// One of them; without options it matches nothing.
struct ChoiceNode {
  std::vector<NodeId> options;
};
struct RepeatNode {
  NodeId part = 0;
  std::uint32_t min = 0, max = kUnbounded;
  bool part_may_be_empty = false;
};

/// A JSON array.
struct ArrayNode {
  /// One way in which an item may be written.
  struct Variant {
    NodeId value = 0;
    std::uint32_t counts = 0;             ///< bit i: it counts for contains[i]
    std::uint32_t identity = kUnbounded;  ///< with `distinct`: no two items have the same one
  };
  struct Contains {
    std::uint32_t min = 0, max = kUnbounded;
  };
  std::vector<std::vector<Variant>> prefix;  ///< items at the first places
  std::vector<Variant> rest;                 ///< at all others; none: there are no others
  std::uint32_t min = 0, max = kUnbounded;
  std::vector<Contains> contains;  ///< at most 8
  bool distinct = false;           ///< identities must differ, and each is written one way; `prefix` is empty then
  bool distinct_text = false;      ///< all items are strings, and no two are equal
};

/// A JSON object. Keys are never written twice.
struct ObjectNode {
  struct Variant {
    NodeId value = 0;
    std::uint32_t witnesses = 0;  ///< bit i: it is what the i-th "some member must …" asks for
  };
  struct Name {
    std::string text;
    bool required = false;
    std::vector<Variant> variants;  ///< none: the name may not be written
  };
  struct Class {
    std::vector<Variant> variants;
  };
  std::shared_ptr<const KeyAutomaton> keys;
  std::vector<Name> names;                   ///< by id, in the order in which they are written
  std::vector<Class> classes;                ///< other keys
  std::vector<std::uint32_t> required_from;  ///< [names + 1]: how many required names have this id or a larger one
  std::uint32_t min = 0, max = kUnbounded;
  std::uint32_t n_witnesses = 0;
};

using GrammarNode = std::variant<LexemeNode, StringNode, SequenceNode, ChoiceNode, RepeatNode, ArrayNode, ObjectNode>;

struct GrammarGraph {
  std::vector<GrammarNode> nodes;
  NodeId root = 0;
  /// Lexemes that arrays and objects are written with. `space` may match nothing.
  struct Punctuation {
    NodeId space = 0, open_object = 0, close_object = 0, open_array = 0, close_array = 0, comma = 0, colon = 0;
  } punctuation;
  /// Escapes in strings only where JSON needs them, but for text that is free: a name is then written in one way, and
  /// known before the model writes it.
  bool plain_spelling = false;
  bool any_order = false;  ///< named members in any order instead of the order of their ids
};

}  // namespace hearth
