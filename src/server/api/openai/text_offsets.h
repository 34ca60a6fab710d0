// Where each token of an answer begins in its text, in characters (code points): "text_offset" of completions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth {

class TextOffsets {
 public:
  TextOffsets() = default;
  /// The text begins with this prompt, whose tokens come first.
  explicit TextOffsets(std::string prompt);

  /// The offset of a token of these bytes behind those before it. One that goes on with a character has that
  /// character's. `hidden`: a control token, which only a prompt shows, and only where it is written out there. What a
  /// prompt's tokens have and its text has not (a BOS, a space in front, the suffix to fill in before) takes no place.
  std::size_t add(std::string_view bytes, bool hidden = false);
  /// What comes now stands behind the prompt. For once; what comes later changes nothing.
  void pass_prompt();

 private:
  /// Goes behind the token where it stands in the prompt.
  void find_in_prompt(std::string_view bytes, bool hidden);
  void go_to(std::size_t at);

  std::string prompt_;
  bool in_prompt_ = false;
  std::size_t at_ = 0;          ///< bytes of the prompt that its tokens have reached
  std::size_t characters_ = 0;  ///< that have begun
};

}  // namespace hearth
