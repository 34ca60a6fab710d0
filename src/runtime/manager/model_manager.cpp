#include "runtime/manager/model_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <utility>

#include "hearth/error.h"
#include "hearth/hub.h"
#include "hearth/system.h"
#include "runtime/manager/manager_impl.h"

namespace hearth {

ModelManager::ModelManager(ModelManagerOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {
  impl_->begin();
}

ModelManager::~ModelManager() { stop(std::chrono::milliseconds(0)); }

std::vector<OfferedModel> ModelManager::offered() { return impl_->offered(); }

OfferedModel ModelManager::resolve(const std::string& name) { return impl_->resolve(name).model; }

ModelDescription ModelManager::describe(const std::string& name) {
  const Resolved resolved = impl_->resolve(name);
  ModelDescription description;
  description.model = resolved.model;
  description.report = *impl_->describer.report(resolved.model);
  if (resolved.overlay) description.overlay = *resolved.overlay;
  return description;
}

void ModelManager::refresh() { impl_->shelf.refresh(); }

std::shared_ptr<Acquisition> ModelManager::acquire(const std::string& name, const AcquireOptions& options,
                                                   OnLease on_lease) {
  return impl_->acquire(name, options, std::move(on_lease));
}

Lease ModelManager::acquire_now(const std::string& name, const AcquireOptions& options) {
  auto promise = std::make_shared<std::promise<Lease>>();
  std::future<Lease> future = promise->get_future();
  acquire(name, options, [promise](Lease lease, std::exception_ptr problem) {
    if (problem) {
      promise->set_exception(std::move(problem));
    } else {
      promise->set_value(std::move(lease));
    }
  });
  return future.get();
}

void ModelManager::reload(const std::string& name, const std::function<void(std::exception_ptr)>& on_done) {
  impl_->load(name, true, on_done);
}

void ModelManager::load_wanted(const std::function<void()>& on_done) {
  const std::vector<std::string> names = std::exchange(impl_->wanted, {});
  if (names.empty() && on_done) on_done();
  const auto left = std::make_shared<std::atomic<std::size_t>>(names.size());
  for (const std::string& name : names) {
    impl_->load(name, false, [left, on_done](const std::exception_ptr&) {
      if (--*left == 0 && on_done) on_done();
    });
  }
}

void ModelManager::preload(const std::vector<std::string>& names) {
  for (const std::string& name : names) impl_->load(name, false, {});
}

Unloading ModelManager::unload(const std::string& name) { return impl_->unload(name); }

void ModelManager::pin(const std::string& name, bool pinned) {
  impl_->pool->pin(impl_->resolve_file(name).path, pinned);
}

ManagerStatus ModelManager::status() const { return impl_->pool->status(); }
ModelLimits ModelManager::limits() const { return impl_->pool->limits(); }
void ModelManager::set_limits(const ModelLimits& limits) {
  impl_->check_limits(limits);
  impl_->pool->set_limits(impl_->filled_in(limits));
}
void ModelManager::check_limits(const ModelLimits& limits) const { impl_->check_limits(limits); }
void ModelManager::poke() { impl_->pool->poke(); }

void ModelManager::stop(std::chrono::milliseconds patience) { impl_->stop(patience); }

}  // namespace hearth
