// Answers of a wanted form, and grammar check.
#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GrammarVerbs : public ProgramTest {
 protected:
  Finished answer(std::vector<std::string> form) const {
    std::vector<std::string> all = {"run", llama({.context = 256, .certainty = 2.0F}), "a", "--seed", "1", "-n", "150"};
    all.insert(all.end(), form.begin(), form.end());
    return run(all);
  }
};

TEST_F(GrammarVerbs, RunWritesWhatTheSchemaAsksFor) {
  const std::string schema = file("person.json", R"({"type": "object", "additionalProperties": false,
    "properties": {"name": {"type": "string", "maxLength": 5}, "age": {"type": "integer", "minimum": 0, "maximum": 99}},
    "required": ["name", "age"]})");
  const Finished finished = answer({"--json-schema", schema});
  EXPECT_EQ(finished.status, 0) << finished.err;
  const json::value person = parse_json(finished.out, "the answer");
  EXPECT_EQ(person.as_object().size(), 2U);
  EXPECT_LE(person.at("age").as_int64(), 99);
  EXPECT_EQ(answer({"--json-schema", R"({"const": [1, "x"]})", "--compact"}).out, R"([1,"x"])");
}

TEST_F(GrammarVerbs, RunTakesTheOtherForms) {
  EXPECT_THAT(answer({"--choices", "yes,no"}).out, AnyOf("yes", "no"));
  EXPECT_EQ(answer({"--choices", R"(["one, two"])"}).out, "one, two");
  EXPECT_THAT(answer({"--regex", "[0-9]{3}"}).out, ::testing::MatchesRegex("[0-9][0-9][0-9]"));
  EXPECT_THAT(answer({"--grammar", file("g.gbnf", "root ::= \"<\" [xy] \">\"")}).out, AnyOf("<x>", "<y>"));
  EXPECT_EQ(answer({"--json-object", "--compact"}).out.substr(0, 1), "{");
}

TEST_F(GrammarVerbs, MistakesAreToldBeforeAModelIsLoaded) {
  const auto refused = [&](std::vector<std::string> form) {
    form.insert(form.begin(), {"run", "no-such-model.gguf", "a"});
    const Finished finished = run(form);
    EXPECT_NE(finished.status, 0);
    EXPECT_THAT(finished.out, IsEmpty());
    return finished.err;
  };
  EXPECT_THAT(refused({"--regex", "a", "--choices", "b"}), HasSubstr("one form"));
  EXPECT_THAT(refused({"--regex", "(?=a)"}), HasSubstr("look-ahead"));
  EXPECT_THAT(refused({"--json-schema", R"({"type": "strnig"})"}), HasSubstr("'strnig'"));
  EXPECT_THAT(refused({"--json-schema", "no-such-file.json"}), HasSubstr("no-such-file.json"));
  EXPECT_THAT(refused({"--json-schema", R"({"uniqueItems": true})"}), HasSubstr("'uniqueItems' at #"));
  EXPECT_THAT(refused({"--compact"}), HasSubstr("--json-schema"));
}

TEST_F(GrammarVerbs, LenientSaysWhatItLeavesOut) {
  const Finished finished =
      answer({"--json-schema", R"({"type": "array", "uniqueItems": true, "maxItems": 2})", "--lenient"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.err, HasSubstr("left out: the schema's 'uniqueItems' at #"));
}

TEST_F(GrammarVerbs, CheckTellsWhichInstancesAreAccepted) {
  const Finished finished = run({"grammar", "check", R"({"type": "integer"})", "42", "4.5"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_EQ(finished.out, "compiled\n42: accepted\n4.5: rejected: byte 2 may not be '5' after '4.'\n");
  EXPECT_EQ(run({"grammar", "check", R"({"type": "integer"})", file("i.json", " 7 \n")}).status, 0);
  const Finished refused = run({"grammar", "check", R"({"$ref": "http://x.test/y"})"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.out, HasSubstr("refused: the schema's '$ref' at # leads to 'http://x.test/y'"));
  EXPECT_EQ(run({"grammar", "check", "--kind", "regex", "a+", "aaa"}).status, 0);
  EXPECT_EQ(run({"grammar", "check", "--kind", "gbnf", "root ::= \"a\"", "b"}).status, 1);
}

TEST_F(GrammarVerbs, CheckKeepsTheDeclaredOrderUnlessToldOtherwise) {
  const std::string schema = R"({"properties": {"a": true, "b": true}})";
  EXPECT_EQ(run({"grammar", "check", schema, R"({"b": 1, "a": 2})"}).status, 1);
  EXPECT_EQ(run({"grammar", "check", "--any-order", schema, R"({"b": 1, "a": 2})"}).status, 0);
  EXPECT_EQ(run({"grammar", "check", "--any-order", schema, R"({"a": 1, "a": 2})"}).status, 1);
}

TEST_F(GrammarVerbs, CheckAnswersLines) {
  const Finished finished = run({"grammar", "check", "--any-order", "--stdin-jsonl"},
                                "{\"schema\": {\"type\": \"string\"}, \"instance\": \"\\\"x\\\"\"}\n"
                                "{\"schema\": {\"type\": \"string\"}, \"instance\": \"1\"}\n"
                                "{\"schema\": false, \"instance\": \"1\"}\n"
                                "{\"schema\": {\"uniqueItems\": true}, \"instance\": \"[]\"}\n");
  EXPECT_EQ(finished.status, 0);
  std::istringstream lines(finished.out);
  std::string line;
  std::vector<json::value> answers;
  while (std::getline(lines, line)) answers.push_back(parse_json(line, "a line"));
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0].at("accepted"), true);
  EXPECT_EQ(answers[1].at("accepted"), false);
  EXPECT_EQ(answers[1].at("compiled"), true);
  EXPECT_EQ(answers[2].at("compiled"), true);
  EXPECT_EQ(answers[2].at("accepted"), false);
  EXPECT_EQ(answers[3].at("compiled"), false);
  EXPECT_THAT(std::string(answers[3].at("reason").as_string()), HasSubstr("uniqueItems"));
}

TEST_F(GrammarVerbs, CheckReadsOtherDocumentsFromAFolderOnly) {
  std::filesystem::create_directory(home() / "schemas");
  file("schemas/n.json", R"({"type": "number"})");
  file("secret.json", R"({"type": "number"})");
  const std::string documents = "http://here.test/=" + (home() / "schemas").string();
  EXPECT_EQ(run({"grammar", "check", R"({"$ref": "http://here.test/n.json"})", "1", "--documents", documents}).status,
            0);
  const Finished outside =
      run({"grammar", "check", R"({"$ref": "http://here.test/%2e%2e/secret.json"})", "1", "--documents", documents});
  EXPECT_THAT(outside.out, HasSubstr("refused"));
}

}  // namespace
}  // namespace hearth::testing
