// Arbitrary text as a chat template, rendered with a fixed conversation and small limits: it ends in a prompt or in an
// Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "hearth/error.h"
#include "text/chat_template.h"

namespace {

hearth::TemplateInputs make_inputs() {
  hearth::TemplateInputs inputs;
  inputs.messages = hearth::parse_json(R"([
      {"role": "system", "content": "Be kind.\n"},
      {"role": "user", "content": [{"type": "text", "text": "h\u00e9llo <|x|> \u4f60"}]},
      {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"a": 1.5, "b": [true]}}}]},
      {"role": "tool", "content": "{\"a\": 1}", "tool_call_id": "1"},
      {"role": "user", "content": ""}])",
                                       "messages")
                        .as_array();
  inputs.tools = hearth::parse_json(R"([{"type": "function", "function": {"name": "f", "parameters": {"type": "object",
      "properties": {"a": {"type": "number"}, "b": {"type": "array"}}, "required": ["a"]}}}])",
                                    "tools");
  inputs.extra =
      hearth::parse_json(R"({"n": 7, "big": 18446744073709551615, "list": [3, 1, 2], "flag": true})", "extra")
          .as_object();
  inputs.bos_token = "<s>";
  inputs.eos_token = "</s>";
  inputs.now = 1'700'000'000;
  return inputs;
}

/// What a caller relies on: the ranges lie in the text, ascending, not empty and apart.
void check(const hearth::RenderedPrompt& prompt) {
  std::size_t end = 0;
  bool first = true;
  for (const auto& [begin, stop] : prompt.untrusted) {
    if (begin >= stop || stop > prompt.text.size() || (!first && begin <= end)) std::abort();
    end = stop;
    first = false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const hearth::TemplateInputs inputs = make_inputs();
  hearth::TemplateLimits limits;
  limits.max_steps = 20'000;
  limits.max_output = 64u << 10;
  limits.max_depth = 60;
  try {
    const std::string_view source(reinterpret_cast<const char*>(data), size);
    check(hearth::ChatTemplate::parse(source, "fuzz", limits).render(inputs));
  } catch (const hearth::Error&) {
    // a refusal is an answer
  }
  return 0;
}
