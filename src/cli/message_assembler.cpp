#include "cli/message_assembler.h"

#include <cstddef>
#include <string_view>
#include <utility>

namespace hearth::cli {
namespace {

constexpr std::string_view kFence = "\"\"\"";

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

std::optional<ChatInput> MessageAssembler::add(const std::string& line) {
  if (in_block_) return add_to_block(line);
  if (!continued_ && line.starts_with(kFence)) {
    in_block_ = true;
    const std::string first = line.substr(kFence.size());
    // What stands behind the opening fence is the first line of the block; nothing there is no line.
    return first.empty() ? std::nullopt : add_to_block(first);
  }
  if (line.ends_with('\\')) {
    text_ += line.substr(0, line.size() - 1) + "\n";
    continued_ = true;
    return std::nullopt;
  }
  text_ += line;
  if (is_blank(text_)) {
    reset();
    return std::nullopt;
  }
  return take(!continued_);
}

std::optional<ChatInput> MessageAssembler::add_to_block(const std::string& line) {
  const std::size_t fence = line.find(kFence);
  if (fence == std::string::npos) {
    text_ += line + "\n";
    return std::nullopt;
  }
  text_ += line.substr(0, fence);
  if (text_.ends_with('\n')) text_.pop_back();  // of the line before a closing fence that stands alone
  if (is_blank(text_)) {
    reset();
    return std::nullopt;
  }
  return take(/*may_be_command=*/false);
}

std::optional<ChatInput> MessageAssembler::finish() {
  if (text_.ends_with('\n')) text_.pop_back();
  if (is_blank(text_)) {
    reset();
    return std::nullopt;
  }
  return take(/*may_be_command=*/false);
}

ChatInput MessageAssembler::take(bool may_be_command) {
  ChatInput input{false, std::exchange(text_, {})};
  reset();
  if (may_be_command && input.text.starts_with("//")) {
    input.text.erase(0, 1);
  } else if (may_be_command && input.text.starts_with('/')) {
    input.is_command = true;
    input.text.erase(0, 1);
  }
  return input;
}

void MessageAssembler::reset() {
  text_.clear();
  in_block_ = false;
  continued_ = false;
}

}  // namespace hearth::cli
