// POST /v1/tokenize and /v1/detokenize (llama.cpp's server has them without /v1).
#include <fmt/format.h>

#include <limits>

#include "server/api/chat_call.h"
#include "server/api/chat_fields.h"
#include "server/api/chat_settings.h"
#include "server/api/model_answer.h"
#include "server/api/openai/openai_api.h"
#include "server/api/openai/openai_json.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

// A token takes up to a byte of text, and its piece some hundred bytes of answer.
constexpr std::size_t kMostText = std::size_t{8} << 20, kMostTextWithPieces = std::size_t{1} << 20;

void check_length(const std::string& text, bool with_pieces) {
  const std::size_t most = with_pieces ? kMostTextWithPieces : kMostText;
  if (text.size() > most) {
    throw bad_field("content", fmt::format("content has {} bytes; at most {} are allowed{}", text.size(), most,
                                           with_pieces ? " with pieces" : ""));
  }
}

}  // namespace

void tokenize(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const auto body = std::make_shared<const json::object>(parse_body(exchange->request().body));
  const RequestFields fields(*body);
  const std::string model = fields.required_string("model");
  with_model(context, exchange, model, {}, [exchange, body, limits = context.limits](Lease lease) {
    const RequestFields request(*body);
    const bool with_pieces = request.boolean("with_pieces").value_or(false);
    std::vector<TokenId> ids;
    if (request.has("messages")) {
      ChatCall chat;
      chat.request = default_request(lease);
      chat.request.messages = read_messages(request, limits.max_messages);
      read_chat_settings(request, limits, chat);
      chat.tools = read_openai_tools(request);
      ids = lease->prompt_tokens(ready_chat(lease, std::move(chat)).request);
    } else {
      std::optional<std::string> text;
      for (const char* key : {"content", "prompt", "text"}) {
        if (!text) text = request.string(key);
      }
      if (!text) throw bad_field("content", "content is missing", "missing_required_parameter");
      check_length(*text, with_pieces);
      ids = lease->tokenize(*text, request.boolean("add_special").value_or(false),
                            request.boolean("parse_special").value_or(true));
    }
    json::array tokens;
    for (const TokenId id : ids) {
      if (with_pieces) {
        tokens.push_back({{"id", id}, {"piece", printable_token(lease.model(), id)}});
      } else {
        tokens.emplace_back(id);
      }
    }
    respond_json(*exchange, {{"tokens", std::move(tokens)},
                             {"count", ids.size()},
                             {"max_model_len", lease->context()},
                             {"model", lease.name()}});
  });
}

void detokenize(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const json::array* tokens = fields.array("tokens");
  if (tokens == nullptr) throw bad_field("tokens", "tokens is missing", "missing_required_parameter");
  std::vector<TokenId> ids;
  for (const json::value& token : *tokens) {
    const std::int64_t id = token.is_int64() ? token.get_int64() : -1;
    if (id < 0 || id > std::numeric_limits<TokenId>::max())
      throw bad_field("tokens", fmt::format("tokens[{}] is no token id", ids.size()));
    ids.push_back(static_cast<TokenId>(id));
  }
  with_model(context, exchange, fields.required_string("model"), {}, [exchange, ids](Lease lease) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] >= lease->info().n_vocab)
        throw bad_field("tokens",
                        fmt::format("tokens[{}] is {}; this model has {} tokens", i, ids[i], lease->info().n_vocab));
    }
    const std::string text = lease->detokenize(ids, false);
    respond_json(*exchange, {{"content", text}, {"text", text}, {"model", lease.name()}});
  });
}

}  // namespace hearth
