#include "cli/command_line.h"

#include <gtest/gtest.h>

#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

struct Parsed {
  bool json = false;
  std::optional<std::string> prompt;
  std::vector<std::string> stops, words;
  std::optional<std::int64_t> threads;
};

Parsed parse(const Arguments& arguments) {
  Parsed parsed;
  CommandLine line("run", "[WORDS…]", "Does it.", "hearth run");
  line.toggle("--json", "JSON", parsed.json);
  line.value("-p,--prompt", "TEXT", "Prompt", parsed.prompt);
  line.values("--stop", "TEXT", "Stops", parsed.stops);
  line.integer("--threads", "N", "Threads", parsed.threads, 0, 8);
  EXPECT_TRUE(line.parse(arguments));
  parsed.words = line.words();
  return parsed;
}

using Words = std::vector<std::string>;

TEST(CommandLine, FlagsAndWordsMayMix) {
  const Parsed parsed = parse({"a", "--json", "b", "-p", "--text", "--stop", "x", "c", "--stop=y", "--threads", "3"});
  EXPECT_TRUE(parsed.json);
  EXPECT_EQ(parsed.prompt, "--text");
  EXPECT_EQ(parsed.stops, (Words{"x", "y"}));
  EXPECT_EQ(parsed.words, (Words{"a", "b", "c"}));
  EXPECT_EQ(parsed.threads, 3);
}

TEST(CommandLine, WordsAreTakenAsTheyAre) {
  EXPECT_EQ(parse({"[a,b]", "-5", "-", "", "%x", "{y}"}).words, (Words{"[a,b]", "-5", "-", "", "%x", "{y}"}));
  EXPECT_EQ(parse({"a", "--", "--json", "--", "-x"}).words, (Words{"a", "--json", "--", "-x"}));
  EXPECT_EQ(parse({"-p", "[1,2]"}).prompt, "[1,2]");
  EXPECT_EQ(parse({"-p", ""}).prompt, "");
  EXPECT_EQ(parse({"-p", "a", "-p", "b"}).prompt, "b");
}

std::pair<std::string, std::string> refusal(const Arguments& arguments) {
  try {
    parse(arguments);
  } catch (const UsageError& error) {
    return {error.what(), error.hint()};
  }
  return {"accepted", ""};
}

TEST(CommandLine, MistakesAreNamed) {
  EXPECT_EQ(refusal({"--jsn"}),
            std::pair(std::string("run: there is no flag '--jsn'"), std::string("did you mean '--json'?")));
  EXPECT_EQ(refusal({"--propmt=x"}).first, "run: there is no flag '--propmt'");
  EXPECT_EQ(refusal({"-x"}).second, "see 'hearth run --help'; words that begin with '-' go after '--'");
  EXPECT_EQ(refusal({"--threads", "9"}).first,
            "--threads is '9'; it must be a whole number of at least 0 and at most 8");
  EXPECT_NE(refusal({"-p"}).first, "accepted");
  EXPECT_EQ(refusal({"--\xFF"}).first, "run: there is no flag '--\\xFF'");
}

TEST(CommandLine, ExpectedWords) {
  CommandLine line("tokenize", "MODEL [TEXT]", "", "");
  ASSERT_TRUE(line.parse({"a", "b", "c"}));
  EXPECT_NO_THROW(line.expect_words({"MODEL", "A", "B"}, 3));
  EXPECT_THROW(line.expect_words({"MODEL", "TEXT"}, 1), UsageError);
  EXPECT_THROW(line.expect_words({"1", "2", "3", "4"}, 4), UsageError);
}

}  // namespace
}  // namespace hearth::cli
