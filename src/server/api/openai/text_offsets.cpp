#include "server/api/openai/text_offsets.h"

#include <algorithm>
#include <utility>

namespace hearth {
namespace {

bool goes_on(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return !goes_on(byte); }));
}

}  // namespace

TextOffsets::TextOffsets(std::string prompt) : prompt_(std::move(prompt)), in_prompt_(true) {}

std::size_t TextOffsets::add(std::string_view bytes) {
  // Tokenizers put a space before the first word that is not in the prompt.
  if (in_prompt_ && at_ == 0 && bytes.starts_with(' ') && !prompt_.starts_with(' ')) bytes.remove_prefix(1);
  const bool is_inside = !bytes.empty() && goes_on(bytes.front()) && characters_ > 0;
  const std::size_t offset = is_inside ? characters_ - 1 : characters_;
  if (in_prompt_) {
    at_ = std::min(at_ + bytes.size(), prompt_.size());
    characters_ = characters_in(std::string_view(prompt_).substr(0, at_));
  } else {
    characters_ += characters_in(bytes);
  }
  return offset;
}

void TextOffsets::pass_prompt() {
  if (!std::exchange(in_prompt_, false)) return;
  characters_ = characters_in(prompt_);
}

}  // namespace hearth
