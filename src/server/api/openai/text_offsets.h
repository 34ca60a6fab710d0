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

  /// The offset of a token that adds `bytes` (none: a control token) behind those before it. One that goes on with a
  /// character has that character's.
  std::size_t add(std::string_view bytes);
  /// What comes now stands behind the prompt. For once; what comes later changes nothing.
  void pass_prompt();

 private:
  std::string prompt_;
  bool in_prompt_ = false;
  std::size_t at_ = 0;          ///< bytes of the prompt that its tokens have added
  std::size_t characters_ = 0;  ///< that have begun
};

}  // namespace hearth
