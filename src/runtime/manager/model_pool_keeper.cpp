// The keeper: it looks at clock and memory, and decides what loads, waits and goes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "hearth/error.h"
#include "runtime/manager/model_pool.h"

namespace hearth {
namespace {

/// A load that waited so long for models that are never idle gets its turn: the least recently used of them is given to
/// nobody new.
constexpr std::chrono::seconds kFairAfter{5};

/// The sizes of one message in one unit, so that a reader can compare them: GiB where those that are compared have one.
class Sizes {
 public:
  Sizes(std::uint64_t one, std::uint64_t other) : in_gib_(std::min(one, other) >= kGiB) {}
  std::string operator()(std::uint64_t bytes) const {
    const auto number = static_cast<double>(bytes);
    if (in_gib_) return fmt::format("{:.2f} GiB", number / static_cast<double>(kGiB));
    return fmt::format("{:.1f} MiB", number / static_cast<double>(kMiB));
  }
  std::string operator()(const MemoryNeed& need) const {
    return fmt::format("{} (weights {}, KV cache {}, scratch {})", (*this)(need.total()), (*this)(need.weights),
                       (*this)(need.kv_cache), (*this)(need.scratch));
  }

 private:
  static constexpr std::uint64_t kMiB = std::uint64_t{1} << 20, kGiB = std::uint64_t{1} << 30;
  bool in_gib_;
};

}  // namespace

void ModelPool::keep() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_changed_ = false;
    make_progress();
    std::deque<std::function<void()>> calls = std::move(calls_);
    calls_.clear();
    if (!calls.empty()) {
      lock.unlock();
      for (const auto& call : calls) call();
      calls.clear();
      lock.lock();
      continue;
    }
    if (has_changed_) continue;
    if (is_stopped_) return;
    const auto next = next_time();
    if (next && !options_.now) {
      keeper_wake_.wait_until(lock, *next, [this] { return has_changed_; });
    } else {
      keeper_wake_.wait(lock, [this] { return has_changed_; });
    }
  }
}

void ModelPool::make_progress() {
  end_overdue_waits();
  if (is_stopping_) return;
  unload_expired();
  trim();
  start_loads();
}

bool ModelPool::has_load_to_drop(const Slot& slot) const {
  return slot.load && slot.load->state == LoadState::kWaiting && !slot.load->is_wanted && slot.waiters.empty();
}

void ModelPool::end_overdue_waits() {
  const Clock::time_point time = now();  // one for all: whoever is let go must have been told
  for (auto& [path, slot] : slots_) {
    for (const Request& waiter : slot.waiters) {
      if (waiter.pending->done() || time < *waiter.options.deadline) continue;
      const bool waits_for_room = slot.load && slot.load->state == LoadState::kWaiting && slot.load->lacks_room;
      const Error error = waits_for_room
                              ? no_room(slot)
                              : Error(ErrorCode::kTimeout, fmt::format("{} was not loaded in time", slot.model.id),
                                      "it goes on loading: try again");
      later([pending = waiter.pending, error] { pending->fail(error); });
    }
    std::erase_if(slot.waiters,
                  [&](const Request& waiter) { return waiter.pending->done() || time >= *waiter.options.deadline; });
    if (!has_load_to_drop(slot)) continue;
    slot.load.reset();
    forget_wishes(slot);
  }
}

void ModelPool::unload_expired() {
  for (auto& [path, slot] : slots_) {
    if (!slot.current || slot.current->leases > 0 || slot.is_pinned) continue;
    const KeepAlive keep = keep_alive_of(slot);
    if (keep < KeepAlive::zero() || now() < slot.current->last_used + keep) continue;
    dispose(slot.current, slot.is_unload_asked ? "asked" : "idle");
  }
}

/// A model may have turned out larger than it was thought, or a limit may be lower than it was.
void ModelPool::trim() {
  std::uint64_t bytes = used();
  std::int64_t count = count_loaded();
  const auto without = [&](const Version& version) {
    bytes -= std::min(bytes, version.bytes);
    --count;
  };
  const auto fits = [&] { return fits_limits(bytes, count); };
  for (const std::shared_ptr<Version>& version : versions_) {
    if (version->is_leaving) without(*version);
  }
  if (fits()) return;
  std::vector<std::shared_ptr<Version>> idle;
  for (const std::shared_ptr<Version>& version : versions_) {
    if (version->leases == 0 && !version->is_leaving && !is_pinned(*version)) idle.push_back(version);
  }
  std::sort(idle.begin(), idle.end(), [](const auto& a, const auto& b) { return a->last_used < b->last_used; });
  for (const std::shared_ptr<Version>& version : idle) {
    if (fits()) return;
    without(*version);
    dispose(version, "memory");
  }
}

void ModelPool::start_loads() {
  std::vector<Slot*> waiting;
  for (auto& [path, slot] : slots_) {
    if (slot.load && slot.load->state == LoadState::kWaiting) waiting.push_back(&slot);
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Slot* a, const Slot* b) { return a->load->order < b->load->order; });
  bool may_evict = true;   // the first one that must wait; a later one may take what is free meanwhile
  bool is_closed = false;  // nor that, once the first one has waited too long
  for (Slot* slot : waiting) {
    if (is_closed) {
      slot->load->lacks_room = true;
      continue;
    }
    switch (find_room(*slot, may_evict)) {
      case Room::kThere: start_load(*slot); break;
      case Room::kNever: fail_load(*slot, std::make_exception_ptr(*why_never(*slot)), false); break;
      case Room::kLater:
        slot->load->lacks_room = true;
        is_closed = now() >= slot->load->since + kFairAfter;
        may_evict = false;
        break;
    }
  }
}

bool ModelPool::is_pinned(const Version& version) const {
  const auto slot = slots_.find(version.path);
  return slot != slots_.end() && slot->second.is_pinned && !version.is_retired;
}

std::uint64_t ModelPool::used() const {
  std::uint64_t bytes = 0;
  for (const std::shared_ptr<Version>& version : versions_) bytes += version->bytes;
  for (const auto& [path, slot] : slots_) {
    if (slot.load && slot.load->state == LoadState::kLoading) bytes += slot.load->reserved;
  }
  return bytes;
}

std::int64_t ModelPool::count_loaded() const {
  auto count = static_cast<std::int64_t>(versions_.size());
  for (const auto& [path, slot] : slots_) count += slot.load && slot.load->state == LoadState::kLoading ? 1 : 0;
  return count;
}

bool ModelPool::fits_limits(std::uint64_t bytes, std::int64_t count) const {
  const ModelLimits& limits = options_.limits;
  return bytes <= limits.memory && (limits.max_loaded == 0 || count <= limits.max_loaded);
}

std::optional<Error> ModelPool::why_never(const Slot& slot) const {
  const ModelLimits& limits = options_.limits;
  const MemoryNeed& need = slot.load->need;
  std::uint64_t pinned = 0;
  std::vector<std::string> names;
  for (const std::shared_ptr<Version>& version : versions_) {
    if (version->path == slot.model.path || !is_pinned(*version)) continue;
    pinned += version->bytes;
    names.push_back(version->id);
  }
  const Sizes sizes(need.total(), limits.memory);
  if (need.total() > limits.memory) {
    return Error(ErrorCode::kOutOfMemory,
                 fmt::format("{} never fits here: it needs {}, and all models together may take {}", slot.model.id,
                             sizes(need), sizes(limits.memory)),
                 "give more with --memory, or use a smaller quantisation or a smaller --ctx");
  }
  if (pinned > limits.memory - need.total()) {
    return Error(ErrorCode::kOutOfMemory,
                 fmt::format("{} does not fit here as long as others are pinned: it needs {}, and of the {} that all "
                             "models together may take {} is pinned: {}",
                             slot.model.id, sizes(need), sizes(limits.memory), sizes(pinned), fmt::join(names, ", ")),
                 "unload one of these, or give more with --memory");
  }
  if (limits.max_loaded > 0 && static_cast<std::int64_t>(names.size()) >= limits.max_loaded) {
    return Error(ErrorCode::kOutOfMemory,
                 fmt::format("{} has no place here as long as others are pinned: at most {} models may be loaded, and "
                             "these are pinned: {}",
                             slot.model.id, limits.max_loaded, fmt::join(names, ", ")),
                 "unload one of these, or allow more with --max-loaded");
  }
  return std::nullopt;
}

Error ModelPool::no_room(const Slot& slot) const {
  const Sizes sizes(slot.load->need.total(), options_.limits.memory);
  std::vector<std::string> holders;
  for (const std::shared_ptr<Version>& version : versions_) {
    holders.push_back(fmt::format("{} ({}, {} requests)", version->id, sizes(version->bytes), version->leases));
  }
  return {ErrorCode::kBusy,
          fmt::format("{} needs {}, and the {} that models may take are in use: {}", slot.model.id,
                      sizes(slot.load->need), sizes(options_.limits.memory), fmt::join(holders, ", ")),
          "try again later, or give more with --memory"};
}

/// Who could go for it: idle ones, least recently used first, its own older version last; with `busy_ones` those too.
std::vector<std::shared_ptr<ModelPool::Version>> ModelPool::leavers(const Slot& slot, bool busy_ones) const {
  std::vector<std::shared_ptr<Version>> found;
  for (const std::shared_ptr<Version>& version : versions_) {
    const bool is_own = version == slot.current;
    if (version->is_leaving || version->is_retired || (is_pinned(*version) && !is_own)) continue;
    if (version->leases == 0 || busy_ones) found.push_back(version);
  }
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
    const auto rank = [&](const Version& version) {
      return std::make_tuple(version.leases > 0, version.path == slot.model.path, version.last_used);
    };
    return rank(*a) < rank(*b);
  });
  return found;
}

ModelPool::Room ModelPool::find_room(Slot& slot, bool may_evict) {
  if (why_never(slot)) return Room::kNever;
  std::uint64_t bytes = used() + slot.load->need.total();
  std::int64_t count = count_loaded() + 1;
  const auto fits = [&] { return fits_limits(bytes, count); };
  const auto without = [&](const Version& version) {
    bytes -= std::min(bytes, version.bytes);
    --count;
  };
  if (fits()) return Room::kThere;
  for (const std::shared_ptr<Version>& version : versions_) {
    if (version->is_leaving) without(*version);
  }
  if (fits() || !may_evict) return Room::kLater;
  std::vector<std::shared_ptr<Version>> going;
  for (const std::shared_ptr<Version>& version : leavers(slot, false)) {
    if (fits()) break;
    without(*version);
    going.push_back(version);
  }
  if (fits()) {
    for (const std::shared_ptr<Version>& version : going) dispose(version, "memory");
    return Room::kLater;
  }
  if (now() < slot.load->since + kFairAfter) return Room::kLater;
  for (const std::shared_ptr<Version>& version : versions_) {
    if (version->is_retired && !version->is_leaving) without(*version);
  }
  for (const std::shared_ptr<Version>& version : leavers(slot, true)) {
    if (fits()) break;
    if (std::find(going.begin(), going.end(), version) != going.end()) continue;
    without(*version);
    retire(version, "memory");
  }
  return Room::kLater;
}

void ModelPool::start_load(Slot& slot) {
  Load& load = *slot.load;
  const std::uint64_t need = load.need.total();
  load.kv_limit = load.need.kv_cache;
  if (options_.serving.max_kv_bytes == 0) {
    // Beyond the one sequence that it must hold: room for all that may run, but not so much that no other model fits.
    const auto running = static_cast<std::uint64_t>(std::max<std::int64_t>(options_.serving.max_running, 1));
    const std::uint64_t free = options_.limits.memory - std::min(options_.limits.memory, used() + need);
    const std::uint64_t share = std::min(free / 2, options_.limits.memory / 4);
    const std::uint64_t more = load.need.kv_cache == 0 ? 0 : std::min(running - 1, share / load.need.kv_cache);
    load.kv_limit += more * load.need.kv_cache;
  }
  load.reserved = need - load.need.kv_cache + load.kv_limit;
  load.state = LoadState::kLoading;
  report({ModelEvent::kLoading, slot.model.id, slot.model.path, load.number, load.reserved, 0, "", ""});
  loaders_->submit([this, path = slot.model.path] { run_load(path); });
}

std::optional<ModelPool::Clock::time_point> ModelPool::next_time() const {
  std::optional<Clock::time_point> next;
  const auto at = [&](Clock::time_point time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [path, slot] : slots_) {
    for (const Request& waiter : slot.waiters) at(*waiter.options.deadline);
    if (is_stopping_) continue;
    const KeepAlive keep = keep_alive_of(slot);
    if (slot.current && slot.current->leases == 0 && !slot.is_pinned && keep >= KeepAlive::zero()) {
      at(slot.current->last_used + keep);
    }
    if (slot.load && slot.load->state == LoadState::kWaiting && now() < slot.load->since + kFairAfter) {
      at(slot.load->since + kFairAfter);
    }
  }
  return next;
}

}  // namespace hearth
