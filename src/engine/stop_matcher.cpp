#include "engine/stop_matcher.h"

#include <utility>

#include "base/unicode.h"

namespace hearth {

StopMatcher::StopMatcher(const std::vector<std::string>& stops) : matcher_(stops, "stop string") {}

StopMatcher::Step StopMatcher::push(std::string_view piece) {
  if (stopped_) return {"", true};
  held_ += piece;
  while (seen_ < held_.size()) {
    state_ = matcher_.step(state_, static_cast<unsigned char>(held_[seen_++]));
    if (const std::size_t length = matcher_.matched(state_); length > 0) {
      if (!match_ || seen_ - length < *match_) {
        match_ = seen_ - length;
        match_size_ = length;
      }
    }
    // A longer string that began before the match may still complete; once none can, the match is the first.
    if (match_ && *match_ <= seen_ - matcher_.pending(state_)) return {stop_at_match(), true};
  }

  // Neither the beginning of a stop string nor that of a character is certain yet.
  std::size_t certain = held_.size() - matcher_.pending(state_);
  certain -= incomplete_utf8_suffix(std::string_view(held_).substr(0, certain));
  Step step{held_.substr(0, certain), false};
  held_.erase(0, certain);
  seen_ -= certain;
  if (match_) *match_ -= certain;  // it begins later than what is certain, else it would have ended the text above
  return step;
}

std::string StopMatcher::finish() {
  if (stopped_) return "";
  if (match_) return stop_at_match();
  seen_ = 0;
  state_ = PatternMatcher::kStart;
  return std::exchange(held_, {});
}

std::string StopMatcher::stop_at_match() {
  stopped_ = true;
  std::string text = held_.substr(0, *match_);
  stop_ = held_.substr(*match_, match_size_);
  held_.clear();
  return text;
}

}  // namespace hearth
