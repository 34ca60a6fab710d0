#include "server/api/responses/fit_conversation.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace hearth {
namespace {

/// Where each turn begins; the end of the system messages is the first entry.
std::vector<std::size_t> turn_starts(const std::vector<ChatMessage>& messages) {
  std::size_t first = 0;
  while (first < messages.size() && messages[first].role == "system") ++first;
  std::vector<std::size_t> starts = {first};
  for (std::size_t i = first + 1; i < messages.size(); ++i) {
    if (messages[i].role == "user") starts.push_back(i);
  }
  return starts;
}

ChatCall without(const ChatCall& call, std::size_t from, std::size_t to) {
  ChatCall shorter = call;
  auto& messages = shorter.request.messages;
  messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(from),
                 messages.begin() + static_cast<std::ptrdiff_t>(to));
  return shorter;
}

}  // namespace

ReadyChat fit_conversation(const Lease& lease, const ChatCall& call) {
  const std::int64_t context = lease->context(), quarter = context / 4;
  const std::int64_t answer = call.request.max_tokens < 0 ? quarter : std::min(call.request.max_tokens, context - 1);
  const auto fits = [&](const ReadyChat& ready) {
    try {
      return static_cast<std::int64_t>(lease->fitting_prompt_tokens(ready.request).size()) <=
             context - std::max<std::int64_t>(answer, 1);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kContextLimit) throw;
      return false;
    }
  };
  ReadyChat ready = ready_chat(lease, call);
  const std::vector<std::size_t> starts = turn_starts(call.request.messages);
  if (starts.size() == 1 || fits(ready)) return ready;
  // The fewest turns to leave out: what is left gets shorter with each, so halving finds it.
  std::size_t low = 1, high = starts.size() - 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (fits(ready_chat(lease, without(call, starts[0], starts[middle])))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return ready_chat(lease, without(call, starts[0], starts[low]));
}

}  // namespace hearth
