#include <string>

#include "corpus.h"

namespace {

using hearth::fuzz::Seeds;

constexpr const char* kTools =
    R"("tools":[{"type":"function","function":{"name":"get","description":"d","parameters":{"type":"object",
    "properties":{"x":{"type":"string"}},"required":["x"]}}}])";

Seeds api_request_seeds() {
  Seeds seeds;
  const auto add = [&seeds](const std::string& name, char api, const std::string& text) {
    for (const char choice : {'\0', '\x31', '\x1e'})
      seeds[name + "-" + std::to_string(static_cast<int>(choice))] = std::string{api, choice} + text;
  };
  add("chat", 0,
      std::string(R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":
    [{"type":"text","text":"h\u00e9"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",
    "function":{"name":"get","arguments":"{\"x\":1}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}],
    "temperature":0.5,"top_p":1,"seed":-1,"logit_bias":{"5":-100},"stop":["a","b"],"tool_choice":"required",)") +
          kTools + "}");
  add("chat-format", 0, R"({"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema",
    "json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}},"functions":[{"name":"f"}],"function_call":
    {"name":"f"},"top_k":4,"min_p":0.1,"repeat_penalty":1.1,"mirostat":2,"presence_penalty":-2})");
  add("chat-grammar", 0, R"({"messages":[{"role":"user","content":"x"}],"grammar":"root ::= \"a\"","stop":"x"})");
  add("messages", 1, R"({"model":"m","max_tokens":5,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user",
    "content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use",
    "id":"1","name":"get","input":{"x":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1",
    "content":[{"type":"text","text":"r"}]}]},{"role":"assistant","content":"pre"}],"stop_sequences":["z"],"thinking":
    {"type":"enabled","budget_tokens":1024},"tools":[{"name":"get","input_schema":{"type":"object"}}],"tool_choice":
    {"type":"tool","name":"get","disable_parallel_tool_use":true},"temperature":1,"stream":true})");
  add("responses", 2, R"({"model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text",
    "text":"x"}]},{"type":"reasoning","summary":[]},{"type":"function_call","call_id":"1","name":"get","arguments":"{}"},
    {"type":"function_call_output","call_id":"1","output":"r"}],"instructions":"i","text":{"format":{"type":
    "json_object"}},"reasoning":{"effort":"low","summary":"auto"},"truncation":"auto","store":true,"tools":[{"type":
    "function","name":"get","parameters":{"type":"object"},"strict":false}],"metadata":{"a":"b"}})");
  add("responses-text", 2, R"({"model":"m","input":"x","previous_response_id":"resp_1","max_output_tokens":16})");
  add("ollama", 3,
      std::string(R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant",
    "thinking":"t","tool_calls":[{"function":{"name":"get","arguments":{"x":1}}}]},{"role":"tool","tool_name":"get",
    "content":"r"}],"options":{"temperature":0.1,"num_predict":-1,"stop":["a"],"num_ctx":10,"repeat_last_n":3},
    "keep_alive":"1h30m","think":"low","format":{"type":"object"},"template":"{{ .Prompt }}","logprobs":true,)") +
          kTools + "}");
  add("ollama-generate", 3, R"({"model":"m","prompt":"x","format":"json","keep_alive":-1,"think":false,"raw":true})");
  add("modelfile", 4,
      "FROM llama\n# c\nPARAMETER stop \"a b\"\nPARAMETER stop x\nparameter temperature 0.5\nSYSTEM "
      "\"\"\"s\n\"t\"\n\"\"\"\nTEMPLATE {{ .Prompt }}\nMESSAGE user hi\nLICENSE MIT\nADAPTER ./a.gguf\n");
  add("go", 5, R"({{- if .System }}<|s|>{{ .System }}{{ end }}{{ range $i, $m := .Messages }}{{ if and (eq .Role "user")
    (lt $i 3) }}{{ .Content }}{{ else if .ToolCalls }}{{ range .ToolCalls }}{{ json .Function.Arguments }}{{ end }}{{ end }}
    {{- $last := eq (len (slice $.Messages $i)) 1 }}{{ end }}{{ with .Tools }}{{ . }}{{ end }}{{ .Response }})");
  add("go-old", 5, "{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }} {{ .Response }}");
  add("answer-hermes", 6,
      "<think>\nwhy\n</think>\n\nYes. <tool_call>\n{\"name\": \"get\", \"arguments\": {\"x\": "
      "\"</tool_call>\"}}\n</tool_call>\n<tool_call>{\"name\": \"f\"}</tool_call> end");
  add("answer-llama", 6, R"({"name": "get", "parameters": {"x": [1, "}"]}}; {"name": "f", "parameters": {}})");
  add("answer-mistral", 6, R"([TOOL_CALLS][{"name": "get", "arguments": {"x": 1}}][TOOL_CALLS]f[ARGS]{"a": "é"})");
  add("keep", 7, "1h2m3.5s");
  return seeds;
}

const hearth::fuzz::Corpus seeds("api_request", api_request_seeds);

}  // namespace
