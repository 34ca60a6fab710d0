#include "runtime/manager/manager_impl.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "hearth/error.h"
#include "hearth/hub.h"
#include "hearth/system.h"
#include "hub/download/digest.h"
#include "runtime/manager/file_state.h"
#include "runtime/system_report_memory.h"

namespace hearth {
namespace {

constexpr std::size_t kResolvers = 2;
constexpr std::size_t kMostResolving = 4096;
constexpr std::int64_t kUsualContext = 8192;  // as the engine chooses it

/// As the engine chooses it, but that no model refuses a context that is more than it was made for: one number serves
/// for all models.
std::int64_t context_for(std::int64_t asked, std::int64_t trained) {
  if (trained <= 0) return asked;
  return std::min(asked > 0 ? asked : kUsualContext, trained);
}

std::string overlay_folder(const ModelManagerOptions& options) {
  if (!options.overlay_folder.empty()) return options.overlay_folder;
  return (std::filesystem::path(paths().data_folder) / "models").string();
}

}  // namespace

ModelManager::Impl::Impl(ModelManagerOptions given)
    : options(std::move(given)),
      own_budget(usable_memory().available / 10 * 9),
      shelf(options),
      overlays(overlay_folder(options)),
      pool(ModelPool::start(pool_options())),
      resolvers(kResolvers) {
  // A path that a request named is not among what is offered, and is looked at when it is named again.
  if (options.allow_paths) return;
  shelf.on_look([this](const std::vector<ShelfModel>& models) {
    std::set<std::string> paths;
    for (const ShelfModel& model : models) paths.insert(model.path);
    pool->keep_only(paths);
  });
}

ModelLimits ModelManager::Impl::filled_in(ModelLimits limits) const {
  if (limits.memory == 0) limits.memory = own_budget;
  return limits;
}

ModelInfo ModelManager::Impl::info_of(const std::string& path) {
  OfferedModel model;
  model.path = path;
  model.files = files_of_model(path);
  const auto report = describer.report(model);
  if (!report->problem.empty()) throw Error(ErrorCode::kUnsupported, report->problem);
  return report->info;
}

PoolOptions ModelManager::Impl::pool_options() {
  PoolOptions made;
  made.limits = filled_in(options.limits);
  made.serving = options.serving;
  made.on_event = options.on_event;
  made.now = options.now;
  made.loader = options.loader;
  if (!made.loader) {
    made.loader = [this](const std::string& path, const ServingOptions& serving) {
      ServingOptions own = serving;
      if (own.model.context > 0) own.model.context = context_for(own.model.context, info_of(path).context_length);
      auto model = ServedModel::load(path, own);
      note_model_used(path);
      return model;
    };
  }
  made.estimate = options.estimate;
  if (!made.estimate) {
    made.estimate = [this](const std::string& path, const ModelOptions& model) {
      const ModelInfo info = info_of(path);
      return memory_need(info, std::max<std::int64_t>(1, context_for(model.context, info.context_length)),
                         model.kv_type);
    };
  }
  return made;
}

void ModelManager::Impl::begin() {
  const auto id_of = [this](const std::string& name) {  // a wrong name is told now
    return overlays.find(name) ? name : shelf.id_for_operator(name);
  };
  for (const std::string& name : options.pinned) {
    const OfferedModel model = resolve_file(id_of(name));
    pool->pin(model.path, true);
    pinned_.emplace(model.path, model.id);
    wanted.push_back(id_of(name));
  }
  check_limits(options.limits);
  for (const std::string& name : options.preload) {
    resolve_file(id_of(name));
    wanted.push_back(id_of(name));
  }
  resolvers.submit([this] { read_everything(); });
}

void ModelManager::Impl::check_limits(const ModelLimits& limits) const {
  if (limits.max_loaded == 0 || static_cast<std::int64_t>(pinned_.size()) <= limits.max_loaded) return;
  std::vector<std::string> ids;
  for (const auto& [path, id] : pinned_) ids.push_back(id);
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{} models may be loaded at once, and {} are pinned: {}", limits.max_loaded, ids.size(),
                          fmt::join(ids, ", ")),
              fmt::format("pin fewer, or allow more with --max-loaded {}", ids.size()));
}

/// Reading what is here takes its time; the first who lists it need not wait for all of it.
void ModelManager::Impl::read_everything() {
  const auto models = shelf.models();  // held: the loop below looks into it
  for (OfferedModel model : *models) {
    if (is_stopping_) return;
    describer.describe(model);
  }
}

void ModelManager::Impl::stop(std::chrono::milliseconds patience) {
  is_stopping_ = true;
  resolvers.stop();
  pool->stop(patience);
}

OfferedModel ModelManager::Impl::laid_over(OfferedModel base, const ModelOverlay& overlay) const {
  OfferedModel model = std::move(base);
  Digest digest(Digest::kSha256);
  digest.add(fmt::format("{}\n{}\n{}\n{}", overlay.name, model.digest, overlay.modified, overlay.parameters_json));
  model.parent = model.id;
  model.id = overlay.name;
  model.other_names.clear();
  model.store = "overlay";
  model.modified = overlay.modified;
  model.digest = digest.hex();
  if (overlay.chat_template && !model.is_encoder) {
    std::erase(model.capabilities, "tools");
    std::erase(model.capabilities, "thinking");
    for (std::string& more : template_capabilities(*overlay.chat_template)) {
      model.capabilities.push_back(std::move(more));
    }
  }
  return model;
}

std::vector<OfferedModel> ModelManager::Impl::offered() {
  std::vector<OfferedModel> all;
  std::set<std::string> paths;
  const auto models = shelf.models();
  for (OfferedModel model : *models) {
    describer.describe(model);
    paths.insert(model.path);
    if (model.problem.empty()) all.push_back(std::move(model));
  }
  describer.keep_only(paths);
  for (const ModelOverlay& overlay : overlays.all()) {
    auto base = shelf.find_known(overlay.from);
    if (!base) continue;
    describer.describe(*base);
    if (!base->problem.empty()) continue;
    std::erase_if(all, [&](const OfferedModel& model) { return means_overlay(model.id, overlay.name); });
    all.push_back(laid_over(*std::move(base), overlay));
  }
  std::sort(all.begin(), all.end(), [](const OfferedModel& a, const OfferedModel& b) { return a.id < b.id; });
  return all;
}

OfferedModel ModelManager::Impl::resolve_file(const std::string& name) {
  const auto overlay = overlays.find(name);
  const std::string below = overlay ? overlay->from : name;
  auto model = shelf.find(below);
  if (model && !file_state(model->files)) {  // it went since the disk was looked at
    shelf.refresh();
    model = shelf.find(below);
  }
  if (!model) shelf.fail_not_found(below);
  return *model;
}

Resolved ModelManager::Impl::resolve(const std::string& name) {
  Resolved resolved;
  resolved.overlay = overlays.find(name);
  resolved.model = resolve_file(name);
  describer.describe(resolved.model);
  if (resolved.overlay) resolved.model = laid_over(std::move(resolved.model), *resolved.overlay);
  return resolved;
}

std::shared_ptr<Acquisition> ModelManager::Impl::acquire(const std::string& name, const AcquireOptions& given,
                                                         OnLease on_lease) {
  ModelPool::Request request;
  request.options = given;
  request.pending = std::make_shared<PendingLease>(std::move(on_lease));
  const std::shared_ptr<PendingLease> pending = request.pending;
  request.overlay = overlays.find(name);
  const std::string below = request.overlay ? request.overlay->from : name;
  if (const auto known = shelf.find_known(below)) {
    request.model = {known->id, known->path, known->files};
    request.name = request.overlay ? request.overlay->name : known->id;
    if (pool->acquire_loaded(request)) return pending;
  }
  if (resolvers.waiting() >= kMostResolving) {
    pending->fail(Error(ErrorCode::kBusy, "too many requests wait for models to be found", "try again later"));
    return pending;
  }
  const auto task = [this, below, request] { resolve_and_acquire(below, request); };
  if (!resolvers.submit(task)) pending->fail(Error(ErrorCode::kCancelled, "the server is stopping"));
  return pending;
}

void ModelManager::Impl::resolve_and_acquire(const std::string& name, ModelPool::Request request) {
  const auto try_it = [&] {
    const auto model = shelf.find(name);
    if (!model) shelf.fail_not_found(name);
    request.model = {model->id, model->path, model->files};
    request.name = request.overlay ? request.overlay->name : model->id;
    return pool->acquire(request);
  };
  std::exception_ptr problem;
  try {
    if (request.pending->done() || try_it()) return;
    shelf.refresh();  // a file is gone: perhaps another one has its place
    if (!try_it()) shelf.fail_not_found(name);
  } catch (...) {
    problem = std::current_exception();
  }
  // Out of the handler, so that whoever gets it has the only share of it.
  if (problem) request.pending->fail(std::move(problem));
}

Unloading ModelManager::Impl::unload(const std::string& name) {
  const auto overlay = overlays.find(name);
  const std::string below = overlay ? overlay->from : name;
  // First by what is loaded: a model whose file is gone is offered no longer, and must go nonetheless.
  if (const Unloading known = pool->unload_id(below)) return known;
  return pool->unload(resolve_file(below).path);
}

void ModelManager::Impl::load(const std::string& name, bool anew,
                              const std::function<void(std::exception_ptr)>& on_done) {
  const bool is_added = resolvers.submit([this, name, anew, on_done] {
    try {
      const OfferedModel model = resolve_file(name);
      pool->load({model.id, model.path, model.files}, anew, on_done);
    } catch (...) {
      if (on_done) on_done(std::current_exception());
    }
  });
  if (!is_added && on_done) {
    on_done(std::make_exception_ptr(Error(ErrorCode::kCancelled, "the server is stopping")));
  }
}

}  // namespace hearth
