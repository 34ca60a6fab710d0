#include "store/store_test_house.h"

namespace hearth {
namespace {

using hearth::testing::error_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreMessages : public hearth::testing::StoreHouse {
 protected:
  StoreMessages() : id_(conversation("c").id) {}
  std::string say(const std::string& role, const std::string& content, const std::string& parent = {}) {
    return add(id_, role, content, parent).id;
  }
  void show(const std::string& message) {
    ConversationChanges changes;
    changes.leaf_id = message;
    store().change("", id_, changes);
  }
  std::string id_;
};

TEST_F(StoreMessages, KeepEveryField) {
  StoredMessage answer = message("assistant", "Four.", say("user", "2+2?"));
  answer.reasoning = "Two and two.";
  answer.raw = "<think>Two and two.</think>Four.";
  answer.model = "m";
  answer.parameters_json = R"({"top_k":3})";
  answer.finish_reason = "length";
  answer.state = MessageState::kFailed;
  answer.error_message = "too long";
  answer.error_code = "context_length_exceeded";
  answer.facts = {7, 3, 5, 12.5, 40, 4096};
  const std::string made = store().add("", id_, {answer}).front().id;
  reopen();
  const StoredMessage found = store().message("", id_, made);
  EXPECT_EQ(found.content, answer.content);
  EXPECT_EQ(found.reasoning, answer.reasoning);
  EXPECT_EQ(found.raw, answer.raw);
  EXPECT_EQ(found.written(), answer.raw);
  EXPECT_EQ(found.model, "m");
  EXPECT_EQ(found.parameters_json, answer.parameters_json);
  EXPECT_EQ(found.finish_reason, "length");
  EXPECT_EQ(found.state, MessageState::kFailed);
  EXPECT_EQ(found.error_message, "too long");
  EXPECT_EQ(found.error_code, "context_length_exceeded");
  EXPECT_EQ(found.facts.prompt_tokens, 7);
  EXPECT_EQ(found.facts.cached_tokens, 3);
  EXPECT_EQ(found.facts.completion_tokens, 5);
  EXPECT_EQ(found.facts.tokens_per_second, 12.5);
  EXPECT_EQ(found.facts.time_to_first_token_ms, 40);
  EXPECT_EQ(found.facts.context_length, 4096);
  EXPECT_THAT(found.siblings, ElementsAre(made));
  EXPECT_EQ(store().find("", id_).message_count, 2);
}

TEST_F(StoreMessages, TextsAreKeptWhole) {
  const std::string nul("a\0b\0", 4);
  std::string large(std::size_t{10} << 20, 'x');
  large += "the end";
  StoredMessage made = message("user", nul);
  made.attachments = {{"a.txt", nul, 5}, {"b.txt", large, std::nullopt}};
  const std::string with_nul = store().add("", id_, {made}).front().id;
  const std::string long_one = say("assistant", large, with_nul);
  reopen();
  const StoredMessage found = store().message("", id_, with_nul);
  EXPECT_EQ(found.content, nul);
  ASSERT_THAT(found.attachments, SizeIs(2));
  EXPECT_EQ(found.attachments[0].text, nul);
  EXPECT_EQ(found.attachments[0].tokens, 5);
  EXPECT_TRUE(found.attachments[1].text == large);
  EXPECT_EQ(found.attachments[1].tokens, std::nullopt);
  EXPECT_TRUE(store().message("", id_, long_one).content == large);
  const std::string too_long((std::size_t{16} << 20) + 1, 'x');
  EXPECT_EQ(error_of([&] { say("user", too_long); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([&] { say("user", "\xc3("); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([&] { say("king", "x"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store().find("", id_).message_count, 2);
}

TEST_F(StoreMessages, AlternativesAreSwitchedByTheLeaf) {
  const std::string q1 = say("user", "q1");
  const std::string a1 = say("assistant", "a1", q1);
  const std::string q2 = say("user", "q2", a1);
  const std::string a2 = say("assistant", "a2", q2);
  EXPECT_THAT(shown(id_), ElementsAre("q1", "a1", "q2", "a2"));
  const std::string other = say("assistant", "a1'", q1);
  EXPECT_THAT(shown(id_), ElementsAre("q1", "a1'"));
  EXPECT_THAT(store().message("", id_, a1).siblings, ElementsAre(a1, other));
  show(a1);  // goes on to the newest below
  EXPECT_THAT(shown(id_), ElementsAre("q1", "a1", "q2", "a2"));
  EXPECT_THAT(store().path("", id_)[1].siblings, ElementsAre(a1, other));
  const std::string edited = say("user", "Q", "");
  EXPECT_THAT(shown(id_), ElementsAre("Q"));
  EXPECT_THAT(store().path("", id_).front().siblings, ElementsAre(q1, edited));
  EXPECT_THAT(store().tree("", id_), SizeIs(6));
  EXPECT_EQ(error_of([&] { show("msg_none"); }), ErrorCode::kNotFound);
  EXPECT_EQ(error_of([&] { say("user", "x", "msg_none"); }), ErrorCode::kNotFound);
  const std::string elsewhere = add(conversation().id, "user", "x").id;
  EXPECT_EQ(error_of([&] { say("user", "x", elsewhere); }), ErrorCode::kNotFound);
}

TEST_F(StoreMessages, SeveralAreAddedAtOnceOrNotAtAll) {
  const auto added = store().add(
      "", id_,
      {message("user", "q", "", "msg_q"), message("assistant", "a", "msg_q"), message("assistant", "b", "msg_q")});
  EXPECT_THAT(shown(id_), ElementsAre("q", "a"));
  EXPECT_EQ(added[1].siblings, (std::vector<std::string>{added[1].id, added[2].id}));
  EXPECT_EQ(error_of([&] {
              store().add("", id_, {message("user", "x"), message("user", "y", "msg_none")});
            }),
            ErrorCode::kNotFound);
  EXPECT_EQ(store().find("", id_).message_count, 3);
}

TEST_F(StoreMessages, DeletingTakesWhatFollows) {
  const std::string q = say("user", "q");
  const std::string a = say("assistant", "a", q);
  const std::string b = say("assistant", "b", q);
  const std::string q2 = say("user", "q2", b);
  EXPECT_EQ(store().remove_message("", id_, b), 2);
  EXPECT_THAT(shown(id_), ElementsAre("q", "a"));  // the alternative
  EXPECT_EQ(store().remove_message("", id_, a), 1);
  EXPECT_THAT(shown(id_), ElementsAre("q"));
  EXPECT_EQ(error_of([&] { store().remove_message("", id_, q2); }), ErrorCode::kNotFound);
  EXPECT_EQ(store().remove_message("", id_, q), 1);
  EXPECT_THAT(shown(id_), IsEmpty());
  // One beside the path changes nothing of it.
  const std::string x = say("user", "x");
  const std::string y = say("user", "y");
  store().remove_message("", id_, x);
  EXPECT_THAT(shown(id_), ElementsAre("y"));
}

TEST_F(StoreMessages, LongConversationsCanBeReadAndDeleted) {
  std::vector<StoredMessage> many;
  for (int i = 0; i < 3000; ++i) {
    many.push_back(message(i % 2 == 0 ? "user" : "assistant", "text " + std::to_string(i),
                           i == 0 ? "" : "msg_" + std::to_string(i - 1), "msg_" + std::to_string(i)));
  }
  store().add("", id_, many);
  ASSERT_THAT(shown(id_), SizeIs(3000));
  EXPECT_EQ(shown(id_)[2999], "text 2999");
  EXPECT_EQ(store().remove_message("", id_, "msg_1000"), 2000);
  store().remove_forever("", id_);
  EXPECT_EQ(integrity(path()), "ok");
}

TEST_F(StoreMessages, BranchesAreCopies) {
  const std::string q = say("user", "q");
  const std::string a = say("assistant", "a", q);
  say("user", "more", a);
  ConversationChanges changes;
  changes.model = "m";
  changes.pinned = true;
  store().change("", id_, changes);
  const Conversation branch = store().branch("", id_, a, "");
  EXPECT_THAT(shown(branch.id), ElementsAre("q", "a"));
  EXPECT_EQ(branch.title, "c");
  EXPECT_EQ(branch.model, "m");
  EXPECT_FALSE(branch.pinned);
  store().remove_forever("", id_);
  EXPECT_THAT(shown(branch.id), ElementsAre("q", "a"));
  const Conversation named = store().branch("", branch.id, store().path("", branch.id)[0].id, "New");
  EXPECT_EQ(named.title, "New");
  EXPECT_THAT(shown(named.id), ElementsAre("q"));
}

TEST_F(StoreMessages, AnswersAreUpdatedWhileTheyAreWritten) {
  StoredMessage answer = message("assistant", "", say("user", "q"));
  answer.state = MessageState::kRunning;
  const std::string made = store().add("", id_, {answer}).front().id;
  AnswerUpdate update;
  update.message_id = made;
  update.content = "snowflake";
  store().update_answers({update, [] {
                            AnswerUpdate gone;
                            gone.message_id = "msg_none";
                            return gone;
                          }()});
  ConversationFilter filter;
  filter.query = "snowflake";
  EXPECT_THAT(titles(filter), IsEmpty());  // not before it has ended
  update.content = "snowflakes fall";
  update.state = MessageState::kDone;
  update.finish_reason = "stop";
  update.facts.completion_tokens = 2;
  store().update_answers({update});
  EXPECT_THAT(titles(filter), ElementsAre("c"));
  filter.query = "fall";
  EXPECT_THAT(titles(filter), ElementsAre("c"));
  EXPECT_EQ(store().message("", id_, made).state, MessageState::kDone);

  const StoredMessage again = store().reopen_answer("", id_, made, "other", R"({"seed":1})");
  EXPECT_EQ(again.state, MessageState::kRunning);
  EXPECT_EQ(again.content, "snowflakes fall");
  EXPECT_EQ(again.model, "other");
  EXPECT_EQ(again.finish_reason, "");
  EXPECT_EQ(error_of([&] { store().reopen_answer("", id_, made, "m", "{}"); }), ErrorCode::kInvalidArgument);
  update.content = "rain";
  store().update_answers({update});
  EXPECT_THAT(titles(filter), IsEmpty());
  filter.query = "rain";
  EXPECT_THAT(titles(filter), ElementsAre("c"));
  Database(path()).run("INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)");
}

TEST_F(StoreMessages, OnlyAnswersOfDeadProcessesAreCut) {
  StoredMessage answer = message("assistant", "half", say("user", "q"));
  answer.state = MessageState::kRunning;
  const std::string made = store().add("", id_, {answer}).front().id;
  {
    const auto second = ConversationStore::open(path());
    EXPECT_EQ(second->message("", id_, made).state, MessageState::kRunning);
  }
  store_.reset();  // as when its process ends
  EXPECT_EQ(store().message("", id_, made).state, MessageState::kCut);
  EXPECT_EQ(store().message("", id_, made).content, "half");
}

TEST_F(StoreMessages, AttachmentsGetTheirTokensLater) {
  StoredMessage made = message("user", "look");
  made.attachments = {{"a", "x", std::nullopt}, {"b", "y", std::nullopt}};
  const std::string id = store().add("", id_, {made}).front().id;
  store().set_attachment_tokens(id, {3, 4});
  EXPECT_EQ(store().message("", id_, id).attachments[1].tokens, 4);
}

}  // namespace
}  // namespace hearth
