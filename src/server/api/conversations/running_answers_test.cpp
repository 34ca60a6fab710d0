#include <thread>

#include "server/api/conversations/conversations_test_house.h"
#include "store/sqlite.h"
#include "support/fake_served_model.h"

namespace hearth {
namespace {

using hearth::testing::eventually;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RunningAnswersTest : public hearth::testing::ConversationsHouse {
 protected:
  json::value message(const std::string& id, const std::string& message_id) {
    const json::value all = get("/api/conversations/" + id + "?tree=true");
    for (const json::value& each : all.at("messages").as_array()) {
      if (text(each.at("id")) == message_id) return each;
    }
    return nullptr;
  }
  std::string events_path(const std::string& id, const std::string& message_id) const {
    return "/api/conversations/" + id + "/messages/" + message_id + "/events";
  }
};

TEST_F(RunningAnswersTest, AnAnswerIsWrittenAndKept) {
  script_.pieces = {"Hello", " there"};
  script_.reused_tokens = 2;
  const std::string id = conversation({{"system", "Be brief."}, {"parameters", {{"temperature", 0.25}}}});
  const json::value sent = say(id, {{"content", "Hi, who are you?"}, {"parameters", {{"top_k", 4}}}});
  EXPECT_EQ(sent.at("message").at("content"), "Hi, who are you?");
  EXPECT_EQ(sent.at("answers").at(0).at("state"), "running");
  const json::value answer = finished(id, answer_of(sent));
  EXPECT_EQ(answer.at("content"), "Hello there");
  EXPECT_EQ(answer.at("state"), "done");
  EXPECT_EQ(answer.at("finish_reason"), "stop");
  EXPECT_EQ(answer.at("model"), "parrot");
  EXPECT_EQ(answer.at("parameters"), parse_json(R"({"temperature":0.25,"top_k":4})", ""));
  EXPECT_EQ(answer.at("completion_tokens"), 11);
  EXPECT_EQ(answer.at("cached_tokens"), 2);
  EXPECT_GT(answer.at("prompt_tokens").as_int64(), 10);
  EXPECT_EQ(answer.at("context_length"), 4096);
  EXPECT_TRUE(answer.at("time_to_first_token_ms").is_int64());
  EXPECT_EQ(message(id, answer_of(sent)), answer);
  EXPECT_THAT(asked(*script_.asked), ElementsAre("system: Be brief.", "user: Hi, who are you?"));
  EXPECT_EQ(script_.asked->sampling.temperature, 0.25F);
  EXPECT_EQ(script_.asked->sampling.top_k, 4);
  const json::value conversation = get("/api/conversations/" + id);
  EXPECT_EQ(conversation.at("title"), "who are you?");
  EXPECT_EQ(conversation.at("leaf_id"), answer.at("id"));

  finished(id, answer_of(say(id, "And now?")));
  EXPECT_THAT(asked(*script_.asked),
              ElementsAre("system: Be brief.", "user: Hi, who are you?", "assistant: Hello there", "user: And now?"));
}

TEST_F(RunningAnswersTest, GoesOnWithoutListenersAndTellsLateOnesEverything) {
  hold_answers();
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "Hi"));
  const auto held = held_.at(0);
  const auto early = begin("GET", events_path(id, answer), "");
  held->start(9);
  held->say("one ");
  early->leave();  // a page that is closed
  held->say("two ");
  EXPECT_EQ(message(id, answer).at("content"), "one two ");  // of the memory: no second has passed
  const auto late = begin("GET", events_path(id, answer), ""), beside = begin("GET", events_path(id, answer), "");
  held->say("three");
  held->finish();
  late->wait();
  beside->wait();
  const auto events = events_of(*late);
  EXPECT_THAT(names_of(events), ElementsAre("snapshot", "delta", "done"));
  EXPECT_EQ(events[0].data.at("content"), "one two ");
  EXPECT_EQ(events[1].data, parse_json(R"({"content":"three"})", ""));
  EXPECT_EQ(events[2].data.at("content"), "one two three");
  GenerationStats stats;
  stats.generated_tokens = 3;
  stats.generate_seconds = 0.5;
  EXPECT_EQ(events[2].data.at("tokens_per_second"), stats.generated_tokens_per_second());
  EXPECT_EQ(beside->body(), late->body());
  // What "done" says is in the store when it is said.
  EXPECT_EQ(ConversationStore::open(database())->message("", id, answer).content, "one two three");
  EXPECT_THAT(names_of(follow(id, answer)), ElementsAre("snapshot", "done"));
}

TEST_F(RunningAnswersTest, TellsHowFarItIs) {
  hold_answers();
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "Hi"));
  const auto held = held_.at(0);
  const auto listener = begin("GET", events_path(id, answer), "");
  held->start(9);
  held->say("x");
  held->finish();
  listener->wait();
  const auto events = events_of(*listener);
  EXPECT_THAT(names_of(events), ElementsAre("snapshot", "progress", "progress", "delta", "done"));
  EXPECT_EQ(events[1].data, parse_json(R"({"stage":"queued"})", ""));
  EXPECT_EQ(events[2].data, parse_json(R"({"stage":"reading","total":9})", ""));
}

TEST_F(RunningAnswersTest, TextReachesTheStoreWhileItIsWritten) {
  hold_answers();
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "Hi"));
  held_.at(0)->start(3);
  held_.at(0)->say("half a");
  const auto other = ConversationStore::open(database());
  EXPECT_TRUE(eventually([&] { return other->message("", id, answer).content == "half a"; }));
  EXPECT_EQ(other->message("", id, answer).state, MessageState::kRunning);
  held_.at(0)->finish();
}

TEST_F(RunningAnswersTest, IsNotDoneBeforeItIsStored) {
  hold_answers();
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "Hi"));
  held_.at(0)->start(3);
  held_.at(0)->say("half a");
  {
    Database other(database());
    const Transaction writing(other);  // the store has to wait
    held_.at(0)->finish(FinishReason::kLength);
    const StoredMessage ended = conversations_->answers().find(answer)->snapshot();
    EXPECT_EQ(ended.content, "half a");
    EXPECT_EQ(ended.state, MessageState::kRunning);
    EXPECT_EQ(ended.finish_reason, "");
  }
  EXPECT_TRUE(eventually([&] { return message(id, answer).at("state") == "done"; }));
  post("/api/conversations/" + id + "/messages/" + answer + "/continue", nullptr, 202);
  held_.at(1)->finish();
}

TEST_F(RunningAnswersTest, CanBeStoppedAndGoneOnWith) {
  hold_answers();
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "Count"));
  const std::string path = "/api/conversations/" + id + "/messages/" + answer;
  held_.at(0)->start(5);
  held_.at(0)->say("one two");
  ask("POST", path + "/continue", nullptr, 409);
  ask("POST", "/api/conversations/" + id + "/messages", {{"content", "more"}}, 409);  // behind a running answer
  const json::value stopped = ask("POST", path + "/stop");
  EXPECT_EQ(stopped.at("content"), "one two");
  EXPECT_EQ(stopped.at("state"), "done");
  EXPECT_EQ(stopped.at("finish_reason"), "cancelled");
  EXPECT_EQ(ask("POST", path + "/stop"), stopped);
  EXPECT_TRUE(held_.at(0)->is_done());

  const json::value again = post(path + "/continue", nullptr, 202).at("answer");
  EXPECT_EQ(text(again.at("id")), answer);
  EXPECT_EQ(again.at("state"), "running");
  const auto held = held_.at(1);
  EXPECT_EQ(held->request().chat.answer_begin, "one two");
  EXPECT_THAT(asked(held->request()), ElementsAre("user: Count"));
  held->start(12);
  held->say(" three");
  held->finish();
  const json::value whole = finished(id, answer);
  EXPECT_EQ(whole.at("content"), "one two three");
  EXPECT_EQ(whole.at("finish_reason"), "stop");
  EXPECT_EQ(whole.at("prompt_tokens"), 5);      // 12 without the 7 of "one two"
  EXPECT_EQ(whole.at("completion_tokens"), 8);  // these and one more
  ask("POST", path + "/continue", nullptr, 409);
  const std::string question = text(get("/api/conversations/" + id).at("messages").at(0).at("id"));
  ask("POST", "/api/conversations/" + id + "/messages/" + question + "/continue", nullptr, 409);
}

TEST_F(RunningAnswersTest, ReasoningIsApartAlsoAcrossAStop) {
  hold_answers();
  script_.chat_template =
      "{% for m in messages %}{{ m.content }}|{% endfor %}{% if add_generation_prompt %}<think>\n{% endif %}";
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "2+2?"));
  held_.at(0)->start(5);
  held_.at(0)->say("Two and");
  ask("POST", "/api/conversations/" + id + "/messages/" + answer + "/stop");
  EXPECT_EQ(message(id, answer).at("reasoning"), "Two and");
  EXPECT_EQ(message(id, answer).at("content"), "");
  post("/api/conversations/" + id + "/messages/" + answer + "/continue", nullptr, 202);
  EXPECT_EQ(held_.at(1)->request().chat.answer_begin, "Two and");
  held_.at(1)->start(9);
  held_.at(1)->say(" two.\n</think>\n\nFo");
  held_.at(1)->finish(FinishReason::kLength);
  EXPECT_EQ(finished(id, answer).at("reasoning"), "Two and two.");
  EXPECT_EQ(message(id, answer).at("content"), "Fo");
  post("/api/conversations/" + id + "/messages/" + answer + "/continue", nullptr, 202);
  EXPECT_EQ(held_.at(2)->request().chat.answer_begin, "Two and two.\n</think>\n\nFo");
  held_.at(2)->start(9);
  held_.at(2)->say("ur.");
  held_.at(2)->finish();
  const json::value whole = finished(id, answer);
  EXPECT_EQ(whole.at("reasoning"), "Two and two.");
  EXPECT_EQ(whole.at("content"), "Four.");
}

TEST_F(RunningAnswersTest, AlternativesStayAndCanBeSideBySide) {
  std::ofstream(folder_.path() / "models" / "owl.gguf") << "no model";
  models_->refresh();
  script_.pieces = {"one"};
  const std::string id = conversation();
  const json::value sent = say(id, {{"content", "Hi"}, {"models", {"parrot", "owl"}}});
  ASSERT_EQ(sent.at("answers").as_array().size(), 2U);
  const json::value second = finished(id, answer_of(sent, 1));
  EXPECT_EQ(second.at("model"), "owl");
  finished(id, answer_of(sent, 0));
  EXPECT_EQ(second.at("siblings"), json::value({answer_of(sent, 0), answer_of(sent, 1)}));
  EXPECT_EQ(get("/api/conversations/" + id).at("leaf_id"), json::value(answer_of(sent, 0)));

  script_.pieces = {"again"};
  const std::string question = text(sent.at("message").at("id"));
  const json::value other =
      post("/api/conversations/" + id + "/answers", {{"parent_id", question}, {"model", "owl"}}, 202).at("answer");
  finished(id, text(other.at("id")));
  EXPECT_THAT(shown(id), ElementsAre("user: Hi", "assistant: again"));
  EXPECT_EQ(get("/api/conversations/" + id).at("model"), "owl");  // switched in the middle
  EXPECT_EQ(message(id, text(other.at("id"))).at("siblings").as_array().size(), 3U);
  EXPECT_EQ(refused("POST", "/api/conversations/" + id + "/answers", {{"parent_id", text(other.at("id"))}}),
            "parent_id");

  // Editing is sending with the parent of what is edited.
  script_.pieces = {"ho"};
  finished(id, answer_of(say(id, {{"content", "Hey"}, {"parent_id", nullptr}})));
  EXPECT_THAT(shown(id), ElementsAre("user: Hey", "assistant: ho"));
  ask("PATCH", "/api/conversations/" + id, {{"leaf_id", question}});
  EXPECT_THAT(shown(id), ElementsAre("user: Hi", "assistant: again"));
  EXPECT_EQ(ask("DELETE", "/api/conversations/" + id + "/messages/" + text(other.at("id"))).at("deleted"), 1);
  EXPECT_THAT(shown(id), SizeIs(2));
  const json::value branch =
      post("/api/conversations/" + id + "/branch", {{"message_id", question}, {"title", "B"}}, 201);
  EXPECT_THAT(shown(text(branch.at("id"))), ElementsAre("user: Hi"));
}

TEST_F(RunningAnswersTest, AttachmentsStandBeforeTheText) {
  const std::string id = conversation();
  script_.pieces = {"ok"};
  const json::value sent =
      say(id, {{"content", "What is it?"},
               {"attachments", {{{"name", "src/a.cpp"}, {"text", "int a;\n"}}, {{"name", "N"}, {"text", "```"}}}}});
  finished(id, answer_of(sent));
  EXPECT_THAT(asked(*script_.asked),
              ElementsAre("user: src/a.cpp\n```cpp\nint a;\n```\n\nN\n````\n```\n````\n\nWhat is it?"));
  const json::value kept = get("/api/conversations/" + id).at("messages").at(0).at("attachments").at(0);
  EXPECT_EQ(kept, parse_json(R"({"name":"src/a.cpp","text":"int a;\n","bytes":7,"tokens":7})", ""));
}

TEST_F(RunningAnswersTest, FailuresAreInTheMessage) {
  const std::string id = conversation();
  script_.context = 20;
  const std::string answer = answer_of(say(id, "A question that is far too long for it"));
  const json::value failed = finished(id, answer);
  EXPECT_EQ(failed.at("state"), "failed");
  EXPECT_EQ(failed.at("error").at("code"), "context_length_exceeded");
  EXPECT_THAT(text(failed.at("error").at("message")), HasSubstr("too long"));
  script_.context = 4096;
  script_.pieces = {"par"};
  script_.failure = std::make_exception_ptr(Error(ErrorCode::kTimeout, "too slow"));
  const std::string other = answer_of(say(id, "Next"));
  const json::value half = finished(id, other);
  EXPECT_EQ(half.at("state"), "failed");
  EXPECT_EQ(half.at("content"), "par");
  EXPECT_EQ(half.at("error"), parse_json(R"({"message":"too slow","code":"timeout"})", ""));
  // The answer that is empty is not shown to the model.
  EXPECT_THAT(asked(*script_.asked), ElementsAre("user: A question that is far too long for it\n\nNext"));
  script_.failure = nullptr;
  script_.pieces = {"t"};
  post("/api/conversations/" + id + "/messages/" + other + "/continue", nullptr, 202);
  const json::value whole = finished(id, other);
  EXPECT_EQ(whole.at("content"), "part");
  EXPECT_TRUE(whole.at("error").is_null());
}

TEST_F(RunningAnswersTest, AStoppingServerKeepsWhatThereIs) {
  hold_answers();
  const std::string id = conversation();
  const std::string answer = answer_of(say(id, "Hi"));
  held_.at(0)->start(3);
  held_.at(0)->say("half");
  conversations_->stop(std::chrono::milliseconds(20));
  EXPECT_TRUE(held_.at(0)->is_done());
  const json::value cut = message(id, answer);
  EXPECT_EQ(cut.at("state"), "cut");
  EXPECT_EQ(cut.at("content"), "half");
  ask("POST", "/api/conversations/" + id + "/messages", {{"content", "more"}}, 503);
  EXPECT_THAT(shown(id), SizeIs(4));
  // Side by side, none of the two is left running.
  ask("POST", "/api/conversations/" + id + "/messages", {{"content", "both"}, {"models", {"parrot", "parrot"}}}, 503);
  const json::value messages = get("/api/conversations/" + id).at("messages");
  const json::array siblings = messages.as_array().back().at("siblings").as_array();
  ASSERT_EQ(siblings.size(), 2U);
  for (const json::value& each : siblings) EXPECT_EQ(message(id, text(each)).at("state"), "cut");
  open();
  post("/api/conversations/" + id + "/messages/" + answer + "/continue", nullptr, 202);
  EXPECT_EQ(held_.at(1)->request().chat.answer_begin, "half");
  held_.at(1)->finish();
}

TEST_F(RunningAnswersTest, AnswersOfWhatIsDeletedEnd) {
  hold_answers();
  const std::string id = conversation();
  const json::value sent = say(id, "Hi");
  held_.at(0)->start(3);
  EXPECT_EQ(ask("DELETE", "/api/conversations/" + id + "/messages/" + text(sent.at("message").at("id"))).at("deleted"),
            2);
  EXPECT_TRUE(held_.at(0)->is_done());
  say(id, "Ho");
  held_.at(1)->start(3);
  ask("DELETE", "/api/conversations/" + id);
  EXPECT_TRUE(held_.at(1)->is_done());
  EXPECT_TRUE(eventually([&] { return conversations_->answers().of(id).empty(); }));
}

TEST_F(RunningAnswersTest, TheGaugeIsExactWhereTheModelIsLoaded) {
  const std::string id = conversation();
  say(id, {{"content", "12345678"}, {"answer", false}});
  json::value size = get("/api/conversations/" + id + "/context");
  EXPECT_EQ(size.at("exact"), false);
  EXPECT_EQ(models_->status().loaded.size(), 0U);  // nothing was loaded for it
  script_.pieces = {"ok"};
  finished(id, answer_of(say(id, "more")));
  size = get("/api/conversations/" + id + "/context?draft_tokens=100");
  EXPECT_EQ(size.at("exact"), true);
  EXPECT_EQ(size.at("context_length"), 4096);
  const std::string prompt =
      "<|im_start|>user\n12345678\n\nmore<|im_end|>\n<|im_start|>assistant\nok<|im_end|>\n<|im_start|>assistant\n";
  EXPECT_EQ(size.at("tokens"), static_cast<std::int64_t>(prompt.size()) + 100);
}

TEST_F(RunningAnswersTest, ManyRunAndAreFollowedAtOnce) {
  constexpr int kMany = 24;
  hold_answers();
  const Lease loaded = models_->acquire_now("parrot");  // so that all are submitted at once
  std::vector<std::string> ids, answers;
  std::vector<std::shared_ptr<hearth::testing::RecordedExchange>> listeners;
  for (int i = 0; i < kMany; ++i) {
    ids.push_back(conversation());
    answers.push_back(answer_of(say(ids.back(), "Hi")));
    listeners.push_back(begin("GET", events_path(ids.back(), answers.back()), ""));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kMany; ++i) {
    threads.emplace_back([this, i] {
      const auto held = held_.at(static_cast<std::size_t>(i));
      held->start(2);
      for (int piece = 0; piece < 200; ++piece) held->say("x");
      held->finish();
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kMany; i += 3) listeners[static_cast<std::size_t>(i)]->leave();
  });
  for (int i = 0; i < kMany; i += 4)
    ask("POST", "/api/conversations/" + ids[static_cast<std::size_t>(i)] + "/messages/" +
                    answers[static_cast<std::size_t>(i)] + "/stop");
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kMany; ++i) {
    const json::value answer = finished(ids[static_cast<std::size_t>(i)], answers[static_cast<std::size_t>(i)]);
    EXPECT_EQ(answer.at("state"), "done");
    if (i % 4 != 0) {
      EXPECT_EQ(answer.at("content"), json::value(std::string(200, 'x')));
    }
  }
}

}  // namespace
}  // namespace hearth
