#include "grammar/machine.h"

#include <algorithm>
#include <utility>

#include "grammar/string_state.h"
#include "hearth/error.h"

namespace hearth {
namespace {

// Steps of one closure. Nesting and repetition of things that may be empty could make it endless work.
constexpr std::uint32_t kMostClosureSteps = 50'000;

Error too_ambiguous(const char* why) {
  return {ErrorCode::kUnsupported, std::string("the grammar is too ambiguous: ") + why,
          "make its alternatives differ earlier"};
}

}  // namespace

ThreadSet Machine::start() {
  ThreadSet out;
  closure_steps_ = 0;
  enter(graph_.root, FramePtr(), out);
  return out;
}

void Machine::step(const ThreadSet& in, std::uint8_t byte, ThreadSet& out) {
  out.clear();
  if (budget_ != kNoBudget) {
    if (in.threads.size() > budget_) throw too_ambiguous("too many of its parts may stand at one place");
    budget_ -= in.threads.size();
  }
  closure_steps_ = 0;
  history_.push_back(static_cast<char>(byte));
  for (const Thread& thread : in.threads) {
    LeafState state = thread.state;
    const Leaf leaf = step_leaf(thread.leaf, thread.frame.get(), state, byte);
    if (leaf == Leaf::kDead) continue;
    Thread moved{thread.frame, thread.leaf, state};
    if (leaf != Leaf::kOpen) follow(moved, out);
    if (leaf != Leaf::kComplete) out.add(std::move(moved));
  }
}

void Machine::follow(const Thread& thread, ThreadSet& out) {
  if (const auto* object = std::get_if<ObjectNode>(&graph_.nodes[thread.leaf])) {
    end_key(*object, thread, out);
  } else {
    advance(thread.frame, out);
  }
}

ByteSet Machine::next_bytes(const Thread& thread) const {
  ByteSet bytes;
  if (const auto* lexeme = std::get_if<LexemeNode>(&graph_.nodes[thread.leaf])) {
    for (const Dfa::Edge& edge : lexeme->dfa->edges(thread.state.q)) {
      for (int byte = edge.first; byte <= edge.last; ++byte) bytes.set(static_cast<std::size_t>(byte));
    }
    return bytes;
  }
  if (StringState::unpack(thread.state.string).phase == StringState::kBeforeQuote) return bytes.set('"');
  for (int byte = 0; byte < 256; ++byte) {
    LeafState state = thread.state;
    const Leaf leaf = step_leaf(thread.leaf, thread.frame.get(), state, static_cast<std::uint8_t>(byte));
    if (leaf != Leaf::kDead) bytes.set(static_cast<std::size_t>(byte));
  }
  return bytes;
}

ByteSet Machine::next_bytes(const ThreadSet& set) const {
  ByteSet bytes;
  for (const Thread& thread : set.threads) bytes |= next_bytes(thread);
  return bytes;
}

Machine::Leaf Machine::step_leaf(NodeId leaf, const Frame* frame, LeafState& state, std::uint8_t byte) const {
  const auto* lexeme = std::get_if<LexemeNode>(&graph_.nodes[leaf]);
  if (lexeme == nullptr) return step_text(leaf, frame, state, byte);
  const Dfa& dfa = *lexeme->dfa;
  state.q = dfa.step(state.q, byte);
  if (state.q == Dfa::kDead) return Leaf::kDead;
  if (!dfa.accepts(state.q)) return Leaf::kOpen;
  return dfa.edges(state.q).empty() ? Leaf::kComplete : Leaf::kOpenAndComplete;
}

bool Machine::remembers_texts(const Frame* frame) const {
  if (frame == nullptr) return false;
  const auto* array = std::get_if<ArrayNode>(&graph_.nodes[frame->node]);
  return array != nullptr && array->distinct_text;
}

void Machine::enter(NodeId id, const FramePtr& parent, ThreadSet& out) {
  if (++closure_steps_ > kMostClosureSteps) {
    throw too_ambiguous("too many of its parts may begin at one place");
  }
  const GrammarNode& node = graph_.nodes[id];
  if (const auto* lexeme = std::get_if<LexemeNode>(&node)) {
    const Dfa& dfa = *lexeme->dfa;
    if (dfa.empty()) return;
    if (!dfa.edges(dfa.start()).empty()) out.add({parent, id, {.q = dfa.start()}});
    if (dfa.accepts(dfa.start())) advance(parent, out);
  } else if (const auto* string = std::get_if<StringNode>(&node)) {
    if (string->text->empty()) return;
    LeafState state{.q = string->text->start()};
    if (remembers_texts(parent.get()) && parent->memory != nullptr)
      state.last = static_cast<std::uint32_t>(parent->memory->texts.size());
    out.add({parent, id, state});
  } else if (const auto* sequence = std::get_if<SequenceNode>(&node)) {
    if (sequence->parts.empty()) return advance(parent, out);
    // The last part needs no frame: what follows it is what follows the sequence.
    if (sequence->parts.size() == 1) return enter(sequence->parts[0], parent, out);
    enter(sequence->parts[0], FramePtr(Frame{.node = id}, parent), out);
  } else if (const auto* choice = std::get_if<ChoiceNode>(&node)) {
    for (const NodeId option : choice->options) enter(option, parent, out);
  } else if (const auto* repeat = std::get_if<RepeatNode>(&node)) {
    if (repeat->min == 0) advance(parent, out);
    if (repeat->max > 0) enter_repetition(id, *repeat, 0, parent, out);
  } else if (const auto* array = std::get_if<ArrayNode>(&node)) {
    enter_array(id, *array, parent, out);
  } else if (const auto* object = std::get_if<ObjectNode>(&node)) {
    enter_object(id, *object, parent, out);
  }
}

void Machine::advance(const FramePtr& frame, ThreadSet& out) {
  if (!frame) {
    out.complete = true;
    return;
  }
  const GrammarNode& node = graph_.nodes[frame->node];
  if (const auto* sequence = std::get_if<SequenceNode>(&node)) {
    const std::uint32_t next = frame->count + 1;
    if (next + 1 == sequence->parts.size()) return enter(sequence->parts[next], frame.parent(), out);
    enter(sequence->parts[next], FramePtr(Frame{.node = frame->node, .count = next}, frame.parent()), out);
  } else if (const auto* repeat = std::get_if<RepeatNode>(&node)) {
    // Once empty is as good as empty any number of times.
    if (repeat->part_may_be_empty && frame->begin == history_.size()) return advance(frame.parent(), out);
    // Behind the minimum of an endless repetition all counts are alike.
    const std::uint32_t most = repeat->max == kUnbounded ? repeat->min : repeat->max;
    const std::uint32_t count = std::min(frame->count + 1, most);
    if (count >= repeat->min) advance(frame.parent(), out);
    if (repeat->max == kUnbounded || count < repeat->max) {
      enter_repetition(frame->node, *repeat, count, frame.parent(), out);
    }
  } else if (const auto* array = std::get_if<ArrayNode>(&node)) {
    advance_array(*array, frame, out);
  } else if (const auto* object = std::get_if<ObjectNode>(&node)) {
    advance_object(*object, frame, out);
  }
}

void Machine::enter_repetition(NodeId id, const RepeatNode& repeat, std::uint32_t count, const FramePtr& parent,
                               ThreadSet& out) {
  Frame frame{.node = id, .count = count};
  if (repeat.part_may_be_empty) frame.begin = history_.size();
  enter(repeat.part, FramePtr(std::move(frame), parent), out);
}

void Machine::begin_phase(const Frame& frame, std::uint32_t phase, NodeId part, const FramePtr& parent,
                          ThreadSet& out) {
  Frame next = frame;
  next.phase = phase;
  enter(part, FramePtr(std::move(next), parent), out);
}

}  // namespace hearth
