#include "text/builtin_templates.h"

#include <vector>

namespace hearth {
namespace {

// Each format below is that of the model's own card or paper. What they share comes first: text(content) is a message's
// text, be it a string, a list of parts or absent; ns.system is what the system messages say, for formats that have no
// place for them but the first question.
constexpr std::string_view kPrelude = R"({%- macro text(content) -%}
{%- if content is string -%}
{{- content -}}
{%- elif content is iterable -%}
{%- for part in content -%}
{{- part.text if part is mapping else part -}}
{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- set ns = namespace(system='') -%}
)";

// For formats where the system message goes into the first question.
constexpr std::string_view kGatherSystem = R"({%- for message in messages if message.role == 'system' -%}
{%- set ns.system = ns.system + ('\n\n' if ns.system else '') + text(message.content)|trim -%}
{%- endfor -%}
)";

constexpr std::string_view kChatMl = R"({%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\n' + text(message.content) + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\n' -}}
{%- endif -%}
)";

constexpr std::string_view kPhi4 = R"({%- for message in messages -%}
{{- '<|im_start|>' + message.role + '<|im_sep|>' + text(message.content) + '<|im_end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant<|im_sep|>' -}}
{%- endif -%}
)";

constexpr std::string_view kLlama2 = R"({%- if ns.system -%}
{%- set ns.system = '<<SYS>>\n' + ns.system + '\n<</SYS>>\n\n' -%}
{%- endif -%}
{%- for message in messages if message.role != 'system' -%}
{%- if message.role == 'assistant' -%}
{{- ' ' + text(message.content)|trim + ' ' + eos_token -}}
{%- else -%}
{{- bos_token + '[INST] ' + ns.system + text(message.content)|trim + ' [/INST]' -}}
{%- set ns.system = '' -%}
{%- endif -%}
{%- endfor -%}
)";

constexpr std::string_view kMistral = R"({{- bos_token -}}
{%- if ns.system -%}
{%- set ns.system = ns.system + '\n\n' -%}
{%- endif -%}
{%- for message in messages if message.role != 'system' -%}
{%- if message.role == 'assistant' -%}
{{- ' ' + text(message.content)|trim + eos_token -}}
{%- else -%}
{{- '[INST] ' + ns.system + text(message.content)|trim + ' [/INST]' -}}
{%- set ns.system = '' -%}
{%- endif -%}
{%- endfor -%}
)";

constexpr std::string_view kLlama3 = R"({{- bos_token -}}
{%- for message in messages -%}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + text(message.content)|trim + '<|eot_id|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
{%- endif -%}
)";

constexpr std::string_view kPhi2 = R"({%- for message in messages -%}
{%- if message.role == 'assistant' -%}
{{- 'Output: ' + text(message.content)|trim + '\n' -}}
{%- elif message.role == 'system' -%}
{{- text(message.content)|trim + '\n' -}}
{%- else -%}
{{- 'Instruct: ' + text(message.content)|trim + '\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- 'Output:' -}}
{%- endif -%}
)";

constexpr std::string_view kPhi3 = R"({%- for message in messages -%}
{{- '<|' + message.role + '|>\n' + text(message.content) + '<|end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|assistant|>\n' -}}
{%- endif -%}
)";

constexpr std::string_view kGemma = R"({{- bos_token -}}
{%- if ns.system -%}
{%- set ns.system = ns.system + '\n\n' -%}
{%- endif -%}
{%- for message in messages if message.role != 'system' -%}
{%- if message.role == 'assistant' -%}
{{- '<start_of_turn>model\n' + text(message.content)|trim + '<end_of_turn>\n' -}}
{%- else -%}
{{- '<start_of_turn>user\n' + ns.system + text(message.content)|trim + '<end_of_turn>\n' -}}
{%- set ns.system = '' -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<start_of_turn>model\n' -}}
{%- endif -%}
)";

constexpr std::string_view kZephyr = R"({%- for message in messages -%}
{{- '<|' + message.role + '|>\n' + text(message.content) + eos_token + '\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|assistant|>\n' -}}
{%- endif -%}
)";

constexpr std::string_view kDeepSeekCoder = R"({{- bos_token -}}
{%- for message in messages -%}
{%- if message.role == 'system' -%}
{{- text(message.content)|trim + '\n' -}}
{%- elif message.role == 'assistant' -%}
{{- '### Response:\n' + text(message.content)|trim + '\n<|EOT|>\n' -}}
{%- else -%}
{{- '### Instruction:\n' + text(message.content)|trim + '\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '### Response:\n' -}}
{%- endif -%}
)";

constexpr std::string_view kDeepSeekR1 = R"({{- bos_token + ns.system -}}
{%- for message in messages if message.role != 'system' -%}
{%- if message.role == 'assistant' -%}
{{- '<｜Assistant｜>' + text(message.content).split('</think>')[-1]|trim + '<｜end▁of▁sentence｜>' -}}
{%- else -%}
{{- '<｜User｜>' + text(message.content) -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<｜Assistant｜>' -}}
{%- endif -%}
)";

constexpr std::string_view kAlpaca = R"({%- if ns.system -%}
{{- ns.system + '\n\n' -}}
{%- endif -%}
{%- for message in messages if message.role != 'system' -%}
{%- if message.role == 'assistant' -%}
{{- '### Response:\n' + text(message.content)|trim + eos_token + '\n\n' -}}
{%- else -%}
{{- '### Instruction:\n' + text(message.content)|trim + '\n\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '### Response:\n' -}}
{%- endif -%}
)";

constexpr std::string_view kVicuna = R"({{- bos_token -}}
{%- if ns.system -%}
{{- ns.system + ' ' -}}
{%- endif -%}
{%- for message in messages if message.role != 'system' -%}
{%- if message.role == 'assistant' -%}
{{- 'ASSISTANT: ' + text(message.content)|trim + eos_token -}}
{%- else -%}
{{- 'USER: ' + text(message.content)|trim + ' ' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- 'ASSISTANT:' -}}
{%- endif -%}
)";

constexpr std::string_view kOpenChat = R"({{- bos_token -}}
{%- for message in messages -%}
{%- if message.role == 'system' -%}
{{- text(message.content)|trim + '<|end_of_turn|>' -}}
{%- elif message.role == 'assistant' -%}
{{- 'GPT4 Correct Assistant: ' + text(message.content)|trim + '<|end_of_turn|>' -}}
{%- else -%}
{{- 'GPT4 Correct User: ' + text(message.content)|trim + '<|end_of_turn|>' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- 'GPT4 Correct Assistant:' -}}
{%- endif -%}
)";

constexpr std::string_view kCommandR = R"({{- bos_token -}}
{%- set speakers = {'system': '<|SYSTEM_TOKEN|>', 'assistant': '<|CHATBOT_TOKEN|>'} -%}
{%- for message in messages -%}
{{- '<|START_OF_TURN_TOKEN|>' + speakers.get(message.role, '<|USER_TOKEN|>') + text(message.content)|trim + '<|END_OF_TURN_TOKEN|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' -}}
{%- endif -%}
)";

constexpr std::string_view kFalcon = R"({%- if ns.system -%}
{{- ns.system + '\n\n' -}}
{%- endif -%}
{%- for message in messages if message.role != 'system' -%}
{{- ('Assistant: ' if message.role == 'assistant' else 'User: ') + text(message.content)|trim + '\n\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- 'Assistant:' -}}
{%- endif -%}
)";

std::vector<BuiltinTemplate> make_templates() {
  const auto plain = [](std::string_view name, std::string_view body) {
    return BuiltinTemplate{name, std::string(kPrelude) + std::string(body)};
  };
  const auto with_system = [](std::string_view name, std::string_view body) {
    return BuiltinTemplate{name, std::string(kPrelude) + std::string(kGatherSystem) + std::string(body)};
  };
  return {
      plain("chatml", kChatMl),
      with_system("llama2", kLlama2),
      plain("llama3", kLlama3),
      plain("phi2", kPhi2),
      plain("phi3", kPhi3),
      plain("phi4", kPhi4),
      with_system("gemma", kGemma),
      with_system("mistral", kMistral),
      plain("zephyr", kZephyr),
      plain("tinyllama", kZephyr),
      plain("deepseek-coder", kDeepSeekCoder),
      with_system("deepseek-r1", kDeepSeekR1),
      with_system("alpaca", kAlpaca),
      with_system("vicuna", kVicuna),
      plain("openchat", kOpenChat),
      plain("command-r", kCommandR),
      with_system("falcon", kFalcon),
  };
}

}  // namespace

std::span<const BuiltinTemplate> builtin_templates() {
  static const std::vector<BuiltinTemplate> templates = make_templates();
  return templates;
}

}  // namespace hearth
