#include "cli/prompt_request.h"

#include <fmt/format.h>

#include "hearth/error.h"

namespace hearth::cli {

GenerateRequest make_request(const Model& model, const PromptText& text) {
  GenerateRequest request;
  if (!text.raw && !model.info().chat_template.empty()) {
    if (!text.system.empty()) request.messages.push_back({"system", text.system});
    request.messages.push_back({"user", text.prompt});
    return request;
  }
  request.prompt = text.system.empty() ? text.prompt : text.system + "\n\n" + text.prompt;
  request.parse_special = text.parse_special;
  if (!request.prompt.empty()) return request;
  // With nothing before it a model begins from its first token; that one is named here, since an empty prompt and no
  // prompt look the same in a request.
  request.prompt_ids = model.tokenize("", /*add_special=*/true);
  if (request.prompt_ids.empty() && model.info().bos) request.prompt_ids = {*model.info().bos};
  if (request.prompt_ids.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "the prompt is empty and this model has no token to begin with",
                "give it some text to continue");
  }
  return request;
}

std::string continues_text_notice(const ModelInfo& info) {
  if (!info.chat_template.empty()) return "";
  return fmt::format("{} has no chat template: it continues text rather than answering",
                     info.name.empty() ? info.architecture : info.name);
}

}  // namespace hearth::cli
