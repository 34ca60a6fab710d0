#include "server/api/conversations/conversations.h"

#include <utility>

#include "server/metrics/server_log.h"

namespace hearth {
namespace {

constexpr std::chrono::seconds kRetry{3};
constexpr std::chrono::hours kPurgeInterval{6};

}  // namespace

Conversations::Conversations(ApiContext& context, std::string database)
    : context_(context),
      database_(database.empty() ? ConversationStore::usual_path() : std::move(database)),
      answers_(context, [this] { return store(); }) {}

std::shared_ptr<ConversationStore> Conversations::store() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (store_ != nullptr) {
    if (now >= next_purge_) {
      next_purge_ = now + kPurgeInterval;
      store_->purge();
    }
    return store_;
  }
  if (problem_ != nullptr && now < next_try_) std::rethrow_exception(problem_);
  try {
    store_ = ConversationStore::open(database_);
    problem_ = nullptr;
    next_purge_ = now + kPurgeInterval;
  } catch (const StoreError& error) {
    problem_ = std::current_exception();
    next_try_ = Clock::now() + kRetry;
    context_.log.log(LogLevel::kWarning, "conversations cannot be kept", {{"problem", error.message()}});
    throw;
  }
  return store_;
}

}  // namespace hearth
