#include "server/api/tools/answer_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "base/unicode.h"
#include "server/api/api_answer.h"

namespace hearth {
namespace {

AnswerFormat format_of(ToolStyle style) {
  AnswerFormat format;
  format.style = style;
  format.tools = {"get_weather", "get_time", "get"};
  return format;
}

AnswerFormat reasoning_format(bool begun, ToolStyle style = ToolStyle::kHermes) {
  AnswerFormat format = format_of(style);
  format.reasoning = true;
  format.begins_in_reasoning = begun;
  return format;
}

/// "T(text) R(reasoning) C(name arguments)" of all events together.
std::string told(const std::vector<AnswerEvent>& events) {
  std::string out;
  AnswerEvent::Kind open = AnswerEvent::Kind::kToolCall;
  for (const AnswerEvent& event : events) {
    if (event.kind == AnswerEvent::Kind::kToolCall) {
      if (open != AnswerEvent::Kind::kToolCall) out += ")";
      out += "C(" + event.call.name + " " + event.call.arguments_json + ")";
    } else {
      EXPECT_FALSE(event.text.empty());
      EXPECT_TRUE(is_valid_utf8(event.text)) << event.text;
      if (event.kind != open) {
        if (open != AnswerEvent::Kind::kToolCall) out += ")";
        out += event.kind == AnswerEvent::Kind::kText ? "T(" : "R(";
      }
      out += event.text;
    }
    open = event.kind;
  }
  if (open != AnswerEvent::Kind::kToolCall) out += ")";
  return out;
}

void append(std::vector<AnswerEvent>& events, std::vector<AnswerEvent> more) {
  for (AnswerEvent& event : more) events.push_back(std::move(event));
}

std::string parsed(const AnswerFormat& format, std::string_view answer) {
  AnswerParser parser(format);
  std::vector<AnswerEvent> events = parser.push(answer);
  append(events, parser.finish());
  return told(events);
}

constexpr std::string_view kParis = R"(<tool_call>
{"name": "get_weather", "arguments": {"city": "Paris"}}
</tool_call>)";
const std::string kParisEvent = R"(C(get_weather {"city": "Paris"}))";

TEST(AnswerParser, PassesTextOn) {
  for (const ToolStyle style : {ToolStyle::kNone, ToolStyle::kHermes, ToolStyle::kLlama, ToolStyle::kMistral}) {
    for (const char* text : {"Hello, <b>you</b> [and] {all} <tool_",
                             "  \n a\n\n",
                             "<",
                             "",
                             "[TOOL",
                             "get",
                             "get_we",
                             "getting there",
                             "{\"name\": \"Ann\"}",
                             "[1, 2]",
                             "[{\"a\": 1}]",
                             "{",
                             "[",
                             "é😀",
                             "<think>Hm</think>Yes",
                             "{\"name\": \"get_weather\"",
                             "{\"name\": \"get_weather\"}",
                             "{\"name\":\"get\",\"parameters\":{},\"age\":3}",
                             "get {\"a\": 1",
                             "<|python_tag|>{"}) {
      const std::string expected = *text == '\0' ? "" : "T(" + std::string(text) + ")";
      EXPECT_EQ(parsed(format_of(style), text), expected) << static_cast<int>(style);
    }
  }
}

TEST(AnswerParser, ReadsHermesCalls) {
  const AnswerFormat format = format_of(ToolStyle::kHermes);
  EXPECT_EQ(parsed(format, kParis), kParisEvent);
  EXPECT_EQ(parsed(format, "Let me see.\n" + std::string(kParis) + "\n"), "T(Let me see.)" + kParisEvent);
  EXPECT_EQ(parsed(format, std::string(kParis) + "\n" + std::string(kParis)), kParisEvent + kParisEvent);
  EXPECT_EQ(parsed(format, std::string(kParis) + "\nDone. "), kParisEvent + "T(Done. )");
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get_time","arguments":{}}</tool_call>)"), "C(get_time {})");
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get_time"}</tool_call>)"), "C(get_time {})");
  EXPECT_EQ(parsed(format, R"(<tool_call>{"arguments":null,"name":"get_time"}</tool_call>)"), "C(get_time {})");
  // No end tag: the answer ended, or the next call begins.
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get_time","arguments":{}})"), "C(get_time {})");
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get"}<tool_call>{"name":"get_time"}</tool_call>)"),
            "C(get {})C(get_time {})");
  // The tags inside of strings are not tags.
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get","arguments":{"a":"</tool_call>}\"<tool_call>"}}</tool_call>)"),
            R"(C(get {"a":"</tool_call>}\"<tool_call>"}))");
  // Digits beyond a double's, and arguments given as a string.
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get","arguments":{"n":12345678901234567.10}}</tool_call>)"),
            R"(C(get {"n":12345678901234567.10}))");
  EXPECT_EQ(parsed(format, R"(<tool_call>{"name":"get","arguments":"{\"n\": 1}"}</tool_call>)"), R"(C(get {"n": 1}))");
  EXPECT_EQ(parsed(format, R"(<tool_call>{"type":"function","function":{"name":"get","arguments":{}}}</tool_call>)"),
            "C(get {})");
}

TEST(AnswerParser, LeavesMalformedCallsInTheText) {
  const AnswerFormat format = format_of(ToolStyle::kHermes);
  for (const std::string text :
       {"<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": ", "<tool_call> nothing </tool_call>",
        "<tool_call>{\"name\": \"unknown\", \"arguments\": {}}</tool_call>", "<tool_call>{\"name\": 1}</tool_call>",
        "<tool_call>{\"name\":\"get\",\"arguments\":[1]}</tool_call>", "<tool_call>",
        "<tool_call>{\"name\":\"get\",\"arguments\":\"x\"}</tool_call>", "<tool_call>{]</tool_call>",
        "<tool_call>{\"name\":\"get\",\"arguments\":{}} trailing</tool_call>", "<tool_call>{name: get}</tool_call>",
        "Well \n<tool_call>{\"name\":\"get\",\"name\":\"get_time\"}</tool_call>"})
    EXPECT_EQ(parsed(format, text), "T(" + text + ")");
  EXPECT_EQ(parsed(format, "<tool_call>oh <tool_call>{\"name\":\"get\"}</tool_call>"), "T(<tool_call>oh)C(get {})");
}

TEST(AnswerParser, ReadsLlamaCalls) {
  const AnswerFormat format = format_of(ToolStyle::kLlama);
  const std::string call = R"({"name": "get_weather", "parameters": {"city": "Paris"}})";
  EXPECT_EQ(parsed(format, call), kParisEvent);
  EXPECT_EQ(parsed(format, "\n<|python_tag|> " + call), kParisEvent);
  EXPECT_EQ(parsed(format, call + "; " + call + "\n"), kParisEvent + kParisEvent);
  EXPECT_EQ(parsed(format, R"({"type": "function", "name": "get", "parameters": {}})"), "C(get {})");
  EXPECT_EQ(parsed(format, "Call: " + call), "T(Call: " + call + ")");
  EXPECT_EQ(parsed(format, call + " is it"), kParisEvent + "T(is it)");
}

TEST(AnswerParser, ReadsMistralCalls) {
  const AnswerFormat format = format_of(ToolStyle::kMistral);
  const std::string call = R"({"name": "get_weather", "arguments": {"city": "Paris"}, "id": "abcdefghi"})";
  EXPECT_EQ(parsed(format, "[TOOL_CALLS][" + call + "]"), kParisEvent);
  EXPECT_EQ(parsed(format, "[TOOL_CALLS] [" + call + ", " + call + "]"), kParisEvent + kParisEvent);
  EXPECT_EQ(parsed(format, "Yes. [TOOL_CALLS][" + call + "]"), "T(Yes.)" + kParisEvent);
  EXPECT_EQ(parsed(format, "[" + call + "]"), kParisEvent);  // the control token is no text
  EXPECT_EQ(parsed(format, R"([TOOL_CALLS]get_weather[ARGS]{"city": "Paris"})"), kParisEvent);
  EXPECT_EQ(
      parsed(format, R"([TOOL_CALLS]get_weather[CALL_ID]a1B2c3D4e[ARGS]{"city": "Paris"}[TOOL_CALLS]get[ARGS]{})"),
      kParisEvent + "C(get {})");
  EXPECT_EQ(parsed(format, R"(get_weather{"city": "Paris"}get{})"), kParisEvent + "C(get {})");
  EXPECT_EQ(parsed(format, "[TOOL_CALLS][" + call + ", 1]"), "T([TOOL_CALLS][" + call + ", 1])");
  EXPECT_EQ(parsed(format, "[TOOL_CALLS]nobody[ARGS]{}"), "T([TOOL_CALLS]nobody[ARGS]{})");
}

TEST(AnswerParser, TellsReasoningApart) {
  EXPECT_EQ(parsed(reasoning_format(false), "<think>\nHm.\n</think>\n\nYes."), "R(Hm.)T(Yes.)");
  EXPECT_EQ(parsed(reasoning_format(false), "Yes. <think>No.</think>"), "T(Yes. <think>No.</think>)");
  EXPECT_EQ(parsed(reasoning_format(false), "<think>\n\n</think>\n\nYes."), "T(Yes.)");
  EXPECT_EQ(parsed(reasoning_format(true), "Hm.\n</think>\n\nYes."), "R(Hm.)T(Yes.)");
  EXPECT_EQ(parsed(reasoning_format(true), "Hm, <tool_call> or"), "R(Hm, <tool_call> or)");
  EXPECT_EQ(parsed(reasoning_format(true), "A\n\nB </thi</think>" + std::string(kParis)),
            "R(A\n\nB </thi)" + kParisEvent);
  EXPECT_EQ(parsed(reasoning_format(true, ToolStyle::kLlama), R"(A</think> {"name":"get","parameters":{}})"),
            "R(A)C(get {})");
  EXPECT_EQ(parsed(reasoning_format(true, ToolStyle::kNone), "A</think>\nB\n"), "R(A)T(B\n)");
  EXPECT_TRUE(ends_in_reasoning("<|im_start|>assistant\n<think>\n"));
  EXPECT_FALSE(ends_in_reasoning("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
}

TEST(AnswerParser, KeepsToSoManyCalls) {
  AnswerFormat format = format_of(ToolStyle::kHermes);
  format.max_calls = 1;
  EXPECT_EQ(parsed(format, std::string(kParis) + "\n" + std::string(kParis) + "more"), kParisEvent);
  AnswerParser parser(format);
  parser.push(kParis);
  EXPECT_TRUE(parser.is_full());
  EXPECT_EQ(parser.n_calls(), 1U);
}

TEST(AnswerParser, HoldsBackOnlyWhatMayBeATag) {
  const auto pieces = [](const AnswerFormat& format, const std::vector<std::string>& parts) {
    AnswerParser parser(format);
    std::vector<std::string> texts;
    for (const std::string& part : parts) {
      std::string text;
      for (const AnswerEvent& event : parser.push(part)) text += event.text;
      texts.push_back(text);
    }
    return texts;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(pieces(format_of(ToolStyle::kHermes), {"a", " b", " <", "tool", "x y"}),
            (Texts{"a", " b", "", "", " <toolx y"}));
  EXPECT_EQ(pieces(format_of(ToolStyle::kLlama), {"{\"na", "me\": \"Ann\"", ", \"x"}),
            (Texts{"", "{\"name\": \"Ann\"", ", \"x"}));
  EXPECT_EQ(pieces(format_of(ToolStyle::kLlama), {"Hi ", "{\"name\": "}), (Texts{"Hi ", "{\"name\": "}));
  EXPECT_EQ(pieces(format_of(ToolStyle::kMistral), {"get", "ting", " [TOOL"}), (Texts{"", "getting", ""}));
  EXPECT_EQ(pieces(format_of(ToolStyle::kNone), {"a \xC3", "\xA9 ", "<tool_call>"}),
            (Texts{"a ", "é ", "<tool_call>"}));
  EXPECT_EQ(pieces(reasoning_format(true), {"a </", "b", "</think>", "\n", "c"}), (Texts{"a", " </b", "", "", "c"}));
}

/// Texts of pieces that matter to the parser, in any order.
std::string random_answer(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"<think>",
                                                   "</think>",
                                                   "<tool_call>",
                                                   "</tool_call>",
                                                   "[TOOL_CALLS]",
                                                   "[ARGS]",
                                                   "[CALL_ID]",
                                                   "<|python_tag|>",
                                                   "get",
                                                   "get_weather",
                                                   "unknown",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   "\"",
                                                   ",",
                                                   ":",
                                                   ";",
                                                   " ",
                                                   "\n",
                                                   "é",
                                                   "😀",
                                                   "\\",
                                                   "a b",
                                                   "<",
                                                   R"({"name": "get", "arguments": {"a": "é\"}"}})",
                                                   R"({"name": "get_time", "parameters": {}})",
                                                   R"({"name": "get")",
                                                   R"({"name": "x", "arguments": {}})",
                                                   R"([{"name": "get", "arguments": {}}])",
                                                   R"({"a": [1, {"b": 2}]})",
                                                   std::string(kParis),
                                                   "Hello.",
                                                   "\n\n"};
  static const std::vector<std::string> kCalls = {
      std::string(kParis), R"({"name": "get", "parameters": {"n": [1, "}"]}})",
      R"([TOOL_CALLS][{"name": "get", "arguments": "{}"}])", R"(get_time[ARGS]{"zone": "é"})",
      R"(<tool_call>{"name": "get"}</tool_call>)"};
  std::string text;
  for (std::size_t n = random() % 9; n > 0; --n) {
    text += random() % 4 == 0 ? kCalls[random() % kCalls.size()] : kPieces[random() % kPieces.size()];
  }
  return text;
}

TEST(AnswerParser, SaysTheSameHoweverTheAnswerIsCut) {
  std::mt19937_64 random(1);
  std::size_t calls = 0, reasoned = 0;
  for (int round = 0; round < 40'000; ++round) {
    const std::string answer = random_answer(random);
    AnswerFormat format = format_of(static_cast<ToolStyle>(random() % 4));
    format.reasoning = random() % 2 == 0;
    format.begins_in_reasoning = random() % 3 == 0;
    format.max_calls = random() % 4 == 0 ? 1 : 0;
    const std::string expected = parsed(format, answer);
    AnswerParser parser(format);
    std::vector<AnswerEvent> events;
    const std::size_t longest = 1 + random() % 12;
    for (std::size_t at = 0; at < answer.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % longest, answer.size() - at);
      append(events, parser.push(std::string_view(answer).substr(at, n)));
      at += n;
    }
    append(events, parser.finish());
    ASSERT_EQ(told(events), expected) << static_cast<int>(format.style) << " of " << answer;
    calls += parser.n_calls();
    if (expected.starts_with("R(")) ++reasoned;
    // Nothing is lost but tags and white space: without calls and reasoning the text is the answer.
    if (parser.n_calls() == 0 && !format.reasoning && !answer.empty()) {
      ASSERT_EQ(expected, "T(" + answer + ")");
    }
  }
  EXPECT_GT(calls, 5000U);
  EXPECT_GT(reasoned, 1000U);
}

TEST(CallId, IsLongAndItsOwn) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_id("call_");
    EXPECT_EQ(id.size(), 29U);
    EXPECT_EQ(id.substr(0, 5), "call_");
    EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 5),
              std::string::npos);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

std::string parsed_when_cut(ToolStyle style, std::string_view answer) {
  AnswerParser parser(format_of(style));
  std::vector<AnswerEvent> events = parser.push(answer);
  append(events, parser.finish(true));
  return told(events);
}

TEST(AnswerParser, ACallThatIsCutIsToldAsFarAsItGoes) {
  using enum ToolStyle;
  EXPECT_EQ(parsed_when_cut(kHermes, R"(So: <tool_call>{"name": "get_time", "arguments": {"zone": "U)"),
            R"(T(So:)C(get_time {"zone": "U))");
  EXPECT_EQ(parsed_when_cut(kHermes, R"(<tool_call>{"name":"get_time","arguments":{"zone":"UTC"})"),
            R"(C(get_time {"zone":"UTC"}))");
  EXPECT_EQ(parsed_when_cut(kHermes, R"(<tool_call>{"name":"get_time")"), "C(get_time )");
  EXPECT_EQ(parsed_when_cut(kHermes, R"(<tool_call>{"type":"function","function":{"name":"get_time","arguments":{)"),
            "C(get_time {)");
  EXPECT_EQ(parsed_when_cut(kLlama, R"({"name": "get_time", "parameters": {"zone)"), R"(C(get_time {"zone))");
  EXPECT_EQ(parsed_when_cut(kMistral, R"([TOOL_CALLS][{"name":"get_time","arguments":{}},{"name":"get_time","arg)"),
            "C(get_time {})C(get_time )");
  EXPECT_EQ(parsed_when_cut(kMistral, R"([TOOL_CALLS]get_time[ARGS]{"zone)"), R"(C(get_time {"zone))");
  // What does not show whom it calls stays text, and so does what calls nobody.
  for (const char* text :
       {R"(<tool_call>{"na)", R"(<tool_call>{"name":"get_ti)", R"(<tool_call>{"name":"stop","arguments":{)",
        R"(<tool_call>{"arguments":{"zone":"UTC"},"name":"get_time)", R"(<tool_call>{"name":"get_time","arguments":7)",
        "<tool_call>", "<tool"}) {
    EXPECT_EQ(parsed_when_cut(kHermes, text), "T(" + std::string(text) + ")");
  }
  // One that ended by itself wrote no call.
  const std::string ended = R"(<tool_call>{"name": "get_time", "arguments": {"zone)";
  EXPECT_EQ(parsed(format_of(kHermes), ended), "T(" + ended + ")");
}

TEST(AnswerParser, ACompleteCallIsOneWhereverItsEndTagIsCutOff) {
  const std::string call = R"(<tool_call>{"name":"get_time","arguments":{"zone":"UTC"}})";
  const std::string end = "\n</tool_call>";
  for (std::size_t n = 0; n <= end.size(); ++n) {
    EXPECT_EQ(parsed(format_of(ToolStyle::kHermes), call + end.substr(0, n)), R"(C(get_time {"zone":"UTC"}))") << n;
  }
  EXPECT_EQ(parsed(format_of(ToolStyle::kHermes), call + "\n</tool_box>"), "T(" + call + "\n</tool_box>)");
}

}  // namespace
}  // namespace hearth
