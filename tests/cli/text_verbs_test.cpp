// tokenize, detokenize and template.
#include <sstream>

#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class TextVerbs : public ProgramTest {};

// Ids of the tiny llama: byte b is 3 + b, "▁" is 259, a is 260.

TEST_F(TextVerbs, Tokenize) {
  const std::string model = llama();
  EXPECT_EQ(run({"tokenize", model, "a b"}).out, "260 259 261\n");
  EXPECT_EQ(run({"tokenize", model, "--special", "a"}).out, "1 260\n");
  EXPECT_EQ(run({"tokenize", model, "--parse-special", "</s>a"}).out, "2 260\n");
  EXPECT_EQ(run({"tokenize", model, "</s>"}).out, "63 50 278 65\n");
  EXPECT_EQ(run({"tokenize", model}, "a\n").out, "260 13\n");  // to the last byte
  EXPECT_EQ(run({"tokenize", model, ""}).out, "\n");
  EXPECT_EQ(run({"tokenize", model, "--json", "b?"}).out, "{\"ids\": [261, 66], \"tokens\": [\"b\", \"<0x3F>\"]}\n");
}

TEST_F(TextVerbs, TokenizeLines) {
  const Finished finished =
      run({"tokenize", llama(), "--stdin-jsonl"},
          "{\"text\": \"a\\u0000b\"}\n{\"text\": 3}\nnonsense\n\n{\"text\": \"\"}\r\n{\"text\": \"c\"}");
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.err, IsEmpty());
  std::vector<std::string> lines;
  std::istringstream stream(finished.out);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "{\"ids\": [260, 3, 261]}");
  EXPECT_EQ(lines[1], "{\"error\": \"line 2: text must be a string\"}");
  EXPECT_THAT(lines[2], StartsWith("{\"error\": \"line 3: "));
  EXPECT_THAT(lines[3], StartsWith("{\"error\": \"line 4: "));
  EXPECT_EQ(lines[4], "{\"ids\": []}");
  EXPECT_EQ(lines[5], "{\"ids\": [262]}");
}

TEST_F(TextVerbs, LinesAreAnsweredAtOnce) {
  HearthProcess process(home(), {.arguments = {"tokenize", llama(), "--stdin-jsonl"}});
  process.write("{\"text\": \"a\"}\n");
  EXPECT_TRUE(process.wait_for("{\"ids\": [260]}\n"));
  process.write("{\"text\": \"b\"}\n");
  EXPECT_TRUE(process.wait_for("{\"ids\": [261]}\n"));
  EXPECT_EQ(process.finish().status, 0);
}

TEST_F(TextVerbs, Detokenize) {
  const std::string model = llama();
  EXPECT_EQ(run({"detokenize", model, "260", "259", "261"}).out, "a b");
  EXPECT_EQ(run({"detokenize", model, "[260, 261]"}).out, "ab");
  EXPECT_EQ(run({"detokenize", model}, "260 13\n").out, "a\n");
  EXPECT_EQ(run({"detokenize", model, "1,260"}).out, "<s>a");
  EXPECT_EQ(run({"detokenize", model, "--skip-special", "1,260"}).out, "a");
  EXPECT_EQ(run({"detokenize", model, "258"}).out, "\uFFFD");
  EXPECT_EQ(run({"detokenize", model, "--json", "258,198,172"}).out, "{\"text\": \"\uFFFDé\"}\n");
  const Finished lines =
      run({"detokenize", model, "--stdin-jsonl"},
          "{\"ids\": [260]}\n{\"ids\": [-1]}\n{\"ids\": [999]}\n{\"ids\": [1.5]}\n{}\n{\"ids\": [198]}\n");
  EXPECT_EQ(lines.status, 1);
  EXPECT_THAT(
      lines.out,
      StartsWith("{\"text\": \"a\"}\n{\"error\": \"line 2: ids holds -1, which is no token id\"}\n{\"error\": "));
  EXPECT_THAT(lines.out, HasSubstr("999"));
  EXPECT_THAT(lines.out, HasSubstr("{\"error\": \"line 5: ids is missing\"}\n{\"text\": \"\uFFFD\"}\n"));
}

TEST_F(TextVerbs, DetokenizeRefuses) {
  const std::string model = llama();
  EXPECT_EQ(run({"detokenize", model, "a"}).status, 2);
  const Finished beyond = run({"detokenize", model, "288"});
  EXPECT_NE(beyond.status, 0);
  EXPECT_THAT(beyond.err, HasSubstr("288"));
  EXPECT_EQ(run({"detokenize"}).status, 2);
  EXPECT_EQ(run({"detokenize", model, "1", "--stdin-jsonl"}).status, 2);
}

TEST_F(TextVerbs, TokenizeRefuses) {
  const std::string model = llama();
  EXPECT_EQ(run({"tokenize"}).status, 2);
  EXPECT_EQ(run({"tokenize", model, "a", "b"}).status, 2);
  EXPECT_EQ(run({"tokenize", model, "a", "--stdin-jsonl"}).status, 2);
  EXPECT_EQ(run({"tokenize", "missing.json", "a"}).status, 1);
  EXPECT_EQ(run({"tokenize", file("bad.json", "{"), "a"}).status, 1);
}

TEST_F(TextVerbs, Template) {
  const std::string model =
      llama({.chat_template = "{{ bos_token }}{% for m in messages %}{{ m.role }}={{ m.content }};{% endfor %}"
                              "{% if tools %}{{ tools | length }} tools{% endif %}"
                              "{% if add_generation_prompt %}>{% endif %}{{ mood }}"});
  const std::string messages = file("m.json", R"([{"role": "user", "content": "</s>\n"}])");
  EXPECT_EQ(run({"template", model, "--messages", messages}).out, "<s>user=</s>\n;>");
  EXPECT_EQ(run({"template", model, "--messages", messages, "--no-generation-prompt", "--bos", "[B]"}).out,
            "[B]user=</s>\n;");
  EXPECT_EQ(run({"template", model, "--messages", "-"}, R"({"messages": [], "tools": [{}, {}]})").out, "<s>2 tools>");
  EXPECT_EQ(run({"template", model, "--messages", messages, "--tools", file("t.json", "[{}]"), "--extra",
                 file("e.json", R"({"mood": 1.0})")})
                .out,
            "<s>user=</s>\n;1 tools>1.0");
  EXPECT_EQ(run({"template", file("own.jinja", "{{ eos_token }}|{{ messages[0].content }}"), "--messages", messages,
                 "--eos", "E"})
                .out,
            "E|</s>\n");
}

TEST_F(TextVerbs, TemplateRefuses) {
  const std::string model = llama({.chat_template = kChatTemplate});
  const std::string messages = file("m.json", "[]");
  EXPECT_EQ(run({"template", model}).status, 2);
  EXPECT_EQ(run({"template", model, "--messages", "-", "--tools", "-"}, "[]").status, 2);
  EXPECT_EQ(run({"template", model, "--messages", "missing.json"}).status, 1);
  EXPECT_EQ(run({"template", model, "--messages", file("bad.json", "[")}).status, 1);
  EXPECT_THAT(run({"template", model, "--messages", file("o.json", "{}")}).err,
              HasSubstr("o.json: messages is missing"));
  EXPECT_NE(run({"template", llama({}, "plain.gguf"), "--messages", messages}).status, 0);
  EXPECT_NE(run({"template", file("broken.jinja", "{% if %}"), "--messages", messages}).status, 0);
  EXPECT_NE(run({"template", "builtin:nothing", "--messages", messages}).status, 0);
}

}  // namespace
}  // namespace hearth::testing
