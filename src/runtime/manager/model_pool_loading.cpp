// Loading and taking down: the part of the pool that runs on the loading threads.
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "hearth/error.h"
#include "runtime/manager/file_state.h"
#include "runtime/manager/model_pool.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstRetry{1000};  // after a load that failed; then twice as long each time
constexpr milliseconds kLastRetry{60'000};

std::string message_of(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an unknown exception";
  }
}

Error out_of_memory(const std::string& id) {
  return {ErrorCode::kOutOfMemory, fmt::format("{}: memory ran out while it was loaded", id),
          "a smaller quantisation or --ctx needs less; --memory bounds what models may take"};
}

}  // namespace

void ModelPool::changed() {
  has_changed_ = true;
  keeper_wake_.notify_one();
}

void ModelPool::later(std::function<void()> call) {
  calls_.push_back(std::move(call));
  changed();
}

void ModelPool::report(ModelEvent event) {
  if (options_.on_event) later([this, event = std::move(event)] { options_.on_event(event); });
}

void ModelPool::begin_load(Slot& slot, std::string files_state) {
  slot.load = Load{};
  slot.load->order = next_order_++;
  slot.load->asked = now();
  slot.load->number = next_number_++;
  slot.load->files_state = std::move(files_state);
  slot.load->is_reload = slot.current != nullptr;
  loaders_->submit([this, path = slot.model.path] { measure(path); });
}

void ModelPool::measure(const std::string& path) {
  std::string id;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    const Slot& slot = slots_.at(path);
    if (!slot.load || slot.load->state != LoadState::kMeasuring) return;
    id = slot.model.id;
    number = slot.load->number;
  }
  MemoryNeed need;
  std::exception_ptr problem;
  try {
    need = options_.estimate(path, options_.serving.model);
    if (options_.serving.max_kv_bytes > 0) need.kv_cache = options_.serving.max_kv_bytes;
  } catch (const std::bad_alloc&) {
    problem = std::make_exception_ptr(out_of_memory(id));
  } catch (...) {
    problem = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_.at(path);
  if (!slot.load || slot.load->number != number) return;
  if (problem) return fail_load(slot, problem, true);
  slot.load->need = need;
  slot.load->state = LoadState::kWaiting;
  slot.load->since = now();
  changed();
}

void ModelPool::run_load(const std::string& path) {
  ServingOptions serving = options_.serving;
  std::string id;
  std::vector<std::string> files;
  {
    const std::lock_guard lock(mutex_);
    const Slot& slot = slots_.at(path);
    id = slot.model.id;
    files = slot.model.files;
    serving.max_kv_bytes = slot.load->kv_limit;
  }
  // Taken before the files are read: what changes meanwhile is seen at the next acquire.
  const auto state = file_state(files);
  std::shared_ptr<ServedModel> model;
  std::exception_ptr problem;
  const auto start = std::chrono::steady_clock::now();
  try {
    if (!state) throw Error(ErrorCode::kNotFound, fmt::format("{}: the file is gone", path));
    model = options_.loader(path, serving);
    if (!model) throw Error(ErrorCode::kInternal, fmt::format("{}: the loader gave no model", path));
  } catch (const std::bad_alloc&) {
    problem = std::make_exception_ptr(out_of_memory(id));
  } catch (...) {
    problem = std::current_exception();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (state) {
    const std::lock_guard lock(mutex_);
    slots_.at(path).load->files_state = *state;
  }
  finish_load(path, std::move(model), std::move(problem), seconds);
}

void ModelPool::finish_load(const std::string& path, std::shared_ptr<ServedModel> model, std::exception_ptr problem,
                            double seconds) {
  // Asked without the lock: it is the model's to say.
  const ServingStats stats = model ? model->stats() : ServingStats{};
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_.at(path);
  if (problem) return fail_load(slot, problem, true);
  const Load load = std::move(*slot.load);
  slot.load.reset();
  slot.failure.reset();
  auto version = std::make_shared<Version>();
  version->id = slot.model.id;
  version->path = path;
  version->files_state = load.files_state;
  version->number = load.number;
  // Scratch grows with the first requests, so that what was foretold counts as well.
  version->bytes = stats.weight_bytes + std::max(stats.scratch_bytes, load.need.scratch) +
                   std::max(stats.kv_limit_bytes, stats.kv_bytes);
  version->model = std::move(model);
  version->last_used = now();
  version->load_seconds = seconds;
  versions_.push_back(version);
  report({ModelEvent::kLoaded, version->id, path, version->number, version->bytes, seconds, "", ""});
  if (slot.current) retire(slot.current, "replaced");
  slot.current = version;
  if (is_stopping_) retire(version, "stopping");
  for (const Request& waiter : slot.waiters) {
    if (waiter.pending->done()) continue;
    auto given = std::make_shared<Lease>(lease(version, waiter));
    later([pending = waiter.pending, given] { pending->complete(std::move(*given)); });
  }
  slot.waiters.clear();
  for (const auto& on_done : load.on_done) later([on_done] { on_done(nullptr); });
  changed();
}

void ModelPool::fail_load(Slot& slot, const std::exception_ptr& problem, bool remember) {
  const Load load = std::move(*slot.load);
  slot.load.reset();
  if (remember) {
    const bool again = slot.failure && slot.failure->files_state == load.files_state;
    const milliseconds wait = again ? std::min(slot.failure->wait * 2, kLastRetry) : kFirstRetry;
    slot.failure = Failure{load.files_state, problem, now() + wait, wait};
  }
  report({ModelEvent::kFailed, slot.model.id, slot.model.path, load.number, 0, 0, "", message_of(problem)});
  for (const Request& waiter : slot.waiters) {
    later([pending = waiter.pending, problem] { pending->fail(problem); });
  }
  slot.waiters.clear();
  forget_wishes(slot);
  for (const auto& on_done : load.on_done) later([on_done, problem] { on_done(problem); });
  changed();
}

void ModelPool::retire(std::shared_ptr<Version> version, const std::string& reason) {
  if (version->is_retired) return;
  version->is_retired = true;
  version->reason = reason;
  if (const auto slot = slots_.find(version->path); slot != slots_.end() && slot->second.current == version) {
    slot->second.current.reset();
  }
  if (version->leases == 0) return dispose(std::move(version), reason);
  report({ModelEvent::kRetired, version->id, version->path, version->number, version->bytes, 0, reason, ""});
  changed();
}

void ModelPool::forget_wishes(Slot& slot) {
  if (slot.current || slot.load) return;
  slot.keep_alive.reset();
  slot.is_unload_asked = false;
}

void ModelPool::dispose(std::shared_ptr<Version> version, const std::string& reason) {
  if (version->is_leaving) return;
  version->is_leaving = true;
  version->is_retired = true;
  version->reason = reason;
  if (const auto slot = slots_.find(version->path); slot != slots_.end() && slot->second.current == version) {
    slot->second.current.reset();
    forget_wishes(slot->second);
  }
  loaders_->submit([this, version = std::move(version)] { take_down(version); }, true);
}

void ModelPool::take_down(const std::shared_ptr<Version>& version) {
  std::shared_ptr<ServedModel> model;
  {
    const std::lock_guard lock(mutex_);
    model = std::move(version->model);
  }
  const auto start = std::chrono::steady_clock::now();
  model->stop(milliseconds(0));
  model.reset();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::lock_guard lock(mutex_);
  versions_.remove(version);
  report({ModelEvent::kUnloaded, version->id, version->path, version->number, version->bytes, seconds, version->reason,
          ""});
  quiet_.notify_all();
  changed();
}

void ModelPool::stop(milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock(mutex_);
  if (is_stopping_) {
    quiet_.wait(lock, [this] { return is_stopped_; });
    return;
  }
  is_stopping_ = true;
  const Error error(ErrorCode::kCancelled, "the server is stopping");
  for (auto& [path, slot] : slots_) {
    for (const Request& waiter : slot.waiters) later([pending = waiter.pending, error] { pending->fail(error); });
    slot.waiters.clear();
    if (slot.load && slot.load->state != LoadState::kLoading) {
      for (const auto& on_done : slot.load->on_done) {
        later([on_done, error] { on_done(std::make_exception_ptr(error)); });
      }
      slot.load.reset();
    }
  }
  for (const std::shared_ptr<Version>& version : std::list(versions_)) retire(version, "stopping");
  changed();
  quiet_.wait_until(lock, end, [this] { return versions_.empty(); });
  // What still runs is cancelled; those who hold a lease let go of it when they hear of that.
  std::vector<std::shared_ptr<ServedModel>> busy;
  for (const std::shared_ptr<Version>& version : versions_) {
    if (version->model && !version->is_leaving) busy.push_back(version->model);
  }
  lock.unlock();
  for (const std::shared_ptr<ServedModel>& model : busy) model->stop(milliseconds(0));
  busy.clear();
  lock.lock();
  quiet_.wait_for(lock, std::chrono::seconds(5), [this] { return versions_.empty(); });
  lock.unlock();
  loaders_->stop();
  lock.lock();
  is_stopped_ = true;
  for (const std::shared_ptr<Version>& version : versions_) {  // loaded while the loaders were being stopped
    if (version->leases == 0 && version->model) busy.push_back(std::move(version->model));
  }
  std::erase_if(versions_, [](const std::shared_ptr<Version>& version) { return version->model == nullptr; });
  changed();
  quiet_.notify_all();
  lock.unlock();
  busy.clear();
  keeper_.join();
}

}  // namespace hearth
