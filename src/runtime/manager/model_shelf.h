// Which models are offered and what names mean them: the files, not the loaded ones. Nothing that is not listed here
// can be opened by a request.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/manager/model_manager.h"

namespace hearth {

/// A model as it was found; `id`, `other_names`, `path`, `files`, `store`, `bytes` and `quantization` are filled in.
using ShelfModel = OfferedModel;

class ModelShelf {
 public:
  /// Errors: kNotFound for names and folders that are not there; kInvalidArgument where two would have one id.
  explicit ModelShelf(const ModelManagerOptions& options);

  /// Sorted by id. Looks at the disk unless it did within the last second. What has a name that no request can say
  /// (no UTF-8, control characters) is left out.
  std::shared_ptr<const std::vector<ShelfModel>> models();
  /// By any of its names. A name that is known costs no look at the disk; the disk may have changed since. For another
  /// the folder is looked at again where a file has come or gone, else ten times a second at most.
  std::optional<ShelfModel> find(const std::string& name);
  /// Without any look at the disk: nothing where the name was not met before.
  std::optional<ShelfModel> find_known(const std::string& name);
  /// The id that an operator means, who may say it by its path. Errors: kNotFound where that is not offered.
  std::string id_for_operator(const std::string& name);
  /// Errors: kNotFound, with near names, for a name that find() did not find.
  [[noreturn]] void fail_not_found(const std::string& name);
  void refresh();
  /// Told what is offered whenever the disk was looked at, one look after the other. To be set before any other thread
  /// comes here; it must not come back here.
  void on_look(std::function<void(const std::vector<ShelfModel>&)> callback) { on_look_ = std::move(callback); }

 private:
  struct Snapshot {
    std::vector<ShelfModel> models;
    std::map<std::string, std::size_t> by_name;  ///< in small letters: ids, other names, and stems that are unique
    std::chrono::steady_clock::time_point begun, taken;      ///< of the look at the disk: its begin and its end
    std::optional<std::filesystem::file_time_type> changed;  ///< when the folder last had, before that look
  };
  std::vector<ShelfModel> scan();
  void leave_out_unsound(std::vector<ShelfModel>& models);
  std::vector<ShelfModel> scan_names() const;
  std::shared_ptr<const Snapshot> snapshot() const;
  std::shared_ptr<const Snapshot> fresh(std::chrono::milliseconds age);
  /// For a name that is not known: a file may have come since the last look.
  std::shared_ptr<const Snapshot> fresh_for_new_name();
  std::optional<std::filesystem::file_time_type> folder_changed() const;
  std::optional<ShelfModel> look_up(const Snapshot& snapshot, const std::string& name) const;
  std::optional<ShelfModel> find_by_library(const Snapshot& snapshot, const std::string& name) const;

  const std::vector<std::string> names_;
  const std::string folder_;
  const bool allow_paths_;
  const std::function<void(const std::string&)> on_problem_;
  std::function<void(const std::vector<ShelfModel>&)> on_look_;
  std::mutex scan_mutex_;           ///< one looks at the disk at a time
  std::set<std::string> left_out_;  ///< paths of which on_problem_ knows; whoever holds scan_mutex_
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<std::string, std::optional<ShelfModel>> found_;  ///< by what the library made of it; of this snapshot
};

}  // namespace hearth
