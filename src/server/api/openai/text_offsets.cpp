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

std::size_t TextOffsets::add(std::string_view bytes, bool hidden) {
  const bool is_inside = !bytes.empty() && goes_on(bytes.front()) && characters_ > 0;
  const std::size_t offset = is_inside ? characters_ - 1 : characters_;
  if (in_prompt_) {
    find_in_prompt(bytes, hidden);
  } else if (!hidden) {
    characters_ += characters_in(bytes);
  }
  return offset;
}

void TextOffsets::find_in_prompt(std::string_view bytes, bool hidden) {
  const std::string_view rest = std::string_view(prompt_).substr(at_);
  if (rest.starts_with(bytes)) return go_to(at_ + bytes.size());
  if (hidden) return;
  // Tokenizers put a space before the first word, and behind control tokens, that is not in the prompt.
  if (bytes.starts_with(' ') && rest.starts_with(bytes.substr(1))) return go_to(at_ + bytes.size() - 1);
  // Some leave out or change characters: what comes behind them is found again a little further on.
  constexpr std::size_t kFurthest = 16;
  const std::size_t found = rest.substr(0, kFurthest + bytes.size()).find(bytes);
  if (found != std::string_view::npos) go_to(at_ + found + bytes.size());
}

void TextOffsets::go_to(std::size_t at) {
  characters_ += characters_in(std::string_view(prompt_).substr(at_, at - at_));
  at_ = at;
}

void TextOffsets::pass_prompt() {
  if (!std::exchange(in_prompt_, false)) return;
  characters_ = characters_in(prompt_);
}

}  // namespace hearth
