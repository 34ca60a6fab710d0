#include "server/api/responses/response_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "hearth/error.h"

namespace hearth {

std::size_t StoredResponse::bytes() const {
  constexpr std::size_t kAround = 512;  // of list, map and strings
  return id.size() + owner.size() + previous.size() + input.size() + response.size() + kAround;
}

void ResponseStore::put(StoredResponse response) {
  const std::size_t size = response.bytes();
  if (size > most_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (const auto old = by_id_.find(response.id); old != by_id_.end()) erase(old->second);
  while (!entries_.empty() && (entries_.size() >= most_ || bytes_ + size > most_bytes_))
    erase(std::prev(entries_.end()));
  entries_.push_front(std::make_shared<const StoredResponse>(std::move(response)));
  by_id_[entries_.front()->id] = entries_.begin();
  bytes_ += size;
}

std::shared_ptr<const StoredResponse> ResponseStore::find(const std::string& id, const std::string& owner) {
  const std::lock_guard lock(mutex_);
  return use(id, owner);
}

std::vector<std::shared_ptr<const StoredResponse>> ResponseStore::conversation(const std::string& id,
                                                                               const std::string& owner) {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const StoredResponse>> all;
  for (std::string next = id; !next.empty(); next = all.back()->previous) {
    std::shared_ptr<const StoredResponse> response = use(next, owner);
    if (response == nullptr) {
      throw Error(ErrorCode::kNotFound, next == id ? fmt::format("there is no response '{}' (any more)", id)
                                                   : fmt::format("the response '{}', with which '{}' goes on, is not "
                                                                 "kept any more",
                                                                 next, id));
    }
    all.push_back(std::move(response));
  }
  std::reverse(all.begin(), all.end());
  return all;
}

bool ResponseStore::remove(const std::string& id, const std::string& owner) {
  const std::lock_guard lock(mutex_);
  if (use(id, owner) == nullptr) return false;
  erase(by_id_.at(id));
  return true;
}

std::size_t ResponseStore::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::size_t ResponseStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::shared_ptr<const StoredResponse> ResponseStore::use(const std::string& id, const std::string& owner) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || (*found->second)->owner != owner) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return *found->second;
}

void ResponseStore::erase(Entries::iterator entry) {
  bytes_ -= (*entry)->bytes();
  by_id_.erase((*entry)->id);
  entries_.erase(entry);
}

}  // namespace hearth
