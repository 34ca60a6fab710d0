#include <unistd.h>

#include <csignal>

#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Run : public ProgramTest {};

TEST_F(Run, OnlyTheAnswerIsOnStdout) {
  const Finished finished = run({"run", llama(), "-p", "abc"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "defghijklmnopqrstuvwxyz");
  EXPECT_EQ(finished.err, "Tiny has no chat template: it continues text rather than answering\n");
}

TEST_F(Run, ThePromptIsWordsOrFlagOrInput) {
  const std::string model = llama();
  EXPECT_EQ(run({"run", model, "-n", "2", "x", "ab"}).out, "cd");
  EXPECT_EQ(run({"run", model, "-n", "2"}, "ab").out, "cd");
  EXPECT_EQ(run({"run", "-m", model, "-n", "2", "ab"}).out, "cd");
  EXPECT_EQ(run({"run", model, "-n", "2", "--", "-f"}).out, "gh");
  EXPECT_EQ(run({"run", model, "-n", "3", "-p", ""}).out, "abc");  // nothing but the first token
}

TEST_F(Run, InputIsPutBehindTheWords) {
  const auto result = parsed(run({"run", llama(), "-n", "2", "--json", "-p", "xyz"}, "ab"));
  EXPECT_EQ(result.at("text"), "cd");
  EXPECT_EQ(result.at("stats").at("prompt_tokens"), 1 + 3 + 2 + 2);  // BOS, xyz, an empty line, ab
}

TEST_F(Run, TheTemplateIsUsedUnlessRaw) {
  const std::string model = llama({.chat_template = kChatTemplate});
  const Finished chat = run({"run", model, "-n", "2", "--json", "--system", "s", "ab"});
  EXPECT_THAT(chat.err, IsEmpty());
  EXPECT_EQ(parsed(chat).at("text"), "ab");  // after ">", which no rule knows, comes a
  EXPECT_EQ(parsed(chat).at("stats").at("prompt_tokens").as_int64(),
            1 + static_cast<int>(std::string("[system: s][user: ab]>").size()));
  EXPECT_EQ(run({"run", model, "--raw", "-n", "2", "ab"}).out, "cd");
}

TEST_F(Run, UserTextIsNeverControl) {
  const std::string model = llama();
  const auto prompt_tokens = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"run", model, "--json", "-n", "1"});
    return parsed(run(std::move(arguments))).at("stats").at("prompt_tokens").as_int64();
  };
  EXPECT_EQ(prompt_tokens({"-p", "</s>"}), 1 + 4);
  EXPECT_EQ(prompt_tokens({"-p", "</s>", "--raw"}), 1 + 4);
  EXPECT_EQ(prompt_tokens({"-p", "</s>", "--raw", "--parse-special"}), 1 + 1);
}

TEST_F(Run, Json) {
  const std::string model = llama();
  const auto result = parsed(run({"run", model, "--json", "-n", "3", "--seed", "7", "-p", "w"}));
  EXPECT_EQ(result.at("text"), "xyz");
  EXPECT_EQ(result.at("ids"), (json::array{283, 284, 285}));  // 3 special + 256 bytes + "▁" + 23 letters
  EXPECT_EQ(result.at("finish_reason"), "length");
  EXPECT_EQ(result.at("seed"), 7);
  EXPECT_EQ(result.at("model").as_string(), model.c_str());
  EXPECT_EQ(result.at("stats").at("generated_tokens"), 3);
  EXPECT_EQ(parsed(run({"run", model, "--json", "-p", "y"})).at("finish_reason"), "stop");
}

TEST_F(Run, StopStringsAndTokens) {
  const std::string model = llama();
  EXPECT_EQ(run({"run", model, "--stop", "hij", "--stop", "q", "-p", "a"}).out, "bcdefg");
  EXPECT_EQ(run({"run", model, "--ignore-eos", "-n", "4", "-p", "x"}).out.substr(0, 2), "yz");
  // Without d all others are equal, and the lowest id wins.
  EXPECT_EQ(
      parsed(run({"run", model, "--json", "--temp", "0", "--logit-bias", "263-inf", "-n", "1", "-p", "c"})).at("ids"),
      json::array{0});
}

TEST_F(Run, SeedsRepeat) {
  const std::string model = llama({.certainty = 1.0F});
  const auto text = [&](const std::string& seed) {
    return run({"run", model, "--ignore-eos", "-n", "12", "--top-k", "0", "--min-p", "0", "--temp", "1", "--seed", seed,
                "-p", "a"})
        .out;
  };
  EXPECT_EQ(text("1"), text("1"));
  EXPECT_NE(text("1"), text("2"));
}

TEST_F(Run, TheReportedSeedGivesTheSameAnswer) {
  const std::string model = llama({.certainty = 1.0F});
  const std::vector<std::string> base = {"run", model,     "--json", "--ignore-eos", "-n", "12", "--top-k",
                                         "0",   "--min-p", "0",      "-p",           "a"};
  const auto first = parsed(run(base));
  auto again = base;
  again.insert(again.end(), {"--seed", std::to_string(first.at("seed").to_number<std::uint64_t>())});
  EXPECT_EQ(parsed(run(again)).at("ids"), first.at("ids"));
}

TEST_F(Run, CharactersAreNeverSplit) {
  // e is followed by the two bytes of é; the answer ends between them once and behind them once.
  const std::string model = llama({.next = {{"e", "<0xC3>"}, {"<0xC3>", "<0xA9>"}, {"<0xA9>", "f"}}});
  EXPECT_EQ(run({"run", model, "-n", "4", "-p", "d"}).out, "eéf");
  EXPECT_EQ(run({"run", model, "-n", "2", "-p", "d"}).out, "e\uFFFD");
}

TEST_F(Run, ControlCharactersReachAPipeButNoTerminal) {
  const std::string model = llama({.next = {{"b", "<0x1B>"}, {"<0x1B>", "x"}}});
  EXPECT_EQ(run({"run", model, "-n", "3", "-p", "a"}).out, "b\x1Bx");
  const Finished terminal = run(Start{.arguments = {"run", model, "-n", "3", "-p", "a"}, .at_terminal = true});
  EXPECT_THAT(terminal.out, HasSubstr("b␛x\r\n"));
  EXPECT_THAT(terminal.out, Not(HasSubstr("\x1Bx")));
}

TEST_F(Run, StatsAreOnStderr) {
  const Finished finished = run({"run", llama(), "--stats", "--seed", "9", "-n", "2", "-p", "a"});
  EXPECT_EQ(finished.out, "bc");
  EXPECT_THAT(finished.err, HasSubstr("2 prompt tokens ("));
  EXPECT_THAT(finished.err, HasSubstr("2 answer tokens ("));
  EXPECT_THAT(finished.err, HasSubstr("seed 9"));
}

TEST_F(Run, TheModelUsedLastIsTheDefaultAndIsNamed) {
  const std::string model = llama();
  EXPECT_EQ(run({"run", "ab"}).status, 2);  // none yet
  ASSERT_EQ(run({"run", model, "-n", "1", "a"}).status, 0);
  const Finished last = run({"run", "-n", "1", "c", "b"});
  EXPECT_EQ(last.out, "c");
  EXPECT_THAT(last.err, StartsWith("model " + model + " (last used)\n"));
  const std::string other = llama({.name = "Other"}, "other.gguf");
  const Finished variable = run(Start{.arguments = {"run", "-n", "1", "a"}, .environment = {{"HEARTH_MODEL", other}}});
  EXPECT_THAT(variable.err, StartsWith("model " + other + " (environment HEARTH_MODEL)\n"));
}

TEST_F(Run, SettingsReachTheAnswer) {
  const std::string model = llama();
  EXPECT_EQ(run(Start{.arguments = {"run", model, "a"}, .environment = {{"HEARTH_MAX_TOKENS", "2"}}}).out, "bc");
  file(".env", "HEARTH_MAX_TOKENS=3\nHEARTH_MODEL=tiny.gguf\n");
  EXPECT_EQ(run({"run", "a"}).out, "bcd");
  EXPECT_EQ(run({"run", "-n", "1", "a"}).out, "b");
}

TEST_F(Run, TheContextIsALimit) {
  const std::string model = llama({.context = 16});
  const auto full = parsed(run({"run", model, "--json", "--ignore-eos", "-p", "a"}));
  EXPECT_EQ(full.at("finish_reason"), "length");
  EXPECT_LE(full.at("stats").at("generated_tokens").as_int64(), 16);
  const Finished too_long = run({"run", model, "-p", std::string(40, 'a')});
  EXPECT_EQ(too_long.status, 1);
  EXPECT_THAT(too_long.err, HasSubstr("hearth: "));
  EXPECT_THAT(too_long.err, HasSubstr("41"));
  EXPECT_THAT(too_long.err, HasSubstr("16"));
  const auto shifted = parsed(run({"run", model, "--json", "--ignore-eos", "--context-shift", "-n", "60", "-p", "a"}));
  EXPECT_EQ(shifted.at("stats").at("generated_tokens"), 60);
  EXPECT_NE(run({"run", model, "--ctx", "17", "-p", "a"}).status, 0);  // more than the model was made for
}

/// The answer goes on for ever: only the signal ends it.
std::vector<std::string> endless(const std::string& model) {
  return {"run", model, "--ignore-eos", "--context-shift", "-p", "a"};
}

TEST_F(Run, CtrlCStopsTheAnswerAndKeepsIt) {
  HearthProcess process(home(), {.arguments = endless(llama({.next = {{"z", "a"}}}))});
  process.close_input();
  ASSERT_TRUE(process.wait_for("xyzabc"));
  process.signal(SIGINT);
  const Finished finished = process.finish();
  EXPECT_EQ(finished.status, 130);
  EXPECT_THAT(finished.out, StartsWith("bcdefghijklmnopqrstuvwxyzabc"));
}

TEST_F(Run, CtrlCWithJsonStillPrintsTheObject) {
  auto arguments = endless(llama({.next = {{"z", "a"}}}));
  arguments.emplace_back("--json");
  arguments.emplace_back("--stats");
  HearthProcess process(home(), {.arguments = arguments});
  process.close_input();
  ::usleep(700'000);
  process.signal(SIGINT);
  const Finished finished = process.finish();
  EXPECT_EQ(finished.status, 130);
  if (!finished.out.empty()) {  // the signal may have come before the model was loaded
    EXPECT_EQ(parsed(finished).at("finish_reason"), "cancelled");
  }
}

TEST_F(Run, AReaderThatGoesAwayEndsItQuietly) {
  HearthProcess process(home(), {.arguments = endless(llama({.next = {{"z", "a"}}}))});
  process.close_input();
  ASSERT_TRUE(process.wait_for("bcd"));
  process.close_output();
  const Finished finished = process.finish();
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.err, "Tiny has no chat template: it continues text rather than answering\n");
}

TEST_F(Run, AFullDiskIsAFailure) {
  const std::string model = llama();
  const Finished full = run(Start{.arguments = {"run", model, "-n", "2", "a"}, .stdout_file = "/dev/full"});
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.err, HasSubstr("hearth: cannot write to standard output: No space left on device\n"));
  const Finished closed = run(Start{.arguments = {"run", model, "-n", "2", "a"}, .without_stdout = true});
  EXPECT_EQ(closed.status, 1);
  EXPECT_THAT(closed.err, HasSubstr("hearth: cannot write to standard output: Bad file descriptor\n"));
}

TEST_F(Run, WrongUsage) {
  const std::string model = llama();
  const auto expect_usage = [&](const std::vector<std::string>& arguments, const std::string& message) {
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.status, 2) << message;
    EXPECT_THAT(finished.err, StartsWith("hearth: " + message));
    EXPECT_THAT(finished.out, IsEmpty());
  };
  expect_usage({"run", model, "--tmep", "1"}, "run: there is no flag '--tmep'\ndid you mean '--temp'?\n");
  expect_usage({"run", model, "-p", "a", "b"}, "run: the prompt is given twice");
  expect_usage({"run", model, "--top-p", "2", "a"}, "top_p is 2; it must be in (0, 1]");
  expect_usage({"run", model, "--threads", "-1", "a"}, "--threads is '-1'");
  expect_usage({"run", model, "--kv-type", "q4", "a"}, "kv_type is 'q4'; it must be one of auto, f32, f16, bf16, q8");
  expect_usage({"run", model, "--raw", "--system", "s", "a"}, "run: --raw leaves the chat template out");
  expect_usage({"run", model, "--parse-special", "a"}, "run: --parse-special needs --raw");
  const Finished bias = run({"run", model, "--logit-bias", "99999+1", "a"});  // known only once the model is there
  EXPECT_EQ(bias.status, 2);
  EXPECT_THAT(bias.err, HasSubstr("hearth: logit_bias token 99999"));
  const Finished no_prompt = run(Start{.arguments = {"run", model}, .at_terminal = true});
  EXPECT_EQ(no_prompt.status, 2);
  EXPECT_THAT(no_prompt.out, HasSubstr("there is no prompt"));
}

TEST_F(Run, FilesThatAreNoModels) {
  const Finished missing = run({"run", "./missing.gguf", "a"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, StartsWith("hearth: ./missing.gguf: no such file or folder\n"));
  const std::string text = file("text.gguf", "this is no model");
  const Finished wrong = run({"run", text, "a"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, StartsWith("hearth: " + text));
  const std::string whole = content(llama());
  const Finished cut = run({"run", file("cut.gguf", whole.substr(0, whole.size() / 2)), "a"});
  EXPECT_EQ(cut.status, 1);
  EXPECT_THAT(cut.err, HasSubstr("cut.gguf"));
  const Finished encoder = run({"run", bert(), "a"});
  EXPECT_EQ(encoder.status, 1);
  EXPECT_THAT(encoder.err, HasSubstr("turns text into vectors"));
}

TEST_F(Run, AHomeThatCannotBeWrittenDoesNotMatter) {
  const std::string model = llama();
  const Finished finished =
      run(Start{.arguments = {"run", model, "-n", "1", "a"}, .environment = {{"HEARTH_DATA_HOME", "/dev/null/x"}}});
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "b");
}

}  // namespace
}  // namespace hearth::testing
