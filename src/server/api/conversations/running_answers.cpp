#include "server/api/conversations/running_answers.h"

#include <utility>

#include "server/metrics/server_log.h"

namespace hearth {
namespace {

constexpr std::chrono::seconds kInterval{1};
/// Ended answers that wait for a disk with room; beyond, they are lost, as the log says.
constexpr std::size_t kMostUnstored = 64;
/// For answers that were cancelled: one step of their model, or of a load that cannot be interrupted.
constexpr std::chrono::seconds kLastWait{10};

}  // namespace

RunningAnswers::RunningAnswers(ApiContext& context, std::function<std::shared_ptr<ConversationStore>()> store)
    : context_(context), store_(std::move(store)) {}

RunningAnswers::~RunningAnswers() { stop(std::chrono::milliseconds(0)); }

void RunningAnswers::start(const std::string& model, AnswerCall call) {
  auto answer = std::make_shared<RunningAnswer>(context_, std::move(call), [this] {
    const std::lock_guard lock(mutex_);
    is_due_ = true;
    changed_.notify_all();
  });
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) throw HttpError(ErrorCode::kBusy, "the server is stopping", {503, "", "", "", 1});
    if (!keeper_.joinable()) keeper_ = std::thread([this] { keep(); });
    answers_[answer->id()] = answer;
  }
  answer->run(model);
}

std::shared_ptr<RunningAnswer> RunningAnswers::find(const std::string& message_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(message_id);
  return found == answers_.end() ? nullptr : found->second;
}

void RunningAnswers::refresh(StoredMessage& message) const {
  if (message.state != MessageState::kRunning) return;
  const auto answer = find(message.id);
  if (answer == nullptr) return;
  std::vector<std::string> siblings = std::move(message.siblings);
  message = answer->snapshot();
  message.siblings = std::move(siblings);
}

RunningAnswers::Answers RunningAnswers::all() const {
  const std::lock_guard lock(mutex_);
  Answers answers;
  for (const auto& [id, answer] : answers_) answers.push_back(answer);
  return answers;
}

RunningAnswers::Answers RunningAnswers::of(const std::string& conversation_id) const {
  Answers answers = all();
  std::erase_if(answers, [&](const auto& answer) { return answer->conversation_id() != conversation_id; });
  return answers;
}

void RunningAnswers::keep() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // Without answers there is nothing to do but to wait for the next one; with what could not be stored there is.
      const bool rests = answers_.empty() && unstored_.empty();
      const auto wakes = [this] { return is_due_ || is_over_; };
      if (rests) {
        changed_.wait(lock, [&] { return wakes() || !answers_.empty(); });
      }
      changed_.wait_for(lock, kInterval, wakes);
      is_due_ = false;
      if (is_over_ && answers_.empty()) return;
    }
    const Answers answers = all();
    store_texts(answers);
    for (const auto& answer : answers) answer->keep_open();
  }
}

void RunningAnswers::store_texts(const Answers& answers) {
  std::vector<AnswerUpdate> updates;
  Answers ended;
  for (const auto& answer : answers) {
    // In this order: what ends in between is stored whole the next time.
    if (answer->has_ended()) ended.push_back(answer);
    if (auto update = answer->take_update()) updates.push_back(std::move(*update));
  }
  for (auto& [id, update] : unstored_) updates.push_back(update);
  std::string problem;
  if (!updates.empty()) {
    try {
      store_()->update_answers(updates);
      unstored_.clear();
    } catch (const std::exception& error) {
      problem = error.what();
      context_.log.log(LogLevel::kWarning, "answers cannot be stored", {{"problem", problem}});
      // Those that run have more to store the next time in any case.
      for (AnswerUpdate& update : updates) {
        if (update.state == MessageState::kRunning) continue;
        if (unstored_.size() >= kMostUnstored) unstored_.erase(unstored_.begin());
        const std::string id = update.message_id;
        unstored_[id] = std::move(update);
      }
    }
  }
  for (const auto& answer : ended) finish(answer, problem);
}

void RunningAnswers::finish(const std::shared_ptr<RunningAnswer>& answer, const std::string& problem) {
  answer->tell(problem);
  const std::lock_guard lock(mutex_);
  // Somebody may have gone on with it since it was stored: then another one has its place.
  const auto found = answers_.find(answer->id());
  if (found != answers_.end() && found->second == answer) answers_.erase(found);
  changed_.notify_all();
}

void RunningAnswers::stop(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock(mutex_);
    is_stopping_ = true;
    changed_.wait_for(lock, patience, [this] { return answers_.empty(); });
  }
  for (const auto& answer : all()) answer->cut();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLastWait, [this] { return answers_.empty(); });
  }
  // One whose model does not let go is stored with what it has; the next start calls it cut.
  std::thread keeper;
  {
    const std::lock_guard lock(mutex_);
    keeper.swap(keeper_);
    if (keeper.joinable()) answers_.clear();
    is_over_ = true;
    changed_.notify_all();
  }
  if (keeper.joinable()) keeper.join();
}

}  // namespace hearth
