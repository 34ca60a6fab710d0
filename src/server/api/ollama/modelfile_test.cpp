#include "server/api/ollama/modelfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/http/error_answer.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string problem(const std::string& text) {
  try {
    parse_modelfile(text, "modelfile");
  } catch (const HttpError& error) {
    EXPECT_EQ(error.details().status, 400);
    EXPECT_EQ(error.details().param, "modelfile");
    return error.message();
  }
  return "";
}

// The commands of Ollama's documentation of the Modelfile.
TEST(Modelfile, ReadsAllCommands) {
  const Modelfile file = parse_modelfile(
      "# sets the temperature\n"
      "FROM llama3.2\n"
      "\n"
      "PARAMETER temperature 0.5\n"
      "parameter num_ctx 4096\n"
      "PARAMETER stop \"<|user|>\"\n"
      "PARAMETER stop AI assistant:\n"
      "PARAMETER penalize_newline true\r\n"
      "SYSTEM You are Mario from super mario bros.\n"
      "TEMPLATE \"\"\"{{ if .System }}<|system|>\n{{ .System }}{{ end }}\n\"\"\"\n"
      "LICENSE \"\"\"\nMIT\n\"\"\"\n"
      "LICENSE Apache\n"
      "MESSAGE user Is Toronto in Canada?\n"
      "MESSAGE assistant \"yes\"\n"
      "ADAPTER ./lora.gguf\n"
      "REQUIRES 0.14.0\n",
      "modelfile");
  EXPECT_EQ(file.from, "llama3.2");
  EXPECT_EQ(json::serialize(file.parameters),
            R"({"temperature":5E-1,"num_ctx":4096,"stop":["<|user|>","AI assistant:"],"penalize_newline":true})");
  EXPECT_EQ(file.system, "You are Mario from super mario bros.");
  EXPECT_EQ(file.chat_template, "{{ if .System }}<|system|>\n{{ .System }}{{ end }}\n");
  EXPECT_THAT(file.license, ElementsAre("\nMIT\n", "Apache"));
  ASSERT_EQ(file.messages.size(), 2U);
  EXPECT_EQ(file.messages[0].role, "user");
  EXPECT_EQ(file.messages[0].content, "Is Toronto in Canada?");
  EXPECT_EQ(file.messages[1].content, "yes");
  EXPECT_THAT(file.adapters, ElementsAre("./lora.gguf"));
}

TEST(Modelfile, TakesTheLastOfWhatIsGivenTwice) {
  const Modelfile file = parse_modelfile("FROM a\nFROM b\nPARAMETER seed 1\nPARAMETER seed 2\nSYSTEM x\nSYSTEM y", "m");
  EXPECT_EQ(file.from, "b");
  EXPECT_EQ(json::serialize(file.parameters), R"({"seed":2})");
  EXPECT_EQ(file.system, "y");
}

TEST(Modelfile, KeepsAStopThatLooksLikeANumber) {
  EXPECT_EQ(json::serialize(parse_modelfile("FROM a\nPARAMETER stop 5", "m").parameters), R"({"stop":["5"]})");
}

TEST(Modelfile, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(problem(""), HasSubstr("FROM is missing"));
  EXPECT_THAT(problem("SYSTEM x"), HasSubstr("FROM is missing"));
  EXPECT_THAT(problem("FROM a\n\nDANCE now"), HasSubstr("line 3: 'dance' is no command"));
  EXPECT_THAT(problem("FROM a\nSYSTEM \"\"\"\nb\n"), HasSubstr("line 2"));
  EXPECT_THAT(problem("FROM a\nSYSTEM \"\"\"b\"\"\" c"), HasSubstr("behind"));
  EXPECT_THAT(problem("FROM a\nPARAMETER"), HasSubstr("name and a value"));
  EXPECT_THAT(problem("FROM a\nPARAMETER seed"), HasSubstr("no value"));
  EXPECT_THAT(problem("FROM a\nMESSAGE robot x"), HasSubstr("role"));
  EXPECT_THAT(problem("FROM"), HasSubstr("FROM names no model"));
}

TEST(Modelfile, IsReadAgainAsItWasWritten) {
  Modelfile file;
  file.from = "base:latest";
  file.system = "Two\nlines";
  file.chat_template = "{{ .Prompt }}\n";
  file.parameters = {{"temperature", 0.25}, {"stop", {"a \"b\"", "7"}}, {"num_ctx", 64}};
  file.messages = {{"user", "Hi"}, {"assistant", "Say \"yes\"\nor no"}};
  file.license = {"MIT\nand more"};
  const std::string text = write_modelfile(file, {"first", "second"});
  EXPECT_THAT(text, HasSubstr("# first\n# second\n\nFROM base:latest\n"));
  const Modelfile again = parse_modelfile(write_modelfile(file, {}), "m");
  EXPECT_EQ(again.from, file.from);
  EXPECT_EQ(again.system, file.system);
  EXPECT_EQ(again.chat_template, file.chat_template);
  EXPECT_EQ(json::value(again.parameters), json::value(file.parameters));
  EXPECT_EQ(again.license, file.license);
  ASSERT_EQ(again.messages.size(), 2U);
  EXPECT_EQ(again.messages[1].content, file.messages[1].content);
}

// The language has no escapes, so each text needs its own way to stand there.
TEST(Modelfile, KeepsAnyText) {
  const std::vector<std::string> texts = {"\n\n",         "a\"b",        " x ",        "\\n",     "back\\slash\\",
                                          "\"",           "\"quoted\"",  "a\"",        "\n\"",    "\ta\r\n",
                                          "# no comment", "FROM\nother", "\n\"\"\"\"", "a\"\"\"b"};
  for (const std::string& text : texts) {
    Modelfile file;
    file.from = "base:latest";
    file.system = text;
    file.chat_template = text;
    file.parameters = {{"stop", {text, "next"}}};
    file.messages = {{"user", text}};
    file.license = {text};
    const std::string written = write_modelfile(file, {});
    const Modelfile again = parse_modelfile(written, "m");
    EXPECT_EQ(again.from, file.from) << written;
    EXPECT_EQ(again.system, text) << written;
    EXPECT_EQ(again.chat_template, text) << written;
    EXPECT_EQ(json::value(again.parameters), json::value(file.parameters)) << written;
    ASSERT_EQ(again.messages.size(), 1U) << written;
    EXPECT_EQ(again.messages[0].content, text) << written;
    EXPECT_THAT(again.license, ElementsAre(text)) << written;
  }
}

TEST(Modelfile, SaysWhatItCannotHold) {
  Modelfile file;
  file.from = "base";
  file.system = "three \"\"\"\nand a line";
  const std::string written = write_modelfile(file, {});
  EXPECT_EQ(written, "FROM base\n# SYSTEM has a text that cannot be written here\n");
  EXPECT_EQ(parse_modelfile(written, "m").system, std::nullopt);
  file.system = "\"\"\"inside\"\"\"a";
  EXPECT_EQ(write_modelfile(file, {}), written);
}

TEST(Modelfile, WritesParametersInColumns) {
  EXPECT_EQ(parameter_lines({{"num_ctx", 4096}, {"stop", {"<|a|>", "b"}}}),
            "num_ctx                        4096\n"
            "stop                           \"<|a|>\"\n"
            "stop                           \"b\"");
  EXPECT_EQ(parameter_lines({{"stop", "a\n\"b\""}}), R"(stop                           "a\n\"b\"")");
  EXPECT_EQ(parameter_lines({}), "");
}

}  // namespace
}  // namespace hearth
