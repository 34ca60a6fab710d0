// The cache in Hugging Face's own layout, which other programs share: models--owner--repo/{blobs,snapshots,refs}, and
// .locks beside them (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/stores/stored_model.h"

namespace hearth {

class HfCache {
 public:
  explicit HfCache(std::filesystem::path root) : root_(std::move(root)) {}
  const std::filesystem::path& root() const { return root_; }

  /// `repository`, `commit` and `id` must be sound (hub/model_name.h): they become parts of paths.
  std::filesystem::path folder(const std::string& repository) const;
  std::filesystem::path blob(const std::string& repository, const std::string& id) const;
  std::filesystem::path lock(const std::string& repository, const std::string& id) const;
  std::filesystem::path snapshot(const std::string& repository, const std::string& commit) const;

  /// What a branch, tag or commit is here; empty where it is not.
  std::optional<std::string> commit_of(const std::string& repository, const std::string& revision) const;
  void set_commit(const std::string& repository, const std::string& revision, const std::string& commit) const;

  /// Puts `file` of a snapshot in place: a relative link to the blob, or where the file system has no links the blob
  /// itself. Errors: kIo.
  void link(const std::string& repository, const std::string& commit, const std::string& file,
            const std::string& id) const;

  std::vector<std::string> repositories() const;
  /// Models of all snapshots that a branch or tag names (or, where none does, of all), each once. Links that lead out
  /// of the repository's folder are not followed.
  std::vector<StoredModel> models() const;
  std::vector<StoredModel> models_of(const std::string& repository) const;

  struct Removal {
    std::uint64_t bytes = 0;
    std::vector<std::filesystem::path> paths;
  };
  /// Removes files of a snapshot, the blobs that nothing else refers to, and what is empty then. Errors: kIo.
  Removal remove(const StoredModel& model) const;

 private:
  std::vector<StoredModel> models_of_snapshot(const std::string& repository, const std::string& commit) const;
  bool is_referenced(const std::string& repository, const std::filesystem::path& blob) const;
  std::filesystem::path root_;
};

}  // namespace hearth
