#include "server/api/chat_call.h"

#include <utility>

#include "server/api/chat_fields.h"

namespace hearth {

ReadyChat ready_chat(const Lease& lease, ChatCall call) {
  ReadyChat ready;
  ready.request = std::move(call.request);
  add_overlay_messages(lease, ready.request.messages);
  const std::string& own = ready.request.chat.chat_template;
  const std::string source = own.empty() ? lease->info().chat_template : own;
  ready.format = apply_tools(call.tools, source, ready.request).format;
  if (call.split_reasoning) {
    const std::string prompt = lease->render_chat(ready.request.messages, ready.request.chat);
    apply_reasoning(source, prompt, ready.request, ready.format);
  }
  return ready;
}

}  // namespace hearth
