#include "server/api/responses/response_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "hearth/error.h"

namespace hearth {

std::size_t StoredResponse::bytes() const {
  constexpr std::size_t kAround = 512;  // of list, map and strings
  std::size_t of_items = 0;
  for (const std::string& item : items) of_items += 2 * item.size() + id.size() + kAround / 4;  // here and in the index
  return id.size() + owner.size() + previous.size() + input.size() + response.size() + of_items + kAround;
}

void ResponseStore::put(StoredResponse response) {
  const std::size_t size = response.bytes();
  if (size > most_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (by_id_.contains(response.id)) erase(response.id);
  Share& share = by_owner_[response.owner];
  share.entries.push_front({std::make_shared<const StoredResponse>(std::move(response)), ++uses_});
  const StoredResponse& stored = *share.entries.front().response;
  by_id_[stored.id] = share.entries.begin();
  for (const std::string& item : stored.items) id_by_item_[item] = stored.id;
  share.bytes += size;
  bytes_ += size;
  while (by_id_.size() > most_ || bytes_ > most_bytes_)
    erase(largest(by_id_.size() <= most_).entries.back().response->id);
}

std::shared_ptr<const StoredResponse> ResponseStore::find(const std::string& id, const std::string& owner) {
  const std::lock_guard lock(mutex_);
  return use(id, owner);
}

std::shared_ptr<const StoredResponse> ResponseStore::find_with_item(const std::string& item, const std::string& owner) {
  const std::lock_guard lock(mutex_);
  const auto found = id_by_item_.find(item);
  return found == id_by_item_.end() ? nullptr : use(found->second, owner);
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
  erase(id);
  return true;
}

std::size_t ResponseStore::count() const {
  const std::lock_guard lock(mutex_);
  return by_id_.size();
}

std::size_t ResponseStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::shared_ptr<const StoredResponse> ResponseStore::use(const std::string& id, const std::string& owner) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->response->owner != owner) return nullptr;
  Share& share = by_owner_.at(owner);
  share.entries.splice(share.entries.begin(), share.entries, found->second);
  found->second->used = ++uses_;
  return found->second->response;
}

void ResponseStore::erase(const std::string& id) {
  const auto found = by_id_.find(id);
  // `id` may be a part of what goes here.
  const std::shared_ptr<const StoredResponse> response = found->second->response;
  const auto share = by_owner_.find(response->owner);
  share->second.bytes -= response->bytes();
  bytes_ -= response->bytes();
  for (const std::string& item : response->items) id_by_item_.erase(item);
  share->second.entries.erase(found->second);
  by_id_.erase(found);
  if (share->second.entries.empty()) by_owner_.erase(share);
}

const ResponseStore::Share& ResponseStore::largest(bool by_bytes) const {
  const auto size = [&](const Share& share) { return by_bytes ? share.bytes : share.entries.size(); };
  // Of two that have the same, the one whose oldest was not used for longer: else a newcomer would never get in.
  const auto is_smaller = [&](const Shares::value_type& a, const Shares::value_type& b) {
    const Share &one = a.second, &other = b.second;
    return size(one) != size(other) ? size(one) < size(other) : one.entries.back().used > other.entries.back().used;
  };
  return std::max_element(by_owner_.begin(), by_owner_.end(), is_smaller)->second;
}

}  // namespace hearth
