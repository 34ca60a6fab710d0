// Arbitrary bytes as the body of a request, whose first byte chooses the API: whatever it is, it is read, or refused
// with a 4xx. Besides: Modelfiles and Go templates that requests bring, and answers of models, which are untrusted too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/error.h"
#include "server/api/anthropic/message_call.h"
#include "server/api/chat_fields.h"
#include "server/api/ollama/go_template.h"
#include "server/api/ollama/keep_alive.h"
#include "server/api/ollama/modelfile.h"
#include "server/api/ollama/ollama_call.h"
#include "server/api/ollama/ollama_messages.h"
#include "server/api/responses/response_call.h"
#include "server/api/sampling_fields.h"
#include "server/api/tools/answer_parser.h"
#include "server/api/tools/apply_tools.h"
#include "server/api/tools/tool_messages.h"
#include "text/chat_template.h"

namespace {

using namespace hearth;

void check(bool holds) {
  if (!holds) std::abort();
}

/// Templates of each way with tools.
const std::vector<std::string>& templates() {
  static const std::vector<std::string> all = {
      ChatTemplate::builtin("chatml").source(),
      "{% for m in messages %}{{ m.role }}{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>\n"
      "{{ c.function | tojson }}\n</tool_call>{% endfor %}{% endfor %}{{ tools | tojson if tools }}<think>",
      ""};
  return all;
}

void apply(const ToolPlan& plan, std::vector<ChatMessage> messages, std::uint8_t choice) {
  GenerateRequest request;
  request.messages = std::move(messages);
  const std::string& source = templates()[choice % templates().size()];
  AppliedTools applied = apply_tools(plan, source, request);
  apply_reasoning(source, "<think>\n", request, applied.format);
}

void read_openai(const json::object& body, const ApiLimits& limits, std::uint8_t choice) {
  const RequestFields fields(body);
  SamplingParams sampling;
  read_sampling(fields, sampling);
  read_stop(fields, limits.max_stop);
  read_response_format(fields, limits.max_constraint);
  apply(read_openai_tools(fields), read_messages(fields, limits.max_messages), choice);
}

void read_ollama(const json::object& body, const ApiLimits& limits, std::uint8_t choice) {
  read_ollama_call(body, limits);
  const RequestFields fields(body);
  refuse_images(fields);
  if (const json::object* options = fields.object("options")) {
    GenerateRequest request;
    read_ollama_options(fields.child("options", *options), request);
  }
  if (const auto source = fields.string("template")) read_template(*source, "template", limits.max_constraint);
  apply(read_ollama_tools(fields), read_ollama_messages(fields, limits.max_messages), choice);
}

void read_modelfile(std::string_view text) {
  const Modelfile first = parse_modelfile(text, "modelfile");
  const Modelfile again = parse_modelfile(write_modelfile(first, {"made again"}), "modelfile");
  check(again.from == first.from && again.parameters == first.parameters);
  parameter_lines(first.parameters);
}

struct Told {
  std::string text, reasoning, calls;
  bool operator==(const Told&) const = default;
  void add(const std::vector<AnswerEvent>& events) {
    for (const AnswerEvent& event : events) {
      switch (event.kind) {
        case AnswerEvent::Kind::kText: text += event.text; break;
        case AnswerEvent::Kind::kReasoning: reasoning += event.text; break;
        case AnswerEvent::Kind::kToolCall:
          calls += event.call.name + event.call.arguments_json + "\n";
          check(parse_json(event.call.arguments_json, "arguments").is_object());
          break;
      }
    }
  }
};

Told told(const AnswerFormat& format, std::string_view answer, std::size_t step) {
  AnswerParser parser(format);
  Told all;
  for (; !answer.empty(); answer.remove_prefix(std::min(step, answer.size())))
    all.add(parser.push(answer.substr(0, step)));
  all.add(parser.finish());
  return all;
}

void read_answer(std::string_view answer, std::uint8_t choice) {
  AnswerFormat format;
  format.style = static_cast<ToolStyle>(choice % 4);
  format.tools = {"f", "get"};
  format.reasoning = (choice & 4) != 0;
  format.begins_in_reasoning = (choice & 12) == 12;
  check(told(format, answer, answer.size() + 1) == told(format, answer, choice / 16 + 1U));
}

void read(std::uint8_t api, std::uint8_t choice, std::string_view text) {
  static const ApiLimits limits;
  static ResponseStore store;
  switch (api % 8) {
    case 0: return read_openai(parse_body(text), limits, choice);
    case 1: read_message_call(parse_body(text), limits, (choice & 1) != 0); return;
    case 2: read_response_call(parse_body(text), limits, store, "fuzz"); return;
    case 3: return read_ollama(parse_body(text), limits, choice);
    case 4: return read_modelfile(text);
    case 5: {
      const std::string jinja = jinja_of_go_template(text);
      ChatTemplate::parse(jinja, "translated");  // what comes of a translation is always Jinja
      return;
    }
    case 6: return read_answer(text, choice);
    default: parse_keep_alive(text); return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  try {
    read(data[0], data[1], {reinterpret_cast<const char*>(data) + 2, size - 2});
  } catch (const hearth::Error& error) {
    const int status = describe(error).status;
    check(status >= 400 && status < 500);
  }
  return 0;
}
