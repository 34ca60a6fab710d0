// The API of kept conversations: the handlers under /api/conversations, /api/presets and /api/prompts, and the routes
// that lead to them.
#pragma once

#include <memory>

#include "server/api/conversations/conversations.h"
#include "server/http/exchange.h"
#include "server/http/router.h"

namespace hearth {

using ExchangePtr = std::shared_ptr<Exchange>;

void list_conversations(Conversations& conversations, const ExchangePtr& exchange);
void create_conversation(Conversations& conversations, const ExchangePtr& exchange);
void show_conversation(Conversations& conversations, const ExchangePtr& exchange);
void change_conversation(Conversations& conversations, const ExchangePtr& exchange);
void delete_conversation(Conversations& conversations, const ExchangePtr& exchange);
void restore_conversation(Conversations& conversations, const ExchangePtr& exchange);
void branch_conversation(Conversations& conversations, const ExchangePtr& exchange);
void measure_context(Conversations& conversations, const ExchangePtr& exchange);
void list_folders(Conversations& conversations, const ExchangePtr& exchange);

void send_message(Conversations& conversations, const ExchangePtr& exchange);
void answer_again(Conversations& conversations, const ExchangePtr& exchange);
void continue_answer(Conversations& conversations, const ExchangePtr& exchange);
void stop_answer(Conversations& conversations, const ExchangePtr& exchange);
void delete_message(Conversations& conversations, const ExchangePtr& exchange);
void follow_answer(Conversations& conversations, const ExchangePtr& exchange);

void export_conversation(Conversations& conversations, const ExchangePtr& exchange);
void export_conversations(Conversations& conversations, const ExchangePtr& exchange);
void import_conversations(Conversations& conversations, const ExchangePtr& exchange);

void list_presets(Conversations& conversations, const ExchangePtr& exchange);
void create_preset(Conversations& conversations, const ExchangePtr& exchange);
void show_preset(Conversations& conversations, const ExchangePtr& exchange);
void change_preset(Conversations& conversations, const ExchangePtr& exchange);
void delete_preset(Conversations& conversations, const ExchangePtr& exchange);

void list_prompts(Conversations& conversations, const ExchangePtr& exchange);
void create_prompt(Conversations& conversations, const ExchangePtr& exchange);
void show_prompt(Conversations& conversations, const ExchangePtr& exchange);
void change_prompt(Conversations& conversations, const ExchangePtr& exchange);
void delete_prompt(Conversations& conversations, const ExchangePtr& exchange);

/// `conversations` must outlive the router's use.
void add_conversation_routes(Router& router, Conversations& conversations);

}  // namespace hearth
