#include <gtest/gtest.h>

#include "hearth/conversations.h"

namespace hearth {
namespace {

TEST(MessageText, PutsAttachmentsBeforeTheText) {
  StoredMessage message;
  message.content = "Why?";
  EXPECT_EQ(message_text(message), "Why?");
  message.attachments = {{"src/main.cpp", "int x;\n", {}}, {"notes", "a", {}}};
  EXPECT_EQ(message_text(message), "src/main.cpp\n```cpp\nint x;\n```\n\nnotes\n```\na\n```\n\nWhy?");
}

TEST(MessageText, NoAttachmentEndsItsFence) {
  StoredMessage message;
  message.attachments = {{"a.md", "```js\n1\n```\n`````", {}}};
  EXPECT_EQ(message_text(message), "a.md\n``````md\n```js\n1\n```\n`````\n``````\n\n");
}

TEST(MessageText, NamesStayOnOneLine) {
  StoredMessage message;
  message.attachments = {{"a\n# b.x y", "t", {}}};
  EXPECT_EQ(message_text(message), "a # b.x y\n```\nt\n```\n\n");
}

}  // namespace
}  // namespace hearth
