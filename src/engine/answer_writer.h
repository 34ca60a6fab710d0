// From the tokens of an answer to its text in pieces, as they become certain, with the probabilities that belong to
// them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/answer_piece.h"
#include "engine/stop_matcher.h"
#include "text/tokenizer.h"

namespace hearth {

/// Return false to cancel.
using OnPiece = std::function<bool(const AnswerPiece&)>;

class AnswerWriter {
 public:
  /// Errors: as StopMatcher. `tokenizer` must outlive it.
  AnswerWriter(const Tokenizer& tokenizer, const std::vector<std::string>& stops, OnPiece on_piece);

  /// The answer goes on in the middle of a text that ends with this token.
  void begin_behind(TokenId id) { detokenizer_.push(id); }

  enum class State { kOpen, kStopped, kCancelled };
  /// Appends a token, with its probability where pieces shall have one. What on_piece throws passes through.
  State push(TokenId id, std::optional<TokenLogprob> logprob = {});
  /// The end of the text: gives out what was held back. Returns whether a stop string was decided there.
  bool finish();

  const std::string& text() const { return text_; }
  /// The stop string that ended it; empty where none did.
  const std::string& stop() const { return stop_matcher_.stop(); }
  std::vector<TokenLogprob>& logprobs() { return logprobs_; }

 private:
  bool send(std::string_view text, bool everything);

  StreamingDetokenizer detokenizer_;
  StopMatcher stop_matcher_;
  OnPiece on_piece_;
  std::string text_;
  std::size_t seen_ = 0;  ///< bytes that tokens have given, held back or not
  std::vector<TokenLogprob> logprobs_;
  std::vector<std::size_t> ends_;  ///< of each of them: `seen_` behind its token
  std::size_t sent_ = 0;           ///< how many of them pieces have had
};

}  // namespace hearth
