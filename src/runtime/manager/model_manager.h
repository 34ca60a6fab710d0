// Names to loaded models: what is offered, loading on first use, a budget of memory, unloading of what is idle, and
// swapping a file that has changed. It knows no HTTP. Every method may be called from any thread, those of callbacks
// too, but for stop() and the destructor.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/manager/model_event.h"
#include "runtime/manager/model_lease.h"
#include "runtime/manager/offered_model.h"
#include "runtime/serving/served_model.h"

namespace hearth {

/// How long a model stays when nobody uses it; 0: it goes at once. Negative: for ever.
using KeepAlive = std::chrono::milliseconds;
inline constexpr KeepAlive kKeepForever{-1};
inline constexpr KeepAlive kUsualKeepAlive = std::chrono::minutes(5);  // Ollama's

/// What may be changed while it runs.
struct ModelLimits {
  std::uint64_t memory = 0;  ///< bytes for all models: weights, KV caches, scratch. 0: nine tenths of what is free now
  std::int64_t max_loaded = 0;  ///< models at once; 0: as many as fit
  KeepAlive keep_alive = kUsualKeepAlive;
};

/// Takes a path and the options that the manager has filled in (max_kv_bytes above all).
using ModelLoader = std::function<std::shared_ptr<ServedModel>(const std::string& path, const ServingOptions& options)>;
/// Bytes that a model of this path would need, with a KV cache for one sequence.
using MemoryEstimate = std::function<MemoryNeed(const std::string& path, const ModelOptions& options)>;

struct ModelManagerOptions {
  /// Names or paths of what is offered; each must be on this disk. A path is offered under its stem. With neither names
  /// nor a folder, every model that `hearth list` finds and that can be run.
  std::vector<std::string> names;
  /// Each GGUF file in it (the first part of a split one) and each model folder in it is offered under its stem.
  std::string models_dir;
  /// Requests may name paths. Off: a request opens nothing but what is offered.
  bool allow_paths = false;
  ModelLimits limits;
  ServingOptions serving;                           ///< max_kv_bytes of 0: the manager shares the budget out
  std::vector<std::string> preload, pinned;         ///< loaded by load_wanted(); the names are looked up at once
  std::string overlay_folder;                       ///< empty: "models" in Hearth's data folder
  std::function<void(const ModelEvent&)> on_event;  ///< from any thread, one at a time; must be quick. May be empty
  /// A line about a file that is not offered for its name's sake, once for each. From any thread, one at a time.
  std::function<void(const std::string& line)> on_problem;

  // For tests.
  ModelLoader loader;                                          ///< empty: ServedModel::load
  MemoryEstimate estimate;                                     ///< empty: inspect() and memory_need()
  std::function<std::chrono::steady_clock::time_point()> now;  ///< empty: the real one; poke() after moving another
};

struct AcquireOptions {
  std::optional<KeepAlive> keep_alive;  ///< from now on; empty: as it was, at first as the limits say
  /// Beyond, kTimeout while it is being loaded and kBusy while it waits for memory. Empty: ten minutes from now.
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

/// A model, or an empty lease and what made it fail. Must be quick and must not throw.
using OnLease = std::function<void(Lease, std::exception_ptr)>;

/// Somebody waits for a model. Letting go of it does not cancel.
class Acquisition {
 public:
  virtual ~Acquisition() = default;
  /// The callback comes with kCancelled, in this call, unless it came before. A load that began goes on.
  virtual void cancel() = 0;
};

struct LoadedModelStatus {
  std::string id, path;
  std::uint64_t version = 0;
  bool is_current = true;  ///< false: a newer version has its place; it ends with its last request
  bool is_pinned = false;
  std::int64_t leases = 0;   ///< requests that hold it
  ServingStats stats;        ///< waiting, running, bytes …
  std::uint64_t bytes = 0;   ///< that it counts for in the budget
  std::int64_t context = 0;  ///< tokens a sequence may hold
  KeepAlive keep_alive{};
  std::optional<std::chrono::system_clock::time_point> expires;  ///< empty: never, or not while it is in use
  double load_seconds = 0;
};

/// A model on its way.
struct LoadingModelStatus {
  std::string id;
  bool waits_for_room = false;  ///< others have to go first; false: its file is being looked at, read and prepared
  std::uint64_t bytes = 0;      ///< that it will count for, about; 0: not known yet
  double seconds = 0;           ///< since it was asked for
};

/// What a wish to unload a model came to.
struct Unloading {
  bool is_going = false;    ///< it was there, or on its way
  bool is_loading = false;  ///< it goes only when it has been loaded and nobody waits for it
  explicit operator bool() const { return is_going; }
};

struct ManagerStatus {
  std::vector<LoadedModelStatus> loaded;       ///< by id, then version
  std::uint64_t budget = 0, used = 0;          ///< bytes
  std::vector<LoadingModelStatus> on_the_way;  ///< by id
  std::int64_t loading = 0;                    ///< models
  std::int64_t waiting_for_room = 0;           ///< of these: that wait for memory
  std::int64_t waiting = 0;                    ///< callers that wait for a model
};

class ModelManager {
 public:
  /// Errors: kNotFound for names or a folder that are not there; kInvalidArgument, also as check_limits().
  explicit ModelManager(ModelManagerOptions options);
  ~ModelManager();  ///< as stop(0)
  ModelManager(const ModelManager&) = delete;
  ModelManager& operator=(const ModelManager&) = delete;

  /// What can be used, overlays among them, sorted by id. Looks at the disk (once a second at most).
  std::vector<OfferedModel> offered();
  /// The one that a name means: an id, "name:latest", a stem, an alias, a name of the catalog or owner/repo[:QUANT] of
  /// what is on this disk; whatever the case. Errors: kNotFound with near names, kInvalidArgument for "". May look at
  /// the disk.
  OfferedModel resolve(const std::string& name);
  /// Errors: as resolve(); what reading the file throws.
  ModelDescription describe(const std::string& name);
  /// Looks at the disk now: after a pull, on SIGHUP. A loaded model that is not offered any more goes with its last
  /// request, whoever has the disk looked at.
  void refresh();

  /// Calls back in this call where the model is loaded, else from another thread when it is. Callers of one model share
  /// one load. Idle models that are not pinned make room, the least recently used first; where all are busy it waits
  /// for one. Errors (by the callback): as resolve(); kOutOfMemory with the numbers where it can never fit; kBusy,
  /// kTimeout, kCancelled; as Model::load. A file that failed is tried again after a while, or when it has changed. A
  /// file that has changed since it was loaded is loaded anew; requests that run finish on what they began with.
  std::shared_ptr<Acquisition> acquire(const std::string& name, const AcquireOptions& options, OnLease on_lease);
  /// Waits for it. Not from a callback.
  Lease acquire_now(const std::string& name, const AcquireOptions& options = {});

  /// Loads the model anew, beside the old one while that has requests. The callback (may be empty) tells how it ended.
  void reload(const std::string& name, const std::function<void(std::exception_ptr)>& on_done = {});
  /// It goes when it is idle, at once if it is now; a pin goes too, and what is being loaded goes when it is there and
  /// nobody waits for it. A model whose file is gone can be named by its id. Errors: as resolve().
  Unloading unload(const std::string& name);
  /// Never unloaded but by unload(). Does not load it. Errors: as resolve().
  void pin(const std::string& name, bool pinned = true);
  /// Begins to load what the options preload and pin. For once, when all else is ready: it keeps the machine busy.
  /// `on_done` (may be empty) is called once, when each of these is there or has failed; from any thread, in this call
  /// where there are none.
  void load_wanted(const std::function<void()>& on_done = {});
  /// Begins to load; the events tell how it ends.
  void preload(const std::vector<std::string>& names);

  /// A model made of another one: `from` may be any name that resolve() takes. Replaces one of that name. Errors: as
  /// resolve(); as OverlayStore::put.
  void create_overlay(ModelOverlay overlay);
  /// A second name. Errors: as resolve(); kInvalidArgument for a name that is none.
  void copy(const std::string& source, const std::string& target);
  /// Removes an overlay, an alias, or a model that Hearth fetched or imported, with the rules of remove_model(): never
  /// another program's, nor anything in the folder that is offered. Errors: as remove_model().
  void remove(const std::string& name);

  ManagerStatus status() const;
  ModelLimits limits() const;
  /// Errors: as check_limits().
  void set_limits(const ModelLimits& limits);
  /// Errors: kInvalidArgument where less may be loaded than the options pin.
  void check_limits(const ModelLimits& limits) const;
  /// Looks at the clock.
  void poke();

  /// Takes no more (kCancelled); what runs may go on for so long. Returns when no model is left.
  void stop(std::chrono::milliseconds patience);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hearth
