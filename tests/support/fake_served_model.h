// Models that load no weights, for tests of what holds and shares models: they count how many of them live, how often
// each path was loaded, and wait or fail as the test says.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hearth/error.h"
#include "runtime/serving/served_model.h"

namespace hearth::testing {

/// What the loader finds at a path.
struct FakeFile {
  std::uint64_t weights = 100;
  std::uint64_t kv = 10;               ///< of one sequence
  std::chrono::milliseconds delay{};   ///< of a load
  std::function<void()> on_load = {};  ///< may wait, or throw
};

class FakeModels {
 public:
  /// Thread-safe, as all below.
  void set(const std::string& path, FakeFile file) {
    const std::lock_guard lock(mutex_);
    files_[path] = std::move(file);
  }
  std::shared_ptr<ServedModel> load(const std::string& path, const ServingOptions& options);
  MemoryNeed need(const std::string& path) {
    const FakeFile file = at(path);
    return {file.weights, file.kv, 0};
  }
  int loads(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return loads_[path];
  }
  int all_loads() {
    const std::lock_guard lock(mutex_);
    int all = 0;
    for (const auto& [path, count] : loads_) all += count;
    return all;
  }
  std::vector<std::string> living() {
    const std::lock_guard lock(mutex_);
    return living_;
  }
  std::size_t count_living(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(living_.begin(), living_.end(), path));
  }
  std::uint64_t most_bytes() const { return most_bytes_; }  ///< that lived at once

 private:
  friend class FakeServedModel;
  FakeFile at(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return files_[path];
  }
  void add(const std::string& path, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    living_.push_back(path);
    bytes_ += bytes;
    if (bytes_ > most_bytes_) most_bytes_ = bytes_;
  }
  void remove(const std::string& path, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    living_.erase(std::find(living_.begin(), living_.end(), path));
    bytes_ -= bytes;
  }

  std::mutex mutex_;
  std::map<std::string, FakeFile> files_;
  std::map<std::string, int> loads_;
  std::vector<std::string> living_;
  std::uint64_t bytes_ = 0;
  std::atomic<std::uint64_t> most_bytes_{0};
};

class FakeServedModel : public ServedModel {
 public:
  FakeServedModel(FakeModels& house, const std::string& path, const FakeFile& file, const ServingOptions& options)
      : house_(house), path_(path), weights_(file.weights), kv_limit_(options.max_kv_bytes) {
    info_.path = path;
    house_.add(path_, weights_ + kv_limit_);
  }
  ~FakeServedModel() override { house_.remove(path_, weights_ + kv_limit_); }

  const ModelInfo& info() const override { return info_; }
  std::int64_t context() const override { return 64; }
  SamplingParams default_sampling() const override { return {}; }
  std::string token_text(TokenId) const override { return ""; }
  std::string token_bytes(TokenId) const override { return ""; }
  std::optional<TokenId> find_token(std::string_view) const override { return std::nullopt; }
  std::vector<TokenId> tokenize(std::string_view, bool, bool) const override { return {}; }
  std::string detokenize(std::span<const TokenId>, bool) const override { return ""; }
  std::string render_chat(const std::vector<ChatMessage>&, const ChatOptions&) const override { return ""; }
  std::vector<TokenId> prompt_tokens(const GenerateRequest&) const override { return {}; }
  std::vector<TokenId> embed_tokens(std::string_view, const EmbedOptions&) const override { return {}; }
  std::shared_ptr<Job> submit(Submission) override { return nullptr; }
  std::shared_ptr<Job> submit(EmbedSubmission) override { return nullptr; }
  ServingStats stats() const override {
    ServingStats stats;
    stats.weight_bytes = weights_;
    stats.kv_limit_bytes = kv_limit_;
    return stats;
  }
  void drop_caches() override {}
  void stop(std::chrono::milliseconds) override { is_stopped_ = true; }
  bool is_stopped() const { return is_stopped_; }

 private:
  FakeModels& house_;
  std::string path_;
  std::uint64_t weights_, kv_limit_;
  ModelInfo info_;
  std::atomic<bool> is_stopped_{false};
};

inline std::shared_ptr<ServedModel> FakeModels::load(const std::string& path, const ServingOptions& options) {
  const FakeFile file = at(path);
  {
    const std::lock_guard lock(mutex_);
    ++loads_[path];
  }
  if (file.delay.count() > 0) std::this_thread::sleep_for(file.delay);
  if (file.on_load) file.on_load();
  return std::make_shared<FakeServedModel>(*this, path, file, options);
}

/// Opened once; until then it holds whoever comes.
class Gate {
 public:
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

/// Whether it becomes true within ten seconds.
inline bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace hearth::testing
