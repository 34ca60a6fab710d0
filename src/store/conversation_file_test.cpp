#include "store/store_test_house.h"

namespace hearth {
namespace {

using hearth::testing::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ConversationFile : public hearth::testing::StoreHouse {
 protected:
  std::string problem_of(const std::string& text) {
    try {
      for (ExportedConversation& each : parse_exported_json(text))
        store().import("", std::move(each.conversation), std::move(each.messages));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.message();
    }
    return "";
  }
  static std::string document(const std::string& messages, const std::string& more = "") {
    return R"({"format":"hearth conversations 1","conversations":[{)" + more + R"("messages":[)" + messages + "]}]}";
  }
};

TEST_F(ConversationFile, ComesBackAsItWas) {
  Conversation made;
  made.title = "T";
  made.title_is_automatic = false;
  made.system = "s";
  made.tags = {"x"};
  made.parameters_json = R"({"seed":1})";
  const std::string id = store().create("", made).id;
  StoredMessage question = message("user", std::string("q\0", 2), "", "msg_q");
  question.attachments = {{"a", "text", 3}};
  StoredMessage answer = message("assistant", "a", "msg_q", "msg_a");
  answer.raw = "<think>t</think>a";
  answer.reasoning = "t";
  answer.facts = {1, 2, 3, 4.5, 6, 7};
  answer.state = MessageState::kFailed;
  answer.error_message = "e";
  answer.error_code = "c";
  store().add("", id, {question, answer, message("assistant", "b", "msg_q", "msg_b")});
  const std::string text = export_json({{store().find("", id), store().tree("", id)}});
  std::vector<ExportedConversation> all = parse_exported_json(text);
  ASSERT_THAT(all, SizeIs(1));
  const Conversation copy = store().import("anna", all[0].conversation, all[0].messages);
  EXPECT_EQ(copy.title, "T");
  EXPECT_EQ(copy.system, "s");
  EXPECT_THAT(copy.tags, ElementsAre("x"));
  EXPECT_EQ(copy.parameters_json, made.parameters_json);
  const auto tree = store().tree("anna", copy.id);
  ASSERT_THAT(tree, SizeIs(3));
  EXPECT_EQ(tree[0].content, question.content);
  EXPECT_EQ(tree[0].attachments[0].tokens, 3);
  EXPECT_EQ(tree[1].raw, answer.raw);
  EXPECT_EQ(tree[1].facts.tokens_per_second, 4.5);
  EXPECT_EQ(tree[1].error_code, "c");
  EXPECT_EQ(tree[2].parent_id, tree[0].id);
  EXPECT_EQ(copy.leaf_id, tree[1].id);  // as it was shown
}

TEST_F(ConversationFile, WhatIsWrongIsNamedAndNothingIsKept) {
  EXPECT_THAT(problem_of("[]"), HasSubstr("object"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("format"));
  EXPECT_THAT(problem_of(R"({"format":"hearth conversations 1"})"), HasSubstr("conversations"));
  EXPECT_THAT(problem_of(document(R"({"role":"user"})")), HasSubstr("conversations[0].messages[0]"));
  EXPECT_THAT(problem_of(document(R"({"role":"king","content":"x"})")), HasSubstr("role"));
  EXPECT_THAT(problem_of(document(R"({"role":"user","content":"x","parent_id":"later"})")), HasSubstr("parent_id"));
  EXPECT_THAT(problem_of(document(R"({"id":"a","role":"user","content":"x"},{"id":"a","role":"user","content":"y"})")),
              HasSubstr("twice"));
  EXPECT_THAT(problem_of(document(R"({"role":"user","content":"x"})", R"("leaf_id":"z",)")), HasSubstr("leaf_id"));
  EXPECT_THAT(problem_of(document(R"({"role":"user","content":"x","state":"asleep"})")), HasSubstr("state"));
  EXPECT_THAT(problem_of(document(R"({"role":"user","content":"x","finish_reason":"why"})")),
              HasSubstr("finish_reason"));
  EXPECT_THAT(problem_of(document("", R"("tags":[1],)")), HasSubstr("tags"));
  EXPECT_THAT(titles({}), ::testing::IsEmpty());
  EXPECT_EQ(problem_of(
                document(R"({"role":"assistant","content":"x","state":"running"})", R"("updated_ms":99999999999999,)")),
            "");
  const Conversation made = store().list("", {}).conversations.front();
  EXPECT_LT(made.updated_ms, 99999999999999);
  EXPECT_EQ(store().tree("", made.id)[0].state, MessageState::kCut);  // nobody writes it here
}

TEST_F(ConversationFile, MarkdownComesBackAlsoWithHeadingsInside) {
  Conversation conversation;
  conversation.title = "T";
  conversation.system = "## You\nare kind";
  std::vector<StoredMessage> path = {message("user", "# Title\n## You\n\\## Assistant\ntext"),
                                     message("assistant", "```\n## System\n```\n## Other")};
  path[1].model = "m:1b";
  const std::string text = export_markdown(conversation, path);
  const ExportedConversation back = parse_exported_markdown(text);
  EXPECT_EQ(back.conversation.title, "T");
  EXPECT_EQ(back.conversation.system, conversation.system);
  ASSERT_THAT(back.messages, SizeIs(2));
  EXPECT_EQ(back.messages[0].content, path[0].content);
  EXPECT_EQ(back.messages[1].content, path[1].content);
  EXPECT_EQ(back.messages[1].model, "m:1b");
  EXPECT_EQ(back.messages[1].parent_id, back.messages[0].id);
}

TEST_F(ConversationFile, MarkdownOfOthersIsRead) {
  const ExportedConversation read =
      parse_exported_markdown("# My chat\r\n\r\n## User\r\nHi\r\n\r\n## assistant\r\nHo\r\n");
  EXPECT_EQ(read.conversation.title, "My chat");
  ASSERT_THAT(read.messages, SizeIs(2));
  EXPECT_EQ(read.messages[0].content, "Hi");
  EXPECT_EQ(read.messages[1].role, "assistant");
  EXPECT_EQ(error_of([] { parse_exported_markdown("just text"); }), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace hearth
