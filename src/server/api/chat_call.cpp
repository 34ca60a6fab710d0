#include "server/api/chat_call.h"

#include <utility>

#include "server/api/chat_fields.h"
#include "server/api/sampling_fields.h"
#include "text/chat_template.h"

namespace hearth {

ReadyChat ready_chat(const Lease& lease, ChatCall call) {
  ReadyChat ready;
  ready.request = std::move(call.request);
  check_tokens(lease, ready.request.sampling);
  add_overlay_messages(lease, ready.request.messages);
  std::string& own = ready.request.chat.chat_template;
  // A base model has none, and clients of a server want an answer all the same: as llama.cpp's server does.
  if (own.empty() && lease->info().chat_template.empty()) own = ChatTemplate::builtin("chatml").source();
  const std::string source = own.empty() ? lease->info().chat_template : own;
  ready.format = apply_tools(call.tools, source, ready.request).format;
  if (call.split_reasoning && knows_reasoning(source)) {
    const std::string prompt = lease->render_chat(ready.request.messages, ready.request.chat);
    apply_reasoning(source, prompt, ready.request, ready.format);
  }
  return ready;
}

}  // namespace hearth
