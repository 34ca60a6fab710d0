#include "runtime/prompt.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "hearth/error.h"

namespace hearth {
namespace {

json::object template_message(const ChatMessage& message) {
  json::object object{{"role", message.role}, {"content", message.content}};
  if (!message.tool_calls_json.empty()) object["tool_calls"] = parse_json(message.tool_calls_json, "tool_calls");
  if (!message.name.empty()) object["name"] = message.name;
  if (!message.tool_call_id.empty()) object["tool_call_id"] = message.tool_call_id;
  if (!message.reasoning.empty()) object["reasoning_content"] = message.reasoning;
  return object;
}

TemplateInputs template_inputs(const LoadedModel& model, const std::vector<ChatMessage>& messages,
                               const ChatOptions& options) {
  TemplateInputs inputs;
  for (const ChatMessage& message : messages) inputs.messages.push_back(template_message(message));
  if (!options.tools_json.empty()) inputs.tools = parse_json(options.tools_json, "tools");
  if (!options.variables_json.empty()) {
    json::value extra = parse_json(options.variables_json, "the template's variables");
    if (!extra.is_object()) throw Error(ErrorCode::kInvalidArgument, "the template's variables are no JSON object");
    inputs.extra = std::move(extra.get_object());
  }
  inputs.add_generation_prompt = options.add_generation_prompt;
  if (const auto bos = model.tokenizer->bos()) inputs.bos_token = model.tokenizer->token_text(*bos);
  if (const auto eos = model.tokenizer->eos()) inputs.eos_token = model.tokenizer->token_text(*eos);
  return inputs;
}

std::vector<TokenId> encode_prompt(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options,
                                   std::int64_t most) {
  if (const auto found = find_overlong(tokenizer, text, options, most)) {
    throw overlong_prompt(*found, most);
  }
  std::vector<TokenId> ids = tokenizer.encode(text, options);
  const auto bos = tokenizer.bos();
  if (!bos) return ids;
  EncodeOptions special;
  special.add_special = true;
  const std::vector<TokenId> around_nothing = tokenizer.encode("", special);
  const bool adds_bos = !around_nothing.empty() && around_nothing.front() == *bos;
  const bool starts_with_bos = !ids.empty() && ids.front() == *bos;
  // Nothing at all to continue: the token that stands before a text is the only start there is.
  if ((adds_bos && !starts_with_bos) || ids.empty()) ids.insert(ids.begin(), *bos);
  return ids;
}

RenderedPrompt render_messages(const LoadedModel& model, const std::vector<ChatMessage>& messages,
                               const ChatOptions& options) {
  if (!options.chat_template.empty()) {
    return ChatTemplate::parse(options.chat_template, "the request's template")
        .render(template_inputs(model, messages, options));
  }
  if (!model.chat_template) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{} has no chat template: it continues text and does not chat", model.path),
                "give it plain text to continue");
  }
  return model.chat_template->render(template_inputs(model, messages, options));
}

}  // namespace

RenderedPrompt render_prompt(const LoadedModel& model, const std::vector<ChatMessage>& messages,
                             const ChatOptions& options) {
  RenderedPrompt prompt = render_messages(model, messages, options);
  if (options.answer_begin.empty()) return prompt;
  if (!options.add_generation_prompt)
    throw Error(ErrorCode::kInvalidArgument, "the beginning of an answer needs the generation prompt before it");
  const std::size_t begin = prompt.text.size();
  prompt.text += options.answer_begin;
  prompt.untrusted.emplace_back(begin, prompt.text.size());
  return prompt;
}

Error overlong_prompt(const OverlongText& found, std::int64_t most) {
  return {ErrorCode::kContextLimit,
          fmt::format("the prompt has at least {} tokens; the context holds {} and the answer needs room", found.tokens,
                      most),
          "shorten the prompt, or use a larger context"};
}

std::vector<TokenId> prompt_tokens(const LoadedModel& model, const GenerateRequest& request, std::int64_t most) {
  const int kinds = !request.messages.empty() + !request.prompt_ids.empty() + !request.prompt.empty();
  if (kinds > 1) throw Error(ErrorCode::kInvalidArgument, "a request takes one of prompt, messages and prompt_ids");
  if (!request.prompt_ids.empty()) return request.prompt_ids;
  EncodeOptions options;
  if (request.messages.empty()) {
    options.parse_special = request.parse_special;
    return encode_prompt(*model.tokenizer, request.prompt, options, most);
  }
  const RenderedPrompt prompt = render_prompt(model, request.messages, request.chat);
  options.parse_special = true;
  options.untrusted = prompt.untrusted;
  return encode_prompt(*model.tokenizer, prompt.text, options, most);
}

SequenceRequest sequence_request(const LoadedModel& model, const GenerateRequest& request, std::int64_t most) {
  SequenceRequest sequence;
  sequence.prompt = prompt_tokens(model, request, most);
  sequence.continues_text = request.messages.empty() || !request.chat.answer_begin.empty();
  if (!request.messages.empty()) sequence.answer_begin = request.chat.answer_begin;
  sequence.max_tokens = request.max_tokens;
  sequence.stop = request.stop;
  sequence.ignore_eos = request.ignore_eos;
  sequence.context_shift = request.context_shift;
  sequence.keep = request.keep;
  sequence.sampling = request.sampling;
  sequence.logprobs = request.logprobs;
  sequence.prompt_logprobs = request.prompt_logprobs;
  sequence.cancel = request.cancel;
  return sequence;
}

}  // namespace hearth
