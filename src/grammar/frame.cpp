#include "grammar/frame.h"

#include <algorithm>
#include <tuple>

#include "grammar/state_index.h"
#include "hearth/error.h"

namespace hearth {
namespace {

// Real grammars have a handful, and a union one for each alternative. An ambiguous grammar that needs more would need
// them at every byte.
constexpr std::size_t kMostThreads = 1024;

std::uint64_t hash_of(const Frame& frame, std::uint64_t above) {
  std::uint64_t hash = mix_hash(above, std::uint64_t{frame.node} << 32 | frame.phase);
  hash = mix_hash(hash, std::uint64_t{frame.count} << 32 | frame.next);
  hash = mix_hash(hash, std::uint64_t{frame.last} << 32 | frame.flags);
  hash = mix_hash(hash, std::uint64_t{frame.label} << 32 | frame.witnesses);
  return mix_hash(hash, frame.begin);
}

}  // namespace

bool FrameMemory::operator==(const FrameMemory& other) const {
  return seen == other.seen && counts == other.counts && texts.size() == other.texts.size() &&
         std::equal(texts.begin(), texts.end(), other.texts.begin(),
                    [](const auto& a, const auto& b) { return a == b || *a == *b; });
}

std::shared_ptr<const FrameMemory> memory_with_text(const FrameMemory* old, std::string text) {
  auto memory = old == nullptr ? std::make_shared<FrameMemory>() : std::make_shared<FrameMemory>(*old);
  const auto place = std::lower_bound(memory->texts.begin(), memory->texts.end(), text,
                                      [](const auto& a, const std::string& b) { return *a < b; });
  memory->texts.insert(place, std::make_shared<const std::string>(std::move(text)));
  return memory;
}

bool Frame::operator==(const Frame& other) const {
  const auto fields = [](const Frame& f) {
    return std::tie(f.node, f.phase, f.count, f.next, f.last, f.flags, f.label, f.witnesses, f.begin);
  };
  if (fields(*this) != fields(other)) return false;
  if (memory == other.memory) return true;
  return memory != nullptr && other.memory != nullptr && *memory == *other.memory;
}

FramePtr::FramePtr(Frame frame, const FramePtr& parent) {
  const std::uint64_t hash = hash_of(frame, parent.hash());
  cell_ = new Cell{std::move(frame), parent.cell_, hash, 1};
  if (parent.cell_ != nullptr) ++parent.cell_->users;
}

bool FramePtr::operator==(const FramePtr& other) const {
  const Cell *a = cell_, *b = other.cell_;
  while (a != b) {
    if (a == nullptr || b == nullptr || a->hash != b->hash || !(a->frame == b->frame)) return false;
    a = a->parent;
    b = b->parent;
  }
  return true;
}

void FramePtr::release() {
  // A loop, because chains are as long as values nest.
  const Cell* cell = cell_;
  while (cell != nullptr && --cell->users == 0) {
    const Cell* parent = cell->parent;
    delete cell;
    cell = parent;
  }
}

void ThreadSet::add(Thread thread) {
  if (std::find(threads.begin(), threads.end(), thread) != threads.end()) return;
  if (threads.size() == kMostThreads) {
    throw Error(ErrorCode::kUnsupported, "the grammar is too ambiguous: the text so far can be read in too many ways",
                "make its alternatives differ earlier");
  }
  threads.push_back(std::move(thread));
}

}  // namespace hearth
