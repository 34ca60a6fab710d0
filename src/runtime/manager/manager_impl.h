// What stands behind ModelManager: names (shelf, overlays) in front of the loaded models (pool).
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/task_threads.h"
#include "runtime/manager/model_describer.h"
#include "runtime/manager/model_manager.h"
#include "runtime/manager/model_pool.h"
#include "runtime/manager/model_shelf.h"

namespace hearth {

/// What a name means.
struct Resolved {
  OfferedModel model;
  std::shared_ptr<const ModelOverlay> overlay;  ///< nullptr for none
};

class ModelManager::Impl {
 public:
  explicit Impl(ModelManagerOptions given);
  ~Impl() { stop(std::chrono::milliseconds(0)); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  void begin();  ///< pins, and looks up what is to be loaded first
  void stop(std::chrono::milliseconds patience);

  std::vector<OfferedModel> offered();
  /// Described, and with the overlay laid over it. Errors: as ModelManager::resolve.
  Resolved resolve(const std::string& name);
  /// The file only, not looked into. Errors: as ModelManager::resolve.
  OfferedModel resolve_file(const std::string& name);
  std::shared_ptr<Acquisition> acquire(const std::string& name, const AcquireOptions& options, OnLease on_lease);
  Unloading unload(const std::string& name);
  void load(const std::string& name, bool anew, const std::function<void(std::exception_ptr)>& on_done);
  void check_limits(const ModelLimits& limits) const;
  /// With a budget where none is given.
  ModelLimits filled_in(ModelLimits limits) const;

  const ModelManagerOptions options;
  const std::uint64_t own_budget;  ///< of free memory, when it started
  ModelShelf shelf;
  OverlayStore overlays;
  ModelDescriber describer;
  std::shared_ptr<ModelPool> pool;
  std::vector<std::string> wanted;  ///< ids of what is to be loaded first
  TaskThreads resolvers;            ///< last: their tasks use all of the above

 private:
  PoolOptions pool_options();
  void read_everything();
  OfferedModel laid_over(OfferedModel base, const ModelOverlay& overlay) const;
  void resolve_and_acquire(const std::string& name, ModelPool::Request request);
  ModelInfo info_of(const std::string& path);

  std::map<std::string, std::string> pinned_;  ///< at the start: ids by paths; not changed after begin()
  std::atomic<bool> is_stopping_{false};
};

}  // namespace hearth
