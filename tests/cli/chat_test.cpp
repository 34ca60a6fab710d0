// Conversations through pipes: each line a message, only answers on stdout.
#include <csignal>

#include "chat_program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Chat : public ChatProgramTest {
 protected:
  /// The conversation as /save writes it, after `input`.
  json::value saved_after(const std::string& input, const std::vector<std::string>& more = {}) const {
    const Finished finished = chat(input + "\n/save " + (home() / "c.json").string() + "\n", more);
    EXPECT_EQ(finished.status, 0) << finished.err;
    return load_json(home() / "c.json");
  }
};

json::array messages(const std::vector<std::pair<std::string, std::string>>& expected) {
  json::array array;
  for (const auto& [role, content] : expected) array.push_back({{"role", role}, {"content", content}});
  return array;
}

TEST_F(Chat, EachLineIsAMessageAndOnlyAnswersComeOut) {
  const Finished finished = chat("one\n\ntwo");
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "abc\nabc\n");
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(Chat, TheConversationGrows) {
  EXPECT_EQ(saved_after("one\ntwo", {"--system", "be"}).at("messages"),
            messages({{"system", "be"}, {"user", "one"}, {"assistant", "abc"}, {"user", "two"}, {"assistant", "abc"}}));
}

TEST_F(Chat, LongMessages) {
  EXPECT_EQ(saved_after("\"\"\"\n a\n\nb\n\"\"\"\nc\\\nd\n//e").at("messages"), messages({{"user", " a\n\nb"},
                                                                                          {"assistant", "abc"},
                                                                                          {"user", "c\nd"},
                                                                                          {"assistant", "abc"},
                                                                                          {"user", "/e"},
                                                                                          {"assistant", "abc"}}));
}

TEST_F(Chat, WhatWasSaidIsNotEvaluatedAgain) {
  const Finished finished = chat("one\ntwo\n", {"--json"});
  const std::size_t line = finished.out.find('\n');
  const auto first = parse_json(finished.out.substr(0, line), "first"),
             second = parse_json(finished.out.substr(line + 1), "second");
  EXPECT_EQ(first.at("text"), "abc");
  EXPECT_EQ(first.at("stats").at("reused_tokens"), 0);
  const std::string shared = "[user: one]";
  EXPECT_GE(second.at("stats").at("reused_tokens").as_int64(), static_cast<std::int64_t>(shared.size()));
}

TEST_F(Chat, SystemCommand) {
  EXPECT_EQ(saved_after("/system be brief\nhi").at("messages").as_array().front().at("content"), "be brief");
  EXPECT_EQ(saved_after("hi\n/system none", {"--system", "x"}).at("messages"),
            messages({{"user", "hi"}, {"assistant", "abc"}}));
  EXPECT_THAT(chat("/system\n").err, StartsWith("there is no system prompt"));
}

TEST_F(Chat, SetCommand) {
  const Finished finished =
      chat("/set max_tokens 5\nhi\n/set max_tokens\n/set max_tokens default\nhi\n/set stop c\nhi\n");
  EXPECT_EQ(finished.out, "abcde\nabc\nab\n");
  EXPECT_THAT(finished.err, HasSubstr("max_tokens is 5\nmax_tokens is 5\nmax_tokens is 3\n"));
  EXPECT_THAT(chat("/set\n").err, HasSubstr("temperature"));
}

TEST_F(Chat, MistakesAreToldAndTheConversationGoesOn) {
  const Finished finished = chat("/set temprature 1\n/set top_p 7\n/regenrate\n/help me\n/regenerate\n/save\nhi\n");
  EXPECT_EQ(finished.status, 1);  // a script must see it
  EXPECT_EQ(finished.out, "abc\n");
  EXPECT_THAT(finished.err, HasSubstr("hearth: there is no parameter 'temprature'\ndid you mean 'temperature'?\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: top_p is 7; it must be in (0, 1]\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: there is no command '/regenrate'\ndid you mean '/regenerate'?\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: /help takes nothing after it\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: there is no answer yet to replace\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: /save needs the name of a file\n"));
}

TEST_F(Chat, ClearAndRegenerate) {
  EXPECT_EQ(saved_after("one\n/clear\ntwo\n/regenerate").at("messages"),
            messages({{"user", "two"}, {"assistant", "abc"}}));
  EXPECT_EQ(chat("one\n/regenerate\n").out, "abc\nabc\n");
}

TEST_F(Chat, SavedConversationsGoOn) {
  saved_after("one\n/set top_k 5");
  const Finished finished = chat("/load c.json\n/set top_k\ntwo\n/save d.json\n");
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("2 messages loaded\ntop_k is 5\n"));
  EXPECT_EQ(load_json(home() / "d.json").at("messages"),
            messages({{"user", "one"}, {"assistant", "abc"}, {"user", "two"}, {"assistant", "abc"}}));
}

TEST_F(Chat, OtherFilesAreSafe) {
  const std::string notes = file("notes.txt", "mine");
  const Finished finished = chat("hi\n/save notes.txt\n/load notes.txt\n/load missing.json\nhi\n");
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(content(notes), "mine");
  EXPECT_EQ(finished.out, "abc\nabc\n");
  EXPECT_THAT(finished.err, HasSubstr("hearth: notes.txt is there already and is no saved conversation\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: notes.txt: not valid JSON"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: missing.json: no such file\n"));
}

TEST_F(Chat, TheModelChangesInMidConversation) {
  llama({.context = 256, .chat_template = kChatTemplate, .next = {{"a", "B"}}}, "other.gguf");
  const Finished finished = chat(
      "one\n/set top_k 9\n/model other.gguf\ntwo\n/set top_k\n/model missing.gguf\n/model bert.gguf\nthree\n/save "
      "c.json\n");
  EXPECT_EQ(finished.out, "abc\naBa\naBa\n");
  EXPECT_THAT(finished.err, HasSubstr("other.gguf (llama, "));
  EXPECT_THAT(finished.err, HasSubstr("top_k is 9\n"));
  EXPECT_THAT(finished.err, HasSubstr("hearth: missing.gguf: "));
  EXPECT_EQ(load_json(home() / "c.json").at("messages").as_array().size(), 6U);
}

TEST_F(Chat, StatsHelpAndQuit) {
  const Finished finished = chat("/help\nhi\n/stats\n/quit\nnever\n");
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "abc\n");
  for (const char* command :
       {"/system", "/set", "/clear", "/regenerate", "/save", "/load", "/model", "/stats", "/quit"}) {
    EXPECT_THAT(finished.err, HasSubstr(command));
  }
  EXPECT_THAT(finished.err, HasSubstr("2 messages, "));
  EXPECT_THAT(finished.err, HasSubstr(" of 256 tokens of context"));
  EXPECT_EQ(chat("/bye\nhi\n").out, "");
  EXPECT_EQ(chat("/exit\nhi\n").out, "");
}

TEST_F(Chat, AModelWithoutTemplateContinuesTheText) {
  const Finished finished = run({"chat", llama(), "-n", "2", "--json"}, "ab\nx\n");
  EXPECT_THAT(finished.err, HasSubstr("Tiny has no chat template: it continues text rather than answering\n"));
  const std::size_t line = finished.out.find('\n');
  EXPECT_EQ(parse_json(finished.out.substr(0, line), "first").at("text"), "cd");
  const auto second = parse_json(finished.out.substr(line + 1), "second");
  EXPECT_EQ(second.at("text"), "yz");
  EXPECT_EQ(second.at("stats").at("prompt_tokens"), 1 + 4 + 1 + 1);  // BOS, "abcd", a line end, "x"
}

TEST_F(Chat, AFullContextSaysWhatToDo) {
  const std::string model = llama({.context = 48, .chat_template = kChatTemplate});
  const std::string question(20, 'q');
  const Finished finished =
      run({"chat", model, "-n", "3"}, question + "\n" + question + "\n/clear\n" + question + "\n");
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(finished.out, "abc\nabc\n");
  EXPECT_THAT(finished.err, HasSubstr("/clear begins anew, /set context_shift on forgets the oldest half"));
}

TEST_F(Chat, WithContextShiftTheOldestIsForgotten) {
  const std::string model = llama({.context = 48, .chat_template = kChatTemplate});
  const std::string question(20, 'q');
  const Finished finished =
      run({"chat", model, "-n", "3", "--context-shift"}, question + "\n" + question + "\n" + question + "\n/stats\n");
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(finished.out, "abc\nabc\nabc\n");
  EXPECT_THAT(finished.err, HasSubstr("6 messages, "));
  EXPECT_THAT(finished.err, HasSubstr("the first 4 messages no longer fit and are forgotten\n"));
}

TEST_F(Chat, AnAnswerThatFillsTheContextSaysSo) {
  const std::string model = llama({.context = 32, .chat_template = kChatTemplate, .next = {{"z", "a"}}});
  EXPECT_THAT(run({"chat", model}, "hi\n").err, HasSubstr("the context of 32 tokens is full"));
}

TEST_F(Chat, CtrlCInAPipeEndsIt) {
  const std::string model = llama({.chat_template = kChatTemplate, .next = {{"z", "a"}}});
  HearthProcess process(home(), {.arguments = {"chat", model, "--context-shift"}});
  process.write("hi\nagain\n");
  ASSERT_TRUE(process.wait_for("xyzabc"));
  process.signal(SIGINT);
  EXPECT_EQ(process.finish().status, 130);
}

TEST_F(Chat, WrongUsage) {
  EXPECT_EQ(run({"chat", chat_model(), "extra"}).status, 2);
  EXPECT_EQ(run({"chat"}).status, 2);
  EXPECT_EQ(run({"chat", bert()}).status, 1);
}

}  // namespace
}  // namespace hearth::testing
