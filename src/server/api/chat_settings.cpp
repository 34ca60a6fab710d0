#include "server/api/chat_settings.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "server/api/chat_fields.h"
#include "server/api/sampling_fields.h"

namespace hearth {

void read_chat_settings(const RequestFields& fields, const ApiLimits& limits, ChatCall& call) {
  read_sampling(fields, call.request.sampling);
  if (fields.has("stop")) call.request.stop = read_stop(fields, limits.max_stop);
  if (const auto most = fields.integer("max_tokens", -1)) call.request.max_tokens = *most;
  if (const auto most = fields.integer("max_completion_tokens", 0)) call.request.max_tokens = *most;
  call.request.ignore_eos = fields.boolean("ignore_eos").value_or(false);
  call.request.constraint = read_response_format(fields, limits.max_constraint);
  json::object variables;
  if (const json::object* more = fields.object("chat_template_kwargs")) variables = *more;
  if (const auto effort = fields.string("reasoning_effort")) {
    variables["reasoning_effort"] = *effort;
    if (*effort == "none") variables["enable_thinking"] = false;
  }
  if (const auto think = fields.boolean("think")) variables["enable_thinking"] = *think;
  if (!variables.empty()) call.request.chat.variables_json = json::serialize(variables);
  const std::string format = fields.string("reasoning_format").value_or("auto");
  constexpr std::array<std::string_view, 4> kFormats = {"auto", "none", "deepseek", "deepseek-legacy"};  // llama.cpp's
  if (std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end()) {
    throw bad_field(fields.param("reasoning_format"),
                    "reasoning_format must be auto, none, deepseek or deepseek-legacy");
  }
  call.split_reasoning = format != "none";
}

}  // namespace hearth
