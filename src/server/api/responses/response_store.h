// Answers of the Responses API, kept in memory for as long as there is room, which their owners share fairly: of the
// owner who has the most the least recently used ones go first. What is in here ends with the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hearth {

/// How deep the JSON of a kept response may be: deeper than a body.
inline constexpr int kDeepestKept = 160;

struct StoredResponse {
  std::string id;
  std::string owner;               ///< the name of the key that asked for it; empty without keys
  std::string previous;            ///< the id of the response that it goes on with, or empty
  std::string input;               ///< JSON: the array of its own input items
  std::string response;            ///< JSON: the response as it was answered
  std::vector<std::string> items;  ///< the ids of what stands in its output

  std::size_t bytes() const;
};

/// Thread-safe. Who is not the owner of a response is told that it is not there. Among n owners, nobody who has at most
/// an n-th of the room loses anything because of what others keep.
class ResponseStore {
 public:
  // Enough for days of one person's conversations, and less than a small model takes.
  static constexpr std::size_t kMost = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  explicit ResponseStore(std::size_t most = kMost, std::size_t most_bytes = kMostBytes)
      : most_(most), most_bytes_(most_bytes) {}

  /// One that is larger than the whole store, or than what the others leave of it, is not kept.
  void put(StoredResponse response);
  /// nullptr where it is not there (any more).
  std::shared_ptr<const StoredResponse> find(const std::string& id, const std::string& owner);
  /// The one whose output has an item of this id; nullptr where there is none (any more).
  std::shared_ptr<const StoredResponse> find_with_item(const std::string& item, const std::string& owner);
  /// The response and all that it goes on with, the oldest first. Errors: kNotFound naming the one that is missing.
  std::vector<std::shared_ptr<const StoredResponse>> conversation(const std::string& id, const std::string& owner);
  bool remove(const std::string& id, const std::string& owner);

  std::size_t count() const;
  std::size_t bytes() const;

 private:
  struct Entry {
    std::shared_ptr<const StoredResponse> response;
    std::uint64_t used = 0;  ///< the number of its last use, counted over all owners
  };
  struct Share {
    std::list<Entry> entries;  // the most recently used first; never empty
    std::size_t bytes = 0;
  };
  using Shares = std::map<std::string, Share>;

  std::shared_ptr<const StoredResponse> use(const std::string& id, const std::string& owner);
  void erase(const std::string& id);
  /// Whose least recently used response goes when there are too many, or too many bytes.
  const Share& largest(bool by_bytes) const;

  const std::size_t most_, most_bytes_;
  mutable std::mutex mutex_;
  Shares by_owner_;
  std::unordered_map<std::string, std::list<Entry>::iterator> by_id_;
  std::unordered_map<std::string, std::string> id_by_item_;
  std::size_t bytes_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace hearth
