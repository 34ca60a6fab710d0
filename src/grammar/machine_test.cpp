#include "grammar/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/grammar.h"
#include "hearth/error.h"

namespace hearth {
namespace {

enum class End { kRefused, kOpen, kComplete };

/// What has become of the text: refused at some byte, or what it is at its end. next_bytes() is checked on the way.
End read(const GrammarGraph& graph, std::string_view text) {
  Machine machine(graph);
  ThreadSet at = machine.start(), next;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool announced = machine.next_bytes(at).test(byte);
    machine.step(at, byte, next);
    EXPECT_EQ(announced, !next.empty()) << text;
    if (next.empty()) return End::kRefused;
    std::swap(at, next);
  }
  return at.complete ? End::kComplete : End::kOpen;
}

End read(std::string_view schema, std::string_view text, bool any_order = false, JsonSpace space = JsonSpace::kNone) {
  JsonSchemaOptions options;
  options.any_order = any_order;
  options.space = space;
  return read(Grammar::from_json_schema(schema, options)->graph(), text);
}

/// As a check of texts: in any spelling.
bool accepts(std::string_view schema, std::string_view text) {
  return read(schema, text, false, JsonSpace::kAny) == End::kComplete;
}

/// Nodes by hand.
struct Graph : GrammarGraph {
  NodeId add(GrammarNode node) {
    nodes.push_back(std::move(node));
    return static_cast<NodeId>(nodes.size() - 1);
  }
  NodeId word(const std::string& text) { return add(LexemeNode{word_set(std::span(&text, 1))}); }
};

TEST(Machine, SequencesChoicesAndRepetitions) {
  Graph graph;
  const NodeId a = graph.word("a"), b = graph.word("b"), ab = graph.word("ab");
  const NodeId some = graph.add(RepeatNode{graph.add(ChoiceNode{{a, ab}}), 2, 3});
  graph.root = graph.add(SequenceNode{{some, b}});
  // (a|ab){2,3}b
  for (const char* text : {"aab", "abab", "aaab", "aabb", "abaabb", "abababb"})
    EXPECT_EQ(read(graph, text), End::kComplete) << text;
  for (const char* text : {"", "a", "aa", "aba"}) EXPECT_EQ(read(graph, text), End::kOpen) << text;
  for (const char* text : {"b", "aaaa", "aabbb", "ac"}) EXPECT_EQ(read(graph, text), End::kRefused) << text;
}

TEST(Machine, EmptyPartsAndEndlessRepetition) {
  Graph graph;
  const NodeId a = graph.word("a"), nothing = graph.word("");
  const NodeId maybe = graph.add(ChoiceNode{{a, nothing}});
  graph.root = graph.add(RepeatNode{maybe, 2, kUnbounded, true});
  for (const char* text : {"", "a", "aaaa"}) EXPECT_EQ(read(graph, text), End::kComplete) << text;
  EXPECT_EQ(read(graph, "b"), End::kRefused);
  Graph empty;
  empty.root = empty.add(SequenceNode{});
  EXPECT_EQ(read(empty, ""), End::kComplete);
  Graph impossible;
  impossible.root = impossible.add(ChoiceNode{});
  EXPECT_EQ(read(impossible, ""), End::kOpen);
  EXPECT_EQ(read(impossible, "a"), End::kRefused);
}

TEST(Machine, TooAmbiguousIsAnErrorAndNoHang) {
  // ((a|a)(a|a)…) nested in choices of choices: every part begins in twice as many ways as the one before.
  Graph graph;
  NodeId node = graph.word("a");
  for (int i = 0; i < 40; ++i) {
    const NodeId twin = graph.add(RepeatNode{node, 1, 1 + static_cast<std::uint32_t>(i % 2)});
    node = graph.add(ChoiceNode{{node, twin}});
  }
  graph.root = node;
  try {
    read(graph, "a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("too ambiguous"));
  }
}

TEST(Machine, ManyWaysToReadAreAnErrorSoon) {
  // Each "(" may belong to any of the repetitions that are open, so that the ways to read double.
  Graph graph;
  const NodeId root = graph.add(SequenceNode{});
  const NodeId several = graph.add(RepeatNode{root, 0, 4, false});
  std::get<SequenceNode>(graph.nodes[root]).parts = {graph.word("("), several};
  graph.root = root;
  try {
    EXPECT_EQ(read(graph, std::string(40, '(')), End::kComplete);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("too ambiguous"));
  }
}

TEST(Machine, ABudgetEndsItsSteps) {
  Graph graph;
  graph.root = graph.word("aaaa");
  Machine machine(graph);
  machine.set_budget(2);
  ThreadSet a = machine.start(), b;
  machine.step(a, 'a', b);
  machine.step(b, 'a', a);
  EXPECT_THROW(machine.step(a, 'a', b), Error);
  machine.set_budget(Machine::kNoBudget);
  EXPECT_NO_THROW(machine.step(a, 'a', b));
}

TEST(Machine, EscapesAreTheTextThatTheyMean) {
  constexpr const char* kSchema = R"({"enum":["a\"b","é","😀","/","\n"]})";
  for (const char* text : {R"("a\"b")", R"("\u0061\u0022\u0062")", R"("é")", R"("\u00E9")", R"("\u00e9")", R"("😀")",
                           R"("\ud83d\ude00")", R"("\uD83D\uDE00")", R"("/")", R"("\/")", R"("\n")", R"("\u000a")"})
    EXPECT_TRUE(accepts(kSchema, text)) << text;
  for (const char* text :
       {R"("\ud83d")", R"("\ud83d\ude01")", R"("\ude00)", R"("\u00ea")", R"("\t")", "\"\n\"", R"("b")"})
    EXPECT_EQ(read(kSchema, text, false, JsonSpace::kAny), End::kRefused) << text;
  EXPECT_EQ(read(kSchema, R"("\ud83d\u)", false, JsonSpace::kAny), End::kOpen);
  // What a model writes has escapes only where they are needed.
  EXPECT_EQ(read(kSchema, R"("a\"b")"), End::kComplete);
  EXPECT_EQ(read(kSchema, R"("\u000a")"), End::kComplete);
  EXPECT_EQ(read(kSchema, R"("\u00e9")"), End::kRefused);
}

TEST(Machine, NoKeyTwiceHoweverItIsSpelled) {
  constexpr const char* kOpen = R"({"type":"object","properties":{"a":{"type":"integer"}}})";
  EXPECT_TRUE(accepts(kOpen, R"({"a":1,"b":2})"));
  EXPECT_TRUE(accepts(kOpen, R"({"\u0061":1,"b":2})"));
  EXPECT_FALSE(accepts(kOpen, R"({"\u0061":"x"})"));  // it is "a"
  for (const char* text : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", R"({"b":1,"b":2})", R"({"b":1,"\u0062":2})",
                           R"({"\u0062":1,"c":0,"b":2})", R"({"é":1,"\u00e9":2})", R"({"😀":1,"\ud83d\ude00":2})"}) {
    EXPECT_EQ(read(kOpen, text), End::kRefused) << text;
    EXPECT_EQ(read(kOpen, text, true), End::kRefused) << text;
  }
  EXPECT_TRUE(accepts(kOpen, R"({"b":1,"bb":2,"":3,"c":{"b":1}})"));
}

TEST(Machine, OrderOfMembers) {
  constexpr const char* kSchema = R"({"properties":{"b":true,"a":true,"c":true},"required":["a"],
      "additionalProperties":false,"type":"object"})";
  EXPECT_EQ(read(kSchema, R"({"b":1,"a":2,"c":3})"), End::kComplete);
  EXPECT_EQ(read(kSchema, R"({"a":2,"c":3})"), End::kComplete);
  EXPECT_EQ(read(kSchema, R"({"a":2,"b)"), End::kRefused);
  EXPECT_EQ(read(kSchema, R"({"c)"), End::kRefused);
  EXPECT_EQ(read(kSchema, R"({"c":1,"a":2,"b":3})", true), End::kComplete);
  EXPECT_EQ(read(kSchema, R"({"c":1,"b":3})", true), End::kRefused);
}

TEST(Machine, NumbersAsJsonWritesThem) {
  for (const char* text : {"0", "-0", "10", "-1.50", "1e5", "1E+05", "0.1e-3"})
    EXPECT_TRUE(accepts(R"({"type":"number"})", text)) << text;
  for (const char* text : {"01", "+1", ".5", "1.", "1e", "--1", "1e5.", "0x1", "Infinity", "NaN"})
    EXPECT_NE(read(R"({"type":"number"})", text), End::kComplete) << text;
  EXPECT_EQ(read(R"({"type":"integer"})", "3.0", false, JsonSpace::kAny), End::kComplete);  // a check of texts
  EXPECT_FALSE(accepts(R"({"type":"integer"})", "3.5"));
}

TEST(Machine, SpaceByItsPolicy) {
  constexpr const char* kSchema = R"({"type":"array","items":{"type":"integer"}})";
  EXPECT_EQ(read(kSchema, "[ 1 ,\n  2 ]"), End::kRefused);
  EXPECT_EQ(read(kSchema, "[ 1 ,\n  2 ]", false, JsonSpace::kLittle), End::kComplete);
  EXPECT_EQ(read(kSchema, "[   1]", false, JsonSpace::kLittle), End::kRefused);
  EXPECT_EQ(read(kSchema, " [\t\t1\r\n\r\n,2]\n ", false, JsonSpace::kAny), End::kComplete);
  EXPECT_EQ(read(kSchema, "[1\v]", false, JsonSpace::kAny), End::kRefused);
}

TEST(Machine, TenThousandLevelsDeep) {
  constexpr std::size_t kLevels = 10'000;
  const std::string open(kLevels, '['), close(kLevels, ']');
  EXPECT_EQ(read("{}", open + close), End::kComplete);
  EXPECT_EQ(read("{}", open), End::kOpen);
  EXPECT_EQ(read("{}", open + close + "]"), End::kRefused);
  constexpr const char* kTree = R"({"type":"object","properties":{"c":{"$ref":"#"}},"additionalProperties":false})";
  std::string text;
  for (std::size_t i = 0; i < kLevels; ++i) text += "{\"c\":";
  text += "{}" + std::string(kLevels, '}');
  EXPECT_EQ(read(kTree, text), End::kComplete);
}

TEST(Machine, BoundsCountCodePoints) {
  constexpr const char* kSchema = R"({"type":"string","minLength":2,"maxLength":3})";
  for (const char* text : {R"("é日")", R"("😀a\n")", R"("\ud83d\ude00\u0061")"})
    EXPECT_TRUE(accepts(kSchema, text)) << text;
  for (const char* text : {R"("é")", R"("a日b😀")", R"("abc\n")"}) EXPECT_FALSE(accepts(kSchema, text)) << text;
}

TEST(Machine, StringsThatMustDiffer) {
  constexpr const char* kSchema = R"({"type":"array","items":{"type":"string"},"uniqueItems":true})";
  EXPECT_TRUE(accepts(kSchema, R"(["a","b","ab",""])"));
  EXPECT_EQ(read(kSchema, R"(["a","\u0061")"), End::kRefused);
  EXPECT_EQ(read(kSchema, R"(["ab","a","ab")"), End::kRefused);
}

}  // namespace
}  // namespace hearth
