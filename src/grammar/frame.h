// Where a Machine is inside a grammar: frames say what goes on when a part is complete, threads are the ways in which
// the bytes so far can have been read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grammar/node.h"

namespace hearth {

/// What an array or object remembers of its parts beyond counts.
struct FrameMemory {
  std::vector<std::uint64_t> seen;  ///< a bit a name or identity
  std::vector<std::shared_ptr<const std::string>>
      texts;                          ///< keys of classes, or strings, that may not come again; sorted
  std::vector<std::uint32_t> counts;  ///< of an array's `contains`

  bool operator==(const FrameMemory& other) const;
};

/// `old` (may be null) with one more text.
std::shared_ptr<const FrameMemory> memory_with_text(const FrameMemory* old, std::string text);

/// One part that has been begun: immutable once shared, counted by its users. Frames of one Matcher belong to one
/// thread at a time.
struct Frame {
  NodeId node = 0;
  std::uint32_t phase = 0;  ///< which step of the node this is; each kind of node has its own
  std::uint32_t count = 0;  ///< parts, items or members that are complete
  std::uint32_t next = 0;   ///< object: the first name that may come, or with any_order how many required are missing
  std::uint32_t last = 0;   ///< object: the last name that may come
  std::uint32_t flags = 0;  ///< object: kClassesAllowed …
  std::uint32_t label = 0;  ///< object: whose value this is; array: the variant
  std::uint32_t witnesses = 0;  ///< object: those found
  std::uint64_t begin = 0;      ///< where in the history the key, string or repetition began
  std::shared_ptr<const FrameMemory> memory = {};

  bool operator==(const Frame& other) const;
};

/// A counted pointer to a frame, or null: the end of the grammar.
class FramePtr {
 public:
  FramePtr() = default;
  FramePtr(Frame frame, const FramePtr& parent);
  FramePtr(const FramePtr& other) : FramePtr(other.cell_) {}
  FramePtr(FramePtr&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  FramePtr& operator=(FramePtr other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~FramePtr() {
    if (cell_ != nullptr) release();
  }

  const Frame* get() const { return cell_ == nullptr ? nullptr : &cell_->frame; }
  const Frame* operator->() const { return &cell_->frame; }
  const Frame& operator*() const { return cell_->frame; }
  explicit operator bool() const { return cell_ != nullptr; }
  FramePtr parent() const { return FramePtr(cell_->parent); }
  /// The same chain of parts in the same state.
  bool operator==(const FramePtr& other) const;
  /// Equal for equal chains.
  std::uint64_t hash() const { return cell_ == nullptr ? 0 : cell_->hash; }

 private:
  struct Cell {
    Frame frame;
    const Cell* parent;
    std::uint64_t hash;  ///< of this frame, but for its memory, and those above
    mutable std::uint32_t users;
  };
  explicit FramePtr(const Cell* cell) : cell_(cell) {
    if (cell_ != nullptr) ++cell_->users;
  }
  void release();

  const Cell* cell_ = nullptr;
};

/// How far the leaf of a thread has been read.
struct LeafState {
  std::uint32_t q = 0;                ///< state of the automaton
  std::uint32_t string = 0;           ///< StringState, packed
  std::uint32_t count = 0;            ///< code points so far, where they are counted
  std::uint32_t depth = 0;            ///< decoded bytes so far, where texts are excluded
  std::uint32_t first = 0, last = 0;  ///< the excluded texts that begin with these bytes

  bool operator==(const LeafState&) const = default;
};

/// One way to read: in the middle of a lexeme, a string or (node is an object) a key.
struct Thread {
  FramePtr frame;
  NodeId leaf = 0;
  LeafState state;

  bool operator==(const Thread& other) const {
    return leaf == other.leaf && frame.hash() == other.frame.hash() && state == other.state && frame == other.frame;
  }
};

/// All ways. What may follow a complete leaf stands in here too, so the next byte needs no look behind.
struct ThreadSet {
  std::vector<Thread> threads;
  bool complete = false;  ///< the bytes so far are a word of the grammar

  bool empty() const { return threads.empty() && !complete; }
  void clear() {
    threads.clear();
    complete = false;
  }
  void add(Thread thread);
  bool operator==(const ThreadSet&) const = default;
};

}  // namespace hearth
