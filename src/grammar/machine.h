// Walks a grammar byte by byte: which bytes may come next, and whether the end is allowed. The plain reference of
// everything that is done with tokens; it never gets stuck, because every state it allows can be completed.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>

#include "grammar/frame.h"
#include "grammar/node.h"

namespace hearth {

using ByteSet = std::bitset<256>;

/// Thread-safe: no. The graph must outlive it.
class Machine {
 public:
  explicit Machine(const GrammarGraph& graph) : graph_(graph) {}

  /// The beginning.
  ThreadSet start();
  /// Reads one byte; the result is empty when it is not allowed. `in` and `out` must differ. Errors: kUnsupported when
  /// the grammar is too ambiguous.
  void step(const ThreadSet& in, std::uint8_t byte, ThreadSet& out);
  ByteSet next_bytes(const ThreadSet& set) const;
  /// Steps of single threads that may still be made: who asks for a mask bounds what an ambiguous grammar may cost.
  /// Beyond, step() is an Error kUnsupported.
  static constexpr std::uint64_t kNoBudget = 0xFFFF'FFFF'FFFF'FFFFULL;
  void set_budget(std::uint64_t steps) { budget_ = steps; }

  /// The bytes read so far: keys and strings that may not come twice are found here. Who steps and goes back (a walk
  /// over tokens) shortens it again.
  std::string& history() { return history_; }

  enum class Leaf { kDead, kOpen, kComplete, kOpenAndComplete };
  /// Moves one leaf alone. kOpenAndComplete: it may also go on.
  Leaf step_leaf(NodeId leaf, const Frame* frame, LeafState& state, std::uint8_t byte) const;
  /// Adds what follows the complete leaf of `thread` (in its state) to `out`; history() has all its bytes.
  void follow(const Thread& thread, ThreadSet& out);
  ByteSet next_bytes(const Thread& thread) const;
  /// Strings directly inside this part must differ from each other.
  bool remembers_texts(const Frame* frame) const;
  const GrammarGraph& graph() const { return graph_; }

 private:
  void enter(NodeId node, const FramePtr& parent, ThreadSet& out);
  /// The part in `frame` is complete.
  void advance(const FramePtr& frame, ThreadSet& out);
  void enter_repetition(NodeId id, const RepeatNode& repeat, std::uint32_t count, const FramePtr& parent,
                        ThreadSet& out);
  void enter_array(NodeId node, const ArrayNode& array, const FramePtr& parent, ThreadSet& out);
  void advance_array(const ArrayNode& array, const FramePtr& frame, ThreadSet& out);
  void enter_items(const ArrayNode& array, const FramePtr& frame, ThreadSet& out);
  void end_item(const ArrayNode& array, const FramePtr& frame, ThreadSet& out);
  void enter_object(NodeId node, const ObjectNode& object, const FramePtr& parent, ThreadSet& out);
  void advance_object(const ObjectNode& object, const FramePtr& frame, ThreadSet& out);
  void enter_key(const ObjectNode& object, const FramePtr& frame, ThreadSet& out);
  void end_key(const ObjectNode& object, const Thread& thread, ThreadSet& out);
  /// A new frame like `frame` in another phase, whose first part is `part`.
  void begin_phase(const Frame& frame, std::uint32_t phase, NodeId part, const FramePtr& parent, ThreadSet& out);

  Leaf step_text(NodeId leaf, const Frame* frame, LeafState& state, std::uint8_t byte) const;
  bool feed_byte(NodeId leaf, const Frame* frame, LeafState& state, std::uint8_t byte) const;
  bool feed_code_point(NodeId leaf, const Frame* frame, LeafState& state, std::uint32_t code_point) const;
  bool any_code_point(NodeId leaf, const Frame* frame, const LeafState& state, std::uint32_t first,
                      std::uint32_t last) const;
  bool may_end_text(NodeId leaf, const Frame* frame, const LeafState& state) const;
  /// Escapes are only for characters that need one.
  bool spelled_plainly(NodeId leaf, const LeafState& state) const;
  bool viable(NodeId leaf, const Frame* frame, const LeafState& state) const;

  const GrammarGraph& graph_;
  std::string history_;
  std::uint32_t closure_steps_ = 0;
  std::uint64_t budget_ = kNoBudget;
};

/// The text between the quotes of a JSON string that is well-formed.
std::string decode_json_string(std::string_view quoted);

}  // namespace hearth
