// POST /v1/completions: plain text to continue, without a conversation.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <variant>

#include "base/unicode.h"
#include "server/api/chat_fields.h"
#include "server/api/infill.h"
#include "server/api/model_answer.h"
#include "server/api/openai/openai_api.h"
#include "server/api/openai/openai_json.h"
#include "server/api/openai/text_offsets.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

using Prompt = std::variant<std::string, std::vector<TokenId>>;

std::vector<TokenId> token_list(const json::array& items, const std::string& param) {
  std::vector<TokenId> ids;
  for (const json::value& item : items) {
    const std::int64_t id = item.is_int64() ? item.get_int64() : -1;
    if (id < 0 || id > std::numeric_limits<TokenId>::max())
      throw bad_field(param, fmt::format("{}[{}] is no token id", param, ids.size()));
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

std::vector<Prompt> read_prompts(const RequestFields& fields, std::size_t most) {
  const json::value* prompt = fields.find("prompt");
  if (prompt == nullptr) return {Prompt(std::string())};  // OpenAI: "a new document"
  if (prompt->is_string()) return {Prompt(std::string(prompt->get_string()))};
  const json::array* items = fields.array("prompt");
  if (items->empty()) throw bad_field("prompt", "prompt is empty; at least one text is needed");
  if (items->front().is_number()) return {Prompt(token_list(*items, "prompt"))};
  if (items->size() > most)
    throw bad_field("prompt", fmt::format("prompt has {} entries; at most {} are allowed", items->size(), most));
  std::vector<Prompt> prompts;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const json::value& item = (*items)[i];
    const std::string param = fmt::format("prompt[{}]", i);
    if (item.is_string()) {
      prompts.emplace_back(std::string(item.get_string()));
    } else if (item.is_array() && !item.get_array().empty()) {
      prompts.emplace_back(token_list(item.get_array(), param));
    } else {
      throw bad_field(param, fmt::format("{} must be a text or an array of token ids", param));
    }
  }
  return prompts;
}

struct CompletionCall {
  std::string model, suffix;
  std::vector<Prompt> prompts;
  std::int64_t n = 1;
  bool stream = false, include_usage = false, echo = false, has_suffix = false;
  std::int32_t logprobs = -1;
  json::object body;
};

/// A token as the older logprobs spell it: apart from others also where it is no whole character.
std::string legacy_token(const ServedModel& model, TokenId id) {
  const std::string bytes = model.token_bytes(id);
  if (bytes.empty() || is_valid_utf8(bytes)) return printable_token(model, id);
  std::string text = "bytes:";
  for (const char byte : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return text;
}

/// A control token: an answer's text goes without it.
bool is_hidden(const ServedModel& model, TokenId id) {
  const std::vector<TokenId> alone{id};
  return model.detokenize(alone, true).empty() && !model.detokenize(alone, false).empty();
}

void read_settings(const RequestFields& fields, const ApiLimits& limits, GenerateRequest& request) {
  request.max_tokens = fields.integer("max_tokens", 0).value_or(16);  // OpenAI's
  read_sampling(fields, request.sampling);
  if (fields.has("stop")) request.stop = read_stop(fields, limits.max_stop);
  request.ignore_eos = fields.boolean("ignore_eos").value_or(false);
  request.constraint = read_response_format(fields, limits.max_constraint);
}

class CompletionAnswer : public ModelAnswer {
 public:
  CompletionAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, CompletionCall call)
      : ModelAnswer(context, std::move(exchange)), call_(std::move(call)) {
    priority = asked_priority(RequestFields(call_.body));
  }

 private:
  std::vector<GenerateRequest> prepare() override {
    const RequestFields fields(call_.body);
    check_choices(call_.prompts.size() * static_cast<std::size_t>(call_.n), call_.n > 1 ? "n" : "prompt");
    GenerateRequest base = default_request(lease());
    read_settings(fields, context().limits, base);
    check_tokens(lease(), base.sampling);
    base.logprobs = call_.logprobs;
    base.prompt_logprobs = call_.echo && call_.logprobs >= 0;
    std::vector<GenerateRequest> requests;
    for (const Prompt& prompt : call_.prompts) {
      GenerateRequest request = base;
      if (call_.has_suffix) {
        if (!std::holds_alternative<std::string>(prompt))
          throw bad_field("suffix", "suffix goes with a text as prompt");
        request.prompt_ids = infill_prompt(lease().model(), std::get<std::string>(prompt), call_.suffix);
      } else if (const auto* text = std::get_if<std::string>(&prompt)) {
        request.prompt = *text;
        request.parse_special = true;
      } else {
        request.prompt_ids = std::get<std::vector<TokenId>>(prompt);
        check_ids(request.prompt_ids, prompt_ids_.size());
      }
      request.prompt_ids = lease()->fitting_prompt_tokens(request);  // once for all choices
      request.prompt.clear();
      prompt_ids_.push_back(request.prompt_ids);
      for (std::int64_t i = 0; i < call_.n; ++i) {
        requests.push_back(request);
        // Choices differ; the first one is what it would be alone.
        if (requests.back().sampling.seed) *requests.back().sampling.seed += static_cast<std::uint64_t>(i);
      }
    }
    choices_.resize(requests.size());
    offsets_.resize(requests.size());
    for (std::size_t choice = 0; call_.echo && choice < offsets_.size(); ++choice)
      offsets_[choice] = TextOffsets(prompt_text(choice));
    return requests;
  }

  void check_ids(const std::vector<TokenId>& ids, std::size_t prompt) const {
    const std::int64_t n_vocab = lease()->info().n_vocab;
    const auto wrong = std::find_if(ids.begin(), ids.end(), [n_vocab](TokenId id) { return id >= n_vocab; });
    if (wrong == ids.end()) return;
    const std::string param = call_.prompts.size() > 1 ? fmt::format("prompt[{}]", prompt) : "prompt";
    throw bad_field(param, fmt::format("{} names the token {}; this model has {}", param, *wrong, n_vocab));
  }

  std::string prompt_text(std::size_t choice) const {
    const std::size_t prompt = choice / static_cast<std::size_t>(call_.n);
    if (const auto* text = std::get_if<std::string>(&call_.prompts[prompt])) return *text;
    return lease()->detokenize(prompt_ids_[prompt], false);
  }

  void on_start(std::int64_t /*prompt_tokens*/, std::int64_t /*reused_tokens*/) override {
    if (!call_.stream) return;
    begin_events(exchange());
    if (!call_.echo) return;
    for (std::size_t choice = 0; choice < offsets_.size(); ++choice) {
      exchange().write(sse(chunk(choice, prompt_text(choice), nullptr, nullptr)));
      offsets_[choice].pass_prompt();
    }
  }

  void on_piece(std::size_t choice, const AnswerPiece& piece) override {
    if (!call_.stream || (piece.text.empty() && piece.logprobs.empty())) return;
    json::value logprobs;
    if (call_.logprobs >= 0) logprobs = text_logprobs(piece.logprobs, offsets_[choice], 0);
    exchange().write(sse(chunk(choice, piece.text, std::move(logprobs), nullptr)));
  }

  void on_choice(std::size_t choice, Generation generation) override {
    usage_.add(generation.stats, choice % static_cast<std::size_t>(call_.n) == 0);
    const char* reason = openai_finish_reason(generation.finish_reason);
    if (call_.stream) {
      exchange().write(sse(chunk(choice, "", nullptr, reason)));
      return;
    }
    json::value logprobs;
    if (call_.logprobs >= 0) {
      std::vector<TokenLogprob> all;
      if (call_.echo) all = generation.prompt_logprobs;
      const std::size_t n_prompt = all.size() + (call_.echo ? 1 : 0);
      all.insert(all.end(), generation.logprobs.begin(), generation.logprobs.end());
      logprobs = text_logprobs(all, offsets_[choice], n_prompt, call_.echo ? first_prompt_token(choice) : std::nullopt);
    }
    choices_[choice] = {{"text", (call_.echo ? prompt_text(choice) : std::string()) + generation.text},
                        {"index", choice},
                        {"logprobs", std::move(logprobs)},
                        {"finish_reason", reason}};
  }

  void on_complete() override {
    if (call_.stream) {
      if (call_.include_usage) {
        json::object last = head();
        last["choices"] = json::array();
        last["usage"] = openai_usage(usage_);
        exchange().write(sse(last));
      }
      exchange().write("data: [DONE]\n\n");
      exchange().end();
      return;
    }
    json::object body = head();
    json::array choices;
    for (json::value& choice : choices_) choices.push_back(std::move(choice));
    body["choices"] = std::move(choices);
    body["usage"] = openai_usage(usage_);
    respond_json(exchange(), body);
  }

  const char* prompt_field() const override { return "prompt"; }
  void on_stream_error(const HttpError& error) override { exchange().write(sse(openai_error_value(error))); }

  std::optional<TokenId> first_prompt_token(std::size_t choice) const {
    const auto& ids = prompt_ids_[choice / static_cast<std::size_t>(call_.n)];
    return ids.empty() ? std::nullopt : std::optional(ids.front());
  }

  /// The older form of logprobs. The first `n_prompt` are of the prompt. `first`: a token before these of which nothing
  /// is known.
  json::value text_logprobs(std::span<const TokenLogprob> tokens, TextOffsets& offset, std::size_t n_prompt,
                            std::optional<TokenId> first = std::nullopt) const {
    const ServedModel& model = lease().model();
    json::array names, values, top, offsets;
    const auto add = [&](TokenId id, json::value value, json::value best) {
      if (names.size() == n_prompt) offset.pass_prompt();
      offsets.emplace_back(offset.add(model.token_bytes(id), is_hidden(model, id)));
      names.emplace_back(legacy_token(model, id));
      values.push_back(std::move(value));
      top.push_back(std::move(best));
    };
    if (first) add(*first, nullptr, nullptr);
    for (const TokenLogprob& token : tokens) {
      json::object best;
      for (const auto& [id, logprob] : token.top) best[legacy_token(model, id)] = logprob_value(logprob);
      add(token.id, logprob_value(token.logprob), std::move(best));
    }
    return {{"tokens", std::move(names)},
            {"token_logprobs", std::move(values)},
            {"top_logprobs", std::move(top)},
            {"text_offset", std::move(offsets)}};
  }

  json::object head() const {
    return {{"id", id_}, {"object", "text_completion"}, {"created", created_}, {"model", lease().name()}};
  }

  json::object chunk(std::size_t choice, std::string_view text, json::value logprobs, json::value reason) const {
    json::object object = head();
    object["choices"] = {
        {{"text", text}, {"index", choice}, {"logprobs", std::move(logprobs)}, {"finish_reason", std::move(reason)}}};
    if (call_.include_usage) object["usage"] = nullptr;
    return object;
  }

  CompletionCall call_;
  std::string id_ = random_id("cmpl-");
  std::int64_t created_ = unix_time();
  std::vector<std::vector<TokenId>> prompt_ids_;  // [prompts]
  std::vector<json::value> choices_;
  std::vector<TextOffsets> offsets_;  // where tokens stand in the text, for logprobs
  TokenUsage usage_;
};

}  // namespace

void create_completion(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  CompletionCall call;
  call.body = parse_body(exchange->request().body);
  const RequestFields fields(call.body);
  call.model = fields.required_string("model");
  call.prompts = read_prompts(fields, context.limits.max_prompts);
  call.n = fields.integer("n", 1, context.limits.max_choices).value_or(1);
  if (const auto best_of = fields.integer("best_of"); best_of && *best_of != call.n)
    throw bad_field("best_of", "best_of other than n is not supported");
  call.stream = fields.boolean("stream").value_or(false);
  if (const json::object* options = fields.object("stream_options"))
    call.include_usage =
        call.stream && fields.child("stream_options", *options).boolean("include_usage").value_or(false);
  call.echo = fields.boolean("echo").value_or(false);
  if (const auto suffix = fields.string("suffix"); suffix && !suffix->empty()) {
    call.suffix = *suffix;
    call.has_suffix = true;
  }
  call.logprobs = static_cast<std::int32_t>(fields.integer("logprobs", 0, 20).value_or(-1));
  if (call.stream && call.echo && call.logprobs >= 0)
    throw bad_field("logprobs", "logprobs of an echoed prompt cannot be streamed; leave out stream, echo or logprobs");
  // Wrong ones are refused before a model is loaded for them.
  GenerateRequest unused;
  read_settings(fields, context.limits, unused);
  const std::string model = call.model;
  std::make_shared<CompletionAnswer>(context, exchange, std::move(call))->run(model);
}

}  // namespace hearth
