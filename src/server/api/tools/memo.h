// What was worked out for a text before, for the texts used last. Any thread may ask.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <utility>

namespace hearth {

template <typename Value>
class Memo {
 public:
  explicit Memo(std::size_t most) : most_(most) {}

  /// The value of `key`, made by `make()` where it is not known; two threads may both make it. What `make` throws
  /// passes through, and nothing is kept.
  template <typename Make>
  Value get(const std::string& key, const Make& make) {
    if (key.size() > kLongestKey) return make();
    {
      const std::lock_guard lock(mutex_);
      for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
        if (kept->first != key) continue;
        kept_.splice(kept_.begin(), kept_, kept);
        return kept->second;
      }
    }
    Value value = make();
    const std::lock_guard lock(mutex_);
    kept_.emplace_front(key, value);
    if (kept_.size() > most_) kept_.pop_back();
    return value;
  }

 private:
  static constexpr std::size_t kLongestKey = std::size_t{1} << 18U;  // bounds what hostile requests can make it hold

  std::mutex mutex_;
  std::size_t most_;
  std::list<std::pair<std::string, Value>> kept_;  // the one used last stands first
};

}  // namespace hearth
