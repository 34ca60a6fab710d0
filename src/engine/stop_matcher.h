// Ends an answer at a stop string. Gives out text as soon as it cannot be part of a stop string any more, and nothing
// after one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pattern_matcher.h"

namespace hearth {

/// The result does not depend on how the text is cut into pieces: everything before the first position at which one of
/// the strings begins. Linear in the text. Thread-safe: no.
class StopMatcher {
 public:
  /// Byte strings; none means that nothing stops. Errors: kInvalidArgument for an empty string.
  explicit StopMatcher(const std::vector<std::string>& stops);

  struct Step {
    std::string text;      ///< certain now; ends with a whole character where the pieces do
    bool stopped = false;  ///< a stop string begins right after all text given out; it stays so
  };
  Step push(std::string_view piece);
  /// The end of the text: what was held back. Call stopped() afterwards: a match that waited for a possibly earlier one
  /// (stop strings "bc" and "abcd", text "abc") is decided here.
  std::string finish();
  bool stopped() const { return stopped_; }
  /// The string that stopped it: the first to be complete of those that begin at the earliest place; "" before.
  const std::string& stop() const { return stop_; }

 private:
  std::string stop_at_match();

  PatternMatcher matcher_;
  PatternMatcher::State state_ = PatternMatcher::kStart;
  std::string held_;                  ///< text not given out yet
  std::size_t seen_ = 0;              ///< bytes of held_ that the matcher has read
  std::optional<std::size_t> match_;  ///< where in held_ the earliest stop string found so far begins
  std::size_t match_size_ = 0;
  std::string stop_;
  bool stopped_ = false;
};

}  // namespace hearth
