#include "server/api/ollama/shared_pulls.h"

#include <algorithm>
#include <utility>

namespace hearth {

bool SharedPull::watch(const std::shared_ptr<PullWatcher>& watcher) {
  const std::lock_guard lock(mutex_);
  // One that nobody wanted any more may have been stopped in the middle.
  if (is_done_ || cancelled_) return false;
  for (const json::object& line : told_) watcher->line(line, false);
  if (!progress_.empty()) watcher->line(progress_, true);
  watchers_.push_back(watcher);
  return true;
}

void SharedPull::leave(const PullWatcher* watcher) {
  const std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [&](const auto& one) { return one.get() == watcher; });
  if (watchers_.empty()) cancelled_ = true;
}

void SharedPull::tell(json::object line, bool is_progress) {
  const std::lock_guard lock(mutex_);
  for (const auto& watcher : watchers_) watcher->line(line, is_progress);
  if (is_progress) {
    progress_ = std::move(line);
  } else {
    progress_.clear();
    told_.push_back(std::move(line));
  }
}

void SharedPull::finish(const std::exception_ptr& problem) {
  std::vector<std::shared_ptr<PullWatcher>> watchers;
  {
    const std::lock_guard lock(mutex_);
    is_done_ = true;
    watchers = std::move(watchers_);
    watchers_.clear();
  }
  for (const auto& watcher : watchers) watcher->done(problem);
}

std::shared_ptr<SharedPull> SharedPulls::join(const std::string& name, const std::shared_ptr<PullWatcher>& watcher,
                                              const std::function<void(std::shared_ptr<SharedPull>)>& start) {
  const std::lock_guard lock(mutex_);
  if (const auto known = pulls_.find(name); known != pulls_.end() && known->second->watch(watcher))
    return known->second;
  const auto pull = std::make_shared<SharedPull>();
  pull->watch(watcher);
  start(pull);
  pulls_[name] = pull;
  return pull;
}

void SharedPulls::remove(const std::string& name, const SharedPull* pull) {
  const std::lock_guard lock(mutex_);
  const auto known = pulls_.find(name);
  if (known != pulls_.end() && known->second.get() == pull) pulls_.erase(known);
}

void SharedPulls::cancel_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, pull] : pulls_) pull->cancel();
}

}  // namespace hearth
