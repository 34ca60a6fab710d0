#include "engine/answer_writer.h"

#include <utility>

namespace hearth {

AnswerWriter::AnswerWriter(const Tokenizer& tokenizer, const std::vector<std::string>& stops, OnPiece on_piece)
    : detokenizer_(tokenizer), stop_matcher_(stops), on_piece_(std::move(on_piece)) {}

AnswerWriter::State AnswerWriter::push(TokenId id, std::optional<TokenLogprob> logprob) {
  const std::string bytes = detokenizer_.push(id);
  seen_ += bytes.size();
  if (logprob) {
    logprobs_.push_back(std::move(*logprob));
    ends_.push_back(seen_);
  }
  const StopMatcher::Step step = stop_matcher_.push(bytes);
  const bool wanted = send(step.text, step.stopped);
  if (step.stopped) return State::kStopped;
  return wanted ? State::kOpen : State::kCancelled;
}

bool AnswerWriter::finish() {
  std::string rest = stop_matcher_.push(detokenizer_.finish()).text;
  if (!stop_matcher_.stopped()) rest += stop_matcher_.finish();
  send(rest, true);
  return stop_matcher_.stopped();
}

bool AnswerWriter::send(std::string_view text, bool everything) {
  text_ += text;
  std::size_t end = sent_;
  while (end < ends_.size() && (everything || ends_[end] <= text_.size())) ++end;
  if (text.empty() && !(everything && end > sent_)) return true;
  const std::span<const TokenLogprob> logprobs = std::span(logprobs_).subspan(sent_, end - sent_);
  sent_ = end;
  return !on_piece_ || on_piece_({text, logprobs});
}

}  // namespace hearth
