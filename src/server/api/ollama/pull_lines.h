// What a pull does, as the lines of Ollama's API: for each file its digest, its size and how much is there.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/json.h"
#include "hearth/hub.h"

namespace hearth {

/// One thread at a time.
class PullLines {
 public:
  /// `plan` must outlive it.
  PullLines(const PullPlan& plan, std::function<void(json::object line, bool is_progress)> tell)
      : plan_(plan), tell_(std::move(tell)) {}

  /// At most ten lines a second.
  void progress(const PullProgress& progress);
  /// All files are there.
  void finish();

 private:
  json::object line(std::size_t file, std::uint64_t completed) const;
  void complete_before(std::size_t file);

  const PullPlan& plan_;
  std::function<void(json::object line, bool is_progress)> tell_;
  std::size_t at_ = 0;        ///< files that are complete
  std::uint64_t before_ = 0;  ///< bytes of those
  std::chrono::steady_clock::time_point told_;
};

}  // namespace hearth
