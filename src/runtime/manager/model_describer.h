// What lists show of a model file: read once and kept for as long as the file is the same. Reads no weights.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "runtime/manager/offered_model.h"

namespace hearth {

class ModelDescriber {
 public:
  /// Fills in everything that the file says (from `format` on), `modified` and `digest`; `id`, `path`, `files` and what
  /// is known of `quantization` must be there. A broken file gets a problem. Thread-safe.
  void describe(OfferedModel& model);
  /// As inspect(), kept for a few models. Errors: as inspect().
  std::shared_ptr<const FileReport> report(const OfferedModel& model);
  /// Forgets the files that are not among these.
  void keep_only(const std::set<std::string>& paths);

 private:
  struct Entry {
    std::string files_state;
    OfferedModel told;
  };
  struct Report {
    std::string path, files_state;
    std::shared_ptr<const FileReport> report;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  ///< by path
  std::deque<Report> reports_;            ///< the latest last
};

/// "1.1B", "494.03M", "260K", as Ollama writes a number of parameters.
std::string parameter_text(std::uint64_t parameters);
/// What a chat template can do beyond "completion": "tools", "thinking".
std::vector<std::string> template_capabilities(const std::string& source);

}  // namespace hearth
