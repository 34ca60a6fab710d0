// Conversations at a (pseudo-)terminal: line editing, Ctrl-C, history.
#include <unistd.h>

#include <csignal>

#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCtrlC = "\x03";
constexpr const char* kCtrlD = "\x04";
constexpr const char* kUp = "\x1B[A";

class ChatTerminal : public ProgramTest {
 protected:
  Start start(std::vector<std::string> more = {},
              const TinyLlamaOptions& options = {.context = 256, .chat_template = kChatTemplate}) const {
    more.insert(more.begin(), {"chat", llama(options)});
    return {.arguments = std::move(more), .environment = {{"LC_ALL", "C"}}, .at_terminal = true};
  }
};

TEST_F(ChatTerminal, GreetsAnswersAndLeaves) {
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("Tiny (llama, ")) << process.seen();
  ASSERT_TRUE(process.wait_for("> "));
  process.write("hello\r");
  ASSERT_TRUE(process.wait_for("abc\r\n")) << process.seen();
  ASSERT_TRUE(process.wait_for("3 tokens, ")) << process.seen();
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlD);
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(ChatTerminal, ColoursCanBeSwitchedOff) {
  const auto seen_with = [&](const std::string& no_color) {
    Start with = start({"-n", "1"});
    with.environment["NO_COLOR"] = no_color;
    HearthProcess process(home(), with);
    EXPECT_TRUE(process.wait_for("> "));
    process.write("x\r");
    EXPECT_TRUE(process.wait_for("/s"));
    EXPECT_TRUE(process.wait_for("> "));
    process.write(kCtrlD);
    return process.finish().out;
  };
  EXPECT_THAT(seen_with(""), HasSubstr("\x1B[2m1 tokens"));
  EXPECT_THAT(seen_with("1"), Not(HasSubstr("\x1B[2m")));
}

TEST_F(ChatTerminal, CtrlCStopsTheAnswerAndNotTheProgram) {
  HearthProcess process(home(), start({"--context-shift"}, {.chat_template = kChatTemplate, .next = {{"z", "a"}}}));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("hello\r");
  ASSERT_TRUE(process.wait_for("xyzabc"));
  process.write(kCtrlC);
  ASSERT_TRUE(process.wait_for("stopped\r\n"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/stats\r");
  EXPECT_TRUE(process.wait_for("2 messages, ")) << "what was said of the answer is kept";
  process.write("/quit\r");
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(ChatTerminal, CtrlCAtThePromptClearsTheLineAndTwiceLeaves) {
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("half a thought");
  ASSERT_TRUE(process.wait_for("thought"));
  process.write(kCtrlC);
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/stats\r");
  ASSERT_TRUE(process.wait_for("0 messages, ")) << process.seen();
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlC);
  ASSERT_TRUE(process.wait_for("Ctrl-C once more leaves"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlC);
  EXPECT_EQ(process.finish().status, 130);
}

TEST_F(ChatTerminal, TextIsUtf8EvenInTheCLocale) {
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("h\xC3\xA9 \xE6\x97\xA5x\x7F\r");  // the last letter is taken back
  ASSERT_TRUE(process.wait_for("abc\r\n"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/save c.json\r");
  ASSERT_TRUE(process.wait_for("messages saved"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlD);
  process.finish();
  EXPECT_EQ(load_json(home() / "c.json").at("messages").as_array().front().at("content"), "hé 日");
}

TEST_F(ChatTerminal, WhatIsPastedIsOneMessage) {
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("\x1B[?2004h"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("\x1B[200~first\rsecond\x07\r\x1B[201~ end\r");
  ASSERT_TRUE(process.wait_for("abc\r\n")) << process.seen();
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/save c.json\r");
  ASSERT_TRUE(process.wait_for("2 messages saved"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlD);
  const Finished finished = process.finish();
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(load_json(home() / "c.json").at("messages").as_array().front().at("content"), "first\nsecond end");
  EXPECT_THAT(finished.out, HasSubstr("\x1B[?2004l"));
}

TEST_F(ChatTerminal, HistoryIsKeptForTheNextTime) {
  {
    HearthProcess process(home(), start({"-n", "3"}));
    ASSERT_TRUE(process.wait_for("> "));
    process.write("remember me\r");
    ASSERT_TRUE(process.wait_for("abc\r\n"));
    ASSERT_TRUE(process.wait_for("> "));
    process.write(kCtrlD);
    EXPECT_EQ(process.finish().status, 0);
  }
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kUp);
  EXPECT_TRUE(process.wait_for("remember me")) << process.seen();
  process.write("\r");
  EXPECT_TRUE(process.wait_for("abc\r\n"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlD);
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(ChatTerminal, TabCompletesCommands) {
  HearthProcess process(home(), start());
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/sta\t\r");
  EXPECT_TRUE(process.wait_for("0 messages, ")) << process.seen();
  process.write("/quit\r");
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(ChatTerminal, BlocksHaveAPromptOfTheirOwn) {
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("\"\"\"\r");
  ASSERT_TRUE(process.wait_for("... "));
  process.write("one\r");
  ASSERT_TRUE(process.wait_for("... "));
  process.write("\"\"\"\r");
  EXPECT_TRUE(process.wait_for("abc\r\n"));
  process.write("\"\"\"\r");
  ASSERT_TRUE(process.wait_for("... "));
  process.write(kCtrlC);  // gives the block up
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlD);
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(ChatTerminal, AMistakeIsNoFailureForAPerson) {
  HearthProcess process(home(), start());
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/nonsense\r");
  ASSERT_TRUE(process.wait_for("there is no command '/nonsense'"));
  process.write("/quit\r");
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(ChatTerminal, AWindowThatChangesKeepsTheLine) {
  HearthProcess process(home(), start({"-n", "3"}));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("keep");
  ASSERT_TRUE(process.wait_for("keep"));
  process.signal(SIGWINCH);
  ::usleep(200'000);
  process.write(" this\r");
  ASSERT_TRUE(process.wait_for("abc\r\n"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write("/save c.json\r");
  ASSERT_TRUE(process.wait_for("messages saved"));
  ASSERT_TRUE(process.wait_for("> "));
  process.write(kCtrlD);
  process.finish();
  EXPECT_EQ(load_json(home() / "c.json").at("messages").as_array().front().at("content"), "keep this");
}

}  // namespace
}  // namespace hearth::testing
