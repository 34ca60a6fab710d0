// An answer of a model as Ollama's API writes it: a stream of lines, or one object. What the answer is called in them
// is the endpoint's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/api/model_answer.h"
#include "server/api/ollama/ollama_call.h"
#include "server/api/tools/answer_parser.h"

namespace hearth {

/// What a line adds to an answer.
struct AnswerDelta {
  std::string text, thinking;
  std::vector<ToolCall> calls;
};

class OllamaAnswer : public ModelAnswer {
 public:
  OllamaAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, OllamaCall call);

  void run() { ModelAnswer::run(call_.model, call_.keep_alive); }

 protected:
  const OllamaCall& call() const { return call_; }
  /// How the answer is taken apart; without this it is all text.
  void read_as(AnswerFormat format) { parser_ = AnswerParser(std::move(format)); }

  /// Puts a delta (of the last line, or where nothing streams, all of it) under the endpoint's names. `n_before`: calls
  /// in lines before.
  virtual void put(json::object& line, const AnswerDelta& delta, std::size_t n_before) const = 0;
  /// Into the last line.
  virtual void put_more(json::object& /*line*/, const Generation& /*generation*/) const {}

 private:
  void on_start(std::int64_t prompt_tokens, std::int64_t reused_tokens) final;
  void on_piece(std::size_t choice, const AnswerPiece& piece) final;
  void on_choice(std::size_t choice, Generation generation) final;
  void on_complete() final;
  void on_stream_error(const HttpError& error) final;
  const char* outcome(const Generation& generation) const final;

  void take(std::vector<AnswerEvent> events);
  void put_logprobs(json::object& line, std::vector<TokenLogprob>& logprobs) const;
  json::object head(bool done) const;

  const OllamaCall call_;
  AnswerParser parser_;
  AnswerDelta whole_;
  std::size_t n_calls_ = 0;
  std::vector<TokenLogprob> logprobs_;  ///< of tokens whose text was held back
  json::object last_;
};

/// {"model", "created_at", "done"}: what every line begins with.
json::object answer_head(const std::string& model, bool done);

/// Answers a request without a prompt: loads the model, or where keep_alive is 0 lets it go. `put` names the empty
/// answer. Errors: 403 where the key may not unload.
void load_or_unload(ApiContext& context, const std::shared_ptr<Exchange>& exchange, const OllamaCall& call,
                    const std::function<void(json::object&)>& put);

}  // namespace hearth
