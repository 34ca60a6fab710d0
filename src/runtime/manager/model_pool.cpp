// Giving models to callers and taking them back.
#include "runtime/manager/model_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "hearth/error.h"
#include "runtime/manager/file_state.h"

namespace hearth {
namespace {

constexpr std::chrono::minutes kLongestWait{10};  // for a model, where the caller names no deadline
constexpr KeepAlive kLongestKeep = std::chrono::hours(24 * 366 * 10);  // far enough, and no sum with it overflows
constexpr std::size_t kLoaders = 2;                                    // loads at once: they share the disk

Error stopping_error() { return {ErrorCode::kCancelled, "the server is stopping: no model is given out any more"}; }

std::string plain_id(const std::string& id) {
  constexpr std::string_view kLatest = ":latest";
  std::string plain = id;
  for (char& c : plain) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (plain.ends_with(kLatest)) plain.resize(plain.size() - kLatest.size());
  return plain;
}

}  // namespace

struct ModelPool::Hold : Lease::Hold {
  ~Hold() override {
    model.reset();  // first: the last owner ends the model's thread, and this may be that thread
    if (pool) pool->release(held);
  }
  std::shared_ptr<ModelPool> pool;
  std::shared_ptr<Version> held;
};

ModelPool::ModelPool(PoolOptions options)
    : options_(std::move(options)), loaders_(std::make_unique<TaskThreads>(kLoaders)) {}

std::shared_ptr<ModelPool> ModelPool::start(PoolOptions options) {
  auto pool = std::make_shared<ModelPool>(std::move(options));
  // The thread holds no share of the pool: stop() joins it, and stop() comes before the last share goes.
  pool->keeper_ = std::thread([raw = pool.get()] { raw->keep(); });
  return pool;
}

Lease ModelPool::lease(const std::shared_ptr<Version>& version, const Request& request) {
  auto hold = std::make_unique<Hold>();
  hold->model = version->model;
  hold->name = request.name;
  hold->overlay = request.overlay;
  hold->version = version->number;
  if (request.since != Clock::time_point{}) {
    hold->load_seconds = std::chrono::duration<double>(now() - request.since).count();
  }
  hold->held = version;
  hold->pool = shared_from_this();
  ++version->leases;
  return Lease(std::move(hold));
}

void ModelPool::release(const std::shared_ptr<Version>& version, bool was_used) {
  std::shared_ptr<ServedModel> orphan;  // goes after the lock
  const std::lock_guard lock(mutex_);
  if (was_used) version->last_used = now();
  if (--version->leases > 0) return;
  if (is_stopped_) {
    orphan = std::move(version->model);
    versions_.remove(version);
    return;
  }
  if (version->is_retired) dispose(version, version->reason);
  changed();
}

std::optional<Lease> ModelPool::try_lease(Slot& slot, const Request& request, const std::string& files_state) {
  if (!slot.current || slot.current->files_state != files_state) return std::nullopt;
  if (request.options.keep_alive) {
    slot.keep_alive = std::min(*request.options.keep_alive, kLongestKeep);
    slot.is_unload_asked = false;
  }
  return lease(slot.current, request);
}

bool ModelPool::acquire_loaded(const Request& request) {
  const auto state = file_state(request.model.files);
  std::optional<Lease> given;
  {
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(request.model.path);
    if (is_stopping_ || !state || found == slots_.end()) return false;
    given = try_lease(found->second, request, *state);
  }
  if (!given) return false;
  request.pending->complete(*std::move(given));
  return true;
}

bool ModelPool::acquire(Request request) {
  const auto state = file_state(request.model.files);
  const std::shared_ptr<PendingLease> pending = request.pending;
  std::optional<Lease> given;
  std::exception_ptr problem;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
      problem = std::make_exception_ptr(stopping_error());
    } else if (!state) {
      const auto found = slots_.find(request.model.path);
      if (found != slots_.end() && found->second.current) retire(found->second.current, "removed");
      return false;
    } else {
      Slot& slot = slots_[request.model.path];
      slot.model = request.model;
      given = try_lease(slot, request, *state);
      if (!given) problem = join_waiters(slot, std::move(request), *state);
    }
  }
  if (given) pending->complete(*std::move(given));
  if (problem) pending->fail(problem);
  return true;
}

/// As many as the model takes once it is there: none would run, and so none would load it, if only the queue counted.
std::int64_t ModelPool::most_waiters() const {
  return std::max<std::int64_t>(1, options_.serving.max_queue + options_.serving.max_running);
}

std::exception_ptr ModelPool::join_waiters(Slot& slot, Request request, const std::string& files_state) {
  if (slot.current) retire(slot.current, "replaced");
  const bool has_failed = slot.failure && slot.failure->files_state == files_state && now() < slot.failure->retry_at;
  if (has_failed && !slot.load) return slot.failure->problem;
  std::erase_if(slot.waiters, [](const Request& waiter) { return waiter.pending->done(); });
  if (static_cast<std::int64_t>(slot.waiters.size()) >= most_waiters()) {
    return std::make_exception_ptr(
        Error(ErrorCode::kBusy,
              fmt::format("{} is being loaded, and {} requests wait for it", slot.model.id, slot.waiters.size()),
              "try again later"));
  }
  if (request.options.keep_alive) {
    slot.keep_alive = std::min(*request.options.keep_alive, kLongestKeep);
    slot.is_unload_asked = false;
  }
  request.since = now();
  if (!request.options.deadline) request.options.deadline = now() + kLongestWait;
  slot.waiters.push_back(std::move(request));
  if (!slot.load) begin_load(slot, files_state);
  changed();
  return nullptr;
}

void ModelPool::load(const PoolModel& model, bool anew, std::function<void(std::exception_ptr)> on_done) {
  const auto state = file_state(model.files);
  const std::lock_guard lock(mutex_);
  const auto end = [&](std::exception_ptr problem) {
    if (on_done) later([on_done, problem = std::move(problem)] { on_done(problem); });
  };
  if (is_stopping_) return end(std::make_exception_ptr(stopping_error()));
  if (!state) {
    return end(std::make_exception_ptr(Error(ErrorCode::kNotFound, fmt::format("{}: the file is gone", model.path))));
  }
  Slot& slot = slots_[model.path];
  slot.model = model;
  if (!anew && slot.current && slot.current->files_state == *state) return end(nullptr);
  // One that is being read already may have begun before the file was as it is now; what asked for it gets that one,
  // and the next acquire sees the difference.
  if (!slot.load) begin_load(slot, *state);
  slot.load->is_wanted = true;
  if (on_done) slot.load->on_done.push_back(std::move(on_done));
  changed();
}

Unloading ModelPool::unload(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(path);
  if (found == slots_.end() || (!found->second.current && !found->second.load)) return {};
  ask_to_unload(found->second);
  return {true, found->second.load.has_value()};
}

void ModelPool::ask_to_unload(Slot& slot) {
  slot.keep_alive = KeepAlive::zero();
  slot.is_unload_asked = true;
  slot.is_pinned = false;
  changed();
}

Unloading ModelPool::unload_id(const std::string& id) {
  const std::string wanted = plain_id(id);
  const std::lock_guard lock(mutex_);
  Unloading unloading;
  for (auto& [path, slot] : slots_) {
    if ((!slot.current && !slot.load) || plain_id(slot.model.id) != wanted) continue;
    ask_to_unload(slot);
    unloading.is_going = true;
    unloading.is_loading = unloading.is_loading || slot.load;
  }
  for (const std::shared_ptr<Version>& version : versions_) {
    unloading.is_going = unloading.is_going || plain_id(version->id) == wanted;
  }
  return unloading;
}

void ModelPool::keep_only(const std::set<std::string>& paths) {
  const std::lock_guard lock(mutex_);
  for (auto& [path, slot] : slots_) {
    if (slot.current && !paths.contains(path)) retire(slot.current, "removed");
  }
}

void ModelPool::retire(const std::string& path, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(path);
  if (found != slots_.end() && found->second.current) retire(found->second.current, reason);
  changed();
}

void ModelPool::pin(const std::string& path, bool pinned) {
  const std::lock_guard lock(mutex_);
  slots_[path].is_pinned = pinned;
  changed();
}

ManagerStatus ModelPool::status() {
  ManagerStatus status;
  std::vector<std::shared_ptr<Version>> asked;
  {
    const std::lock_guard lock(mutex_);
    status.budget = options_.limits.memory;
    status.used = used();
    for (const auto& [path, slot] : slots_) {
      status.loading += slot.load ? 1 : 0;
      if (slot.load) {
        LoadingModelStatus one;
        one.id = slot.model.id;
        one.waits_for_room = slot.load->state == LoadState::kWaiting && slot.load->lacks_room;
        one.bytes = slot.load->reserved > 0 ? slot.load->reserved : slot.load->need.total();
        one.seconds = std::chrono::duration<double>(now() - slot.load->asked).count();
        status.waiting_for_room += one.waits_for_room ? 1 : 0;
        status.on_the_way.push_back(std::move(one));
      }
      status.waiting += std::count_if(slot.waiters.begin(), slot.waiters.end(),
                                      [](const Request& waiter) { return !waiter.pending->done(); });
    }
    for (const std::shared_ptr<Version>& version : versions_) {
      if (version->is_leaving || !version->model) continue;
      const auto slot = slots_.find(version->path);
      LoadedModelStatus one;
      one.id = version->id;
      one.path = version->path;
      one.version = version->number;
      one.is_current = !version->is_retired;
      one.is_pinned = is_pinned(*version);
      one.leases = version->leases;
      one.bytes = version->bytes;
      one.load_seconds = version->load_seconds;
      if (slot != slots_.end()) one.keep_alive = keep_alive_of(slot->second);
      if (one.leases == 0 && !one.is_pinned && one.keep_alive >= KeepAlive::zero()) {
        const auto left = version->last_used + one.keep_alive - now();
        one.expires =
            std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
      }
      status.loaded.push_back(std::move(one));
      ++version->leases;  // it must not be taken down while it is asked
      asked.push_back(version);
    }
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    status.loaded[i].stats = asked[i]->model->stats();
    status.loaded[i].context = asked[i]->model->context();
  }
  for (const std::shared_ptr<Version>& version : asked) release(version, false);
  std::sort(status.on_the_way.begin(), status.on_the_way.end(),
            [](const LoadingModelStatus& a, const LoadingModelStatus& b) { return a.id < b.id; });
  std::sort(status.loaded.begin(), status.loaded.end(), [](const LoadedModelStatus& a, const LoadedModelStatus& b) {
    return std::tie(a.id, a.version) < std::tie(b.id, b.version);
  });
  return status;
}

ModelLimits ModelPool::limits() const {
  const std::lock_guard lock(mutex_);
  return options_.limits;
}

void ModelPool::set_limits(const ModelLimits& limits) {
  const std::lock_guard lock(mutex_);
  options_.limits = limits;
  changed();
}

void ModelPool::poke() {
  const std::lock_guard lock(mutex_);
  changed();
}

}  // namespace hearth
