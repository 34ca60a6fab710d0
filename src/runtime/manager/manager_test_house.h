// A folder of models that are none, and a manager of them with a clock of its own: what the manager's tests share.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/manager/model_manager.h"
#include "support/fake_served_model.h"
#include "support/fixtures.h"

namespace hearth {

using hearth::testing::eventually;
using hearth::testing::FakeFile;
using hearth::testing::Gate;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

class ManagerHouse : public ::testing::Test {
 protected:
  /// A file NAME.gguf that loads as `file` says.
  std::string add(const std::string& name, FakeFile file = {}) {
    std::string path = (folder_.path() / "models" / (name + ".gguf")).string();
    touch(path, name);
    fakes_.set(path, std::move(file));
    return path;
  }
  /// Other bytes, as a download would put them there.
  void touch(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path + ".new") << content;
    std::filesystem::rename(path + ".new", path);
  }
  void start(std::uint64_t memory = 1000, std::int64_t max_loaded = 0, KeepAlive keep_alive = kUsualKeepAlive) {
    ModelManagerOptions options;
    options.models_dir = (folder_.path() / "models").string();
    options.overlay_folder = (folder_.path() / "overlays").string();
    options.limits = {memory, max_loaded, keep_alive};
    options.preload = preload_;
    options.serving.max_running = 1;  // one sequence's KV cache each
    options.serving.max_queue = max_queue_;
    options.loader = [this](const std::string& path, const ServingOptions& serving) {
      return fakes_.load(path, serving);
    };
    options.estimate = [this](const std::string& path, const ModelOptions&) { return fakes_.need(path); };
    options.now = [this] { return steady_clock::time_point(seconds(1'000'000)) + milliseconds(clock_.load()); };
    options.on_event = [this](const ModelEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    };
    manager_ = std::make_unique<ModelManager>(std::move(options));
    manager_->load_wanted([this] { ++wanted_ends_; });
  }
  void advance(milliseconds time) {
    clock_ += time.count();
    manager_->poke();
  }
  steady_clock::time_point in(milliseconds time) const {
    return steady_clock::time_point(seconds(1'000'000)) + milliseconds(clock_.load()) + time;
  }
  /// "loaded tiny", in order.
  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> texts;
    for (const ModelEvent& event : events_) {
      texts.push_back(std::string(model_event_name(event.kind)) + " " + event.name +
                      (event.reason.empty() ? "" : " " + event.reason));
    }
    return texts;
  }
  bool happens(const std::string& event) {
    return eventually([&] {
      const auto all = events();
      return std::find(all.begin(), all.end(), event) != all.end();
    });
  }

  struct Waiting {
    std::shared_ptr<Acquisition> acquisition;
    std::future<Lease> lease;
    bool is_ready() const { return lease.wait_for(seconds(0)) == std::future_status::ready; }
  };
  Waiting acquire(const std::string& name, const AcquireOptions& options = {}) {
    auto promise = std::make_shared<std::promise<Lease>>();
    Waiting waiting;
    waiting.lease = promise->get_future();
    waiting.acquisition = manager_->acquire(name, options, [promise](Lease lease, std::exception_ptr problem) {
      if (problem) {
        promise->set_exception(std::move(problem));
      } else {
        promise->set_value(std::move(lease));
      }
    });
    return waiting;
  }
  /// The code of what it fails with, and the message; "" where it does not fail.
  static std::string problem(std::future<Lease> lease) {
    try {
      lease.get();
    } catch (const Error& error) {
      return std::string(error_code_name(error.code())) + ": " + error.message();
    } catch (const std::exception& error) {
      return std::string("other: ") + error.what();
    }
    return "";
  }
  std::string problem(const std::string& name, const AcquireOptions& options = {}) {
    return problem(acquire(name, options).lease);
  }

  hearth::testing::TemporaryFolder folder_;
  hearth::testing::FakeModels fakes_;
  std::atomic<std::int64_t> clock_{0};
  std::vector<std::string> preload_;
  std::int64_t max_queue_ = 512;
  std::atomic<int> wanted_ends_{0};  ///< how often it was told that what is preloaded is there
  std::mutex mutex_;
  std::vector<ModelEvent> events_;
  std::unique_ptr<ModelManager> manager_;  ///< last: it goes first
};

}  // namespace hearth
