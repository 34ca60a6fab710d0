// The leaves of a Machine that are JSON strings: values and keys.
#include <algorithm>
#include <iterator>

#include "base/unicode.h"
#include "grammar/machine.h"
#include "grammar/object_rules.h"
#include "grammar/string_state.h"

namespace hearth {
namespace {

/// What a JSON string cannot hold as it is (RFC 8259 §7).
constexpr EscapedRange kNeedEscape[] = {{0x00, 0x1F}, {'"', '"'}, {'\\', '\\'}};

bool needs_escape(std::uint32_t code_point) {
  return std::any_of(std::begin(kNeedEscape), std::end(kNeedEscape),
                     [=](const EscapedRange& range) { return code_point >= range.first && code_point <= range.last; });
}

bool continues_character(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

/// What has been read can still become a text that is allowed.
bool Machine::viable(NodeId leaf, const Frame* frame, const LeafState& state) const {
  const std::uint32_t n_excluded = state.last - state.first;
  if (const auto* object = std::get_if<ObjectNode>(&graph_.nodes[leaf])) {
    if ((frame->flags & kClassesAllowed) != 0 && object->keys->class_keys_below(state.q) > n_excluded) return true;
    for (const std::uint32_t name : object->keys->names_below(state.q)) {
      if (may_add_name(graph_, *object, *frame, name)) return true;
    }
    return false;
  }
  return n_excluded == 0 || std::get<StringNode>(graph_.nodes[leaf]).text->completions(state.q) > n_excluded;
}

bool Machine::may_end_text(NodeId leaf, const Frame* frame, const LeafState& state) const {
  const auto excluded = [&] {
    for (std::uint32_t i = state.first; i < state.last; ++i) {
      if (frame->memory->texts[i]->size() == state.depth) return true;
    }
    return false;
  };
  if (const auto* object = std::get_if<ObjectNode>(&graph_.nodes[leaf])) {
    const std::uint32_t label = object->keys->label(state.q);
    if (label == KeyAutomaton::kNoLabel) return false;
    if ((label & KeyAutomaton::kClass) == 0) return may_add_name(graph_, *object, *frame, label);
    return (frame->flags & kClassesAllowed) != 0 &&
           may_add_class(graph_, *object, *frame, label & ~KeyAutomaton::kClass) && !excluded();
  }
  const auto& string = std::get<StringNode>(graph_.nodes[leaf]);
  return string.text->accepts(state.q) && state.count >= string.min && !excluded();
}

/// One byte of decoded text.
bool Machine::feed_byte(NodeId leaf, const Frame* frame, LeafState& state, std::uint8_t byte) const {
  if (const auto* object = std::get_if<ObjectNode>(&graph_.nodes[leaf])) {
    state.q = object->keys->step(state.q, byte);
  } else {
    const auto& string = std::get<StringNode>(graph_.nodes[leaf]);
    state.q = string.text->step(state.q, byte);
    if (!continues_character(byte) && (string.min > 0 || string.max != kUnbounded)) {
      if (state.count == string.max) return false;
      // Behind the minimum of a text without a maximum all lengths are alike.
      if (string.max != kUnbounded || state.count < string.min) ++state.count;
    }
  }
  if (state.q == Dfa::kDead) return false;
  if (state.first < state.last) {
    const auto& texts = frame->memory->texts;
    const auto differs = [&](std::uint32_t i) {
      const std::string& text = *texts[i];
      return text.size() <= state.depth || static_cast<std::uint8_t>(text[state.depth]) != byte;
    };
    while (state.first < state.last && differs(state.first)) ++state.first;
    while (state.first < state.last && differs(state.last - 1)) --state.last;
    if (state.first == state.last) state.first = state.last = 0;
    ++state.depth;
    if (state.first == state.last) state.depth = 0;
  }
  return viable(leaf, frame, state);
}

bool Machine::feed_code_point(NodeId leaf, const Frame* frame, LeafState& state, std::uint32_t code_point) const {
  std::string bytes;
  append_utf8(bytes, code_point);
  for (const char byte : bytes) {
    if (!feed_byte(leaf, frame, state, static_cast<std::uint8_t>(byte))) return false;
  }
  return true;
}

/// Whether a code point from `first` to `last` may come next: by their leading bytes, so that most are never looked at.
bool Machine::any_code_point(NodeId leaf, const Frame* frame, const LeafState& state, std::uint32_t first,
                             std::uint32_t last) const {
  struct Form {
    std::uint32_t first, last, lead;
    int more;
  };
  for (const Form& form :
       {Form{0, 0x7F, 0, 0}, {0x80, 0x7FF, 0xC0, 1}, {0x800, 0xFFFF, 0xE0, 2}, {0x10000, 0x10FFFF, 0xF0, 3}}) {
    const std::uint32_t from = std::max(first, form.first), to = std::min(last, form.last);
    if (from > to) continue;
    const auto search = [&](const auto& self, const LeafState& at, std::uint32_t low, std::uint32_t high, int more,
                            std::uint32_t mark) -> bool {
      const std::uint32_t shift = 6 * static_cast<std::uint32_t>(more), mask = (1U << shift) - 1;
      for (std::uint32_t top = low >> shift; top <= high >> shift; ++top) {
        LeafState next = at;
        if (!feed_byte(leaf, frame, next, static_cast<std::uint8_t>(mark | top))) continue;
        if (more == 0) return true;
        const std::uint32_t part_low = top == low >> shift ? low & mask : 0,
                            part_high = top == high >> shift ? high & mask : mask;
        if (self(self, next, part_low, part_high, more - 1, 0x80)) return true;
      }
      return false;
    };
    if (search(search, state, from, to, form.more, form.lead)) return true;
  }
  return false;
}

bool Machine::spelled_plainly(NodeId leaf, const LeafState& state) const {
  if (!graph_.plain_spelling) return false;
  if (const auto* object = std::get_if<ObjectNode>(&graph_.nodes[leaf]))
    return !object->keys->names_below(state.q).empty();
  return std::get<StringNode>(graph_.nodes[leaf]).text != any_text();
}

Machine::Leaf Machine::step_text(NodeId leaf, const Frame* frame, LeafState& state, std::uint8_t byte) const {
  StringState string = StringState::unpack(state.string);
  std::uint32_t code_point = 0;
  const StringEvent event = step_string(string, byte, code_point);
  state.string = string.packed();
  switch (event) {
    case StringEvent::kWrong: return Leaf::kDead;
    case StringEvent::kByte: return feed_byte(leaf, frame, state, byte) ? Leaf::kOpen : Leaf::kDead;
    case StringEvent::kCodePoint:
      if (!needs_escape(code_point) && spelled_plainly(leaf, state)) return Leaf::kDead;
      return feed_code_point(leaf, frame, state, code_point) ? Leaf::kOpen : Leaf::kDead;
    case StringEvent::kClose: return may_end_text(leaf, frame, state) ? Leaf::kComplete : Leaf::kDead;
    case StringEvent::kNothing: break;
  }
  if (string.phase == StringState::kBody)
    return Leaf::kOpen;  // the opening quote; a text that cannot be is never entered
  const auto possible = [&](std::uint32_t first, std::uint32_t last) {
    return first <= last && any_code_point(leaf, frame, state, first, last);
  };
  const bool plain = spelled_plainly(leaf, state);
  for (const EscapedRange& range : code_points_ahead(string)) {
    if (!plain && possible(range.first, range.last)) return Leaf::kOpen;
    if (!plain) continue;
    for (const EscapedRange& needed : kNeedEscape) {
      if (possible(std::max(range.first, needed.first), std::min(range.last, needed.last))) return Leaf::kOpen;
    }
  }
  return Leaf::kDead;
}

std::string decode_json_string(std::string_view quoted) {
  std::string text;
  StringState state;
  for (const char byte : quoted) {
    std::uint32_t code_point = 0;
    switch (step_string(state, static_cast<std::uint8_t>(byte), code_point)) {
      case StringEvent::kByte: text += byte; break;
      case StringEvent::kCodePoint: append_utf8(text, code_point); break;
      default: break;
    }
  }
  return text;
}

}  // namespace hearth
