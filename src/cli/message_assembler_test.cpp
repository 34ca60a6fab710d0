#include "cli/message_assembler.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth::cli {
namespace {

/// What the lines become, "/" in front of a command; an unfinished one is finished at the end.
std::vector<std::string> assembled(const std::vector<std::string>& lines) {
  MessageAssembler assembler;
  std::vector<std::string> result;
  const auto keep = [&](const std::optional<ChatInput>& input) {
    if (input) result.push_back((input->is_command ? "/" : "") + input->text);
  };
  for (const std::string& line : lines) keep(assembler.add(line));
  keep(assembler.finish());
  EXPECT_FALSE(assembler.is_pending());
  return result;
}

using Messages = std::vector<std::string>;

TEST(MessageAssembler, ALineIsAMessage) {
  EXPECT_EQ(assembled({"one", "  two ", "", " \t", "three"}), (Messages{"one", "  two ", "three"}));
}

TEST(MessageAssembler, Commands) {
  MessageAssembler assembler;
  const auto command = assembler.add("/set top_k 1");
  ASSERT_TRUE(command);
  EXPECT_TRUE(command->is_command);
  EXPECT_EQ(command->text, "set top_k 1");
  const auto message = assembler.add("//etc/passwd");
  EXPECT_FALSE(message->is_command);
  EXPECT_EQ(message->text, "/etc/passwd");
  EXPECT_FALSE(assembler.add(" /not")->is_command);
}

TEST(MessageAssembler, ABackslashGoesOn) {
  EXPECT_EQ(assembled({"one\\", "two\\", "three", "four"}), (Messages{"one\ntwo\nthree", "four"}));
  EXPECT_EQ(assembled({"open\\"}), (Messages{"open"}));
  MessageAssembler assembler;
  assembler.add("text\\");
  EXPECT_FALSE(assembler.add("/help")->is_command);
}

TEST(MessageAssembler, Blocks) {
  EXPECT_EQ(assembled({"\"\"\"", "a", "", "/b\\", "\"\"\"", "c"}), (Messages{"a\n\n/b\\", "c"}));
  EXPECT_EQ(assembled({"\"\"\"one line\"\"\""}), (Messages{"one line"}));
  EXPECT_EQ(assembled({"\"\"\"first", "last\"\"\""}), (Messages{"first\nlast"}));
  EXPECT_EQ(assembled({"\"\"\"/help\"\"\""}), (Messages{"/help"}));
  EXPECT_EQ(assembled({"\"\"\"", "never closed"}), (Messages{"never closed"}));
  EXPECT_EQ(assembled({"\"\"\"", "\"\"\"", "x"}), (Messages{"x"}));
}

TEST(MessageAssembler, ABlockIsTextAndNoCommand) {
  MessageAssembler assembler;
  EXPECT_FALSE(assembler.add("\"\"\"/quit\"\"\"")->is_command);
}

}  // namespace
}  // namespace hearth::cli
