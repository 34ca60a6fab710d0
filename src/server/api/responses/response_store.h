// Answers of the Responses API, kept in memory for as long as there is room: the least recently used ones go first.
// What is in here ends with the process.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hearth {

struct StoredResponse {
  std::string id;
  std::string owner;     ///< the name of the key that asked for it; empty without keys
  std::string previous;  ///< the id of the response that it goes on with, or empty
  std::string input;     ///< JSON: the array of its own input items
  std::string response;  ///< JSON: the response as it was answered

  std::size_t bytes() const;
};

/// Thread-safe. Who is not the owner of a response is told that it is not there.
class ResponseStore {
 public:
  // Enough for days of one person's conversations, and less than a small model takes.
  static constexpr std::size_t kMost = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  explicit ResponseStore(std::size_t most = kMost, std::size_t most_bytes = kMostBytes)
      : most_(most), most_bytes_(most_bytes) {}

  /// One that is larger than the whole store is not kept.
  void put(StoredResponse response);
  /// nullptr where it is not there (any more).
  std::shared_ptr<const StoredResponse> find(const std::string& id, const std::string& owner);
  /// The response and all that it goes on with, the oldest first. Errors: kNotFound naming the one that is missing.
  std::vector<std::shared_ptr<const StoredResponse>> conversation(const std::string& id, const std::string& owner);
  bool remove(const std::string& id, const std::string& owner);

  std::size_t count() const;
  std::size_t bytes() const;

 private:
  using Entries = std::list<std::shared_ptr<const StoredResponse>>;
  std::shared_ptr<const StoredResponse> use(const std::string& id, const std::string& owner);
  void erase(Entries::iterator entry);

  const std::size_t most_, most_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;  // the most recently used first
  std::unordered_map<std::string, Entries::iterator> by_id_;
  std::size_t bytes_ = 0;
};

}  // namespace hearth
