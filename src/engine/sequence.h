// One request on its way: what it has read, what it has said, and whether it is done. The engine asks it for tokens to
// evaluate and gives it logits; it knows nothing of other sequences.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/answer_writer.h"
#include "engine/prefix_cache.h"
#include "engine/priority.h"
#include "engine/sampler.h"
#include "engine/speculation/draft.h"
#include "engine/speculation/draft_chances.h"
#include "grammar/matcher.h"
#include "hearth/model.h"
#include "model/kv_cache.h"
#include "model/loaded_model.h"
#include "model/transformer.h"

namespace hearth {

struct SequenceRequest {
  std::vector<TokenId> prompt;   ///< not empty
  std::int64_t max_tokens = -1;  ///< -1: no limit of its own
  std::vector<std::string> stop;
  /// The answer goes on in the middle of the prompt's text: its first space is part of it. Off: it is a text of its
  /// own.
  bool continues_text = false;
  bool ignore_eos = false;
  bool context_shift = false;
  std::int64_t keep = 1;  ///< tokens at the start that a shift never drops
  SamplingParams sampling;
  std::int32_t logprobs = -1;  ///< as GenerateRequest::logprobs
  bool prompt_logprobs = false;
  const std::atomic<bool>* cancel = nullptr;
  std::optional<std::chrono::steady_clock::time_point> deadline;  ///< beyond, it fails with kTimeout
  Priority priority = Priority::kInteractive;
  const Adapter* adapter = nullptr;
  /// Its evaluation begins; so many of its tokens are known from others.
  std::function<void(std::int64_t prompt_tokens, std::int64_t reused_tokens)> on_start;
  OnPiece on_piece;
  /// The answer is a word of it; both or neither. Text it leaves no choice for is taken without asking the model,
  /// unless probabilities are wanted.
  std::shared_ptr<const Grammar> grammar;
  std::shared_ptr<const TokenVocabulary> vocabulary;
  std::string answer_begin;  ///< the end of the prompt that belongs to the answer: the grammar has taken it already
};

class Sequence {
 public:
  /// May run on any thread: it only checks and prepares. Model and pages must outlive it. Errors: kContextLimit with
  /// both counts; kInvalidArgument from ids, sampling, stop strings and numbers.
  Sequence(const LoadedModel& model, std::int64_t n_ctx, KvPagePool& pages, SequenceRequest request);

  Priority priority() const { return request_.priority; }
  bool done() const { return finish_reason_.has_value() || error_ != nullptr; }
  bool failed() const { return error_ != nullptr; }
  bool started() const { return started_.has_value(); }
  const GenerationStats& stats() const { return result_.stats; }
  /// What it has read and said, and the cells of those evaluated so far.
  std::span<const TokenId> tokens() const { return tokens_; }
  KvSequence& kv() { return kv_; }
  const KvSequence& kv() const { return kv_; }
  PrefixKey prefix_key() const { return {long_rope_, request_.adapter}; }
  /// How many tokens wait to be evaluated; 1 when it is decoding.
  std::int64_t pending() const { return static_cast<std::int64_t>(tokens_.size()) - kv_.size(); }
  /// How many of the first tokens need no evaluation if their keys and values are known: logits are needed behind the
  /// others.
  std::int64_t most_reusable() const;
  /// Whether what is there may be read and another token chosen. The last one that was asked for is never read: it
  /// needs no room.
  bool has_room() const;
  /// Logits of every pending token are needed, not just of the last.
  bool wants_all_logits() const;

  /// Its turn has come, for the first time.
  void begin();
  /// Takes over known keys and values of its first `n` tokens, more than it has.
  void reuse(std::span<const KvPage> pages, std::int64_t n);
  /// Guesses at most `most` tokens behind the last one. How many there are: none where it is not decoding, or where
  /// they could not all be answered. They count until the next pass.
  std::int64_t find_draft(std::int64_t most);
  /// That one of them is right, if those before it are.
  double draft_chance() const { return chances_.of(draft_.match); }
  /// The next at most `max_tokens` of those pending, as an input for the forward pass; of a decoding sequence the one
  /// pending and behind it max_tokens - 1 guesses.
  SequenceInput next_input(std::int64_t max_tokens);
  /// Chooses the next token from the logits [n, n_vocab] that next_input() asked for, and behind each guess that was
  /// right another one; `scratch` holds a changed copy of a row. Different sequences may do this at the same time.
  /// Errors end this sequence only.
  void choose(std::span<const float> rows, std::vector<float>& scratch);
  /// Takes what was chosen: emits text, decides whether to go on.
  void advance();
  /// Ends it where its owner cancelled it or its time is over.
  void check_limits(std::chrono::steady_clock::time_point now);
  void fail(std::exception_ptr error) { error_ = std::move(error); }

  /// The answer, once. Throws what made the sequence fail. REQUIRES: done().
  Generation take_result();

 private:
  void check_request() const;
  void start_text();
  void start_long_rope_if_needed();
  void make_room();
  void take_prompt_logprobs(std::span<const float> rows);
  /// One token from each row, as long as the guess behind it is that token.
  void choose_tokens(std::span<const float> rows, std::vector<float>& scratch);
  void choose_token(std::span<const float> row, std::vector<float>& scratch);
  TokenId sample(std::span<const float> row, std::vector<float>& scratch);
  /// The tokens that the grammar allows, the ends of an answer among them where it is complete.
  std::span<const std::uint64_t> allowed_tokens();
  struct Chosen {
    TokenId id = 0;
    bool forced = false;  ///< by the grammar
    std::optional<TokenLogprob> logprob = {};
  };
  void add_chosen(Chosen chosen);
  /// How many of the guesses in the last pass were right. Forgets the cells of the others.
  void settle_draft();
  /// Appends a token of the answer; what that means may end the sequence. `last`: of those that were chosen together.
  void take_token(Chosen chosen, bool last);
  void finish(FinishReason reason);
  bool is_stop_token(TokenId id) const;

  const LoadedModel& model_;
  std::int64_t n_ctx_;
  SequenceRequest request_;
  std::vector<TokenId> tokens_;
  KvSequence kv_;
  bool long_rope_ = false;
  std::int64_t evaluated_ = 0;  ///< the most cells it ever had
  Sampler sampler_;
  AnswerWriter writer_;
  std::optional<Matcher> matcher_;
  TokenMask allowed_;

  Draft draft_;
  DraftChances chances_;
  std::vector<TokenId> drafted_input_;  ///< the pending token and the guesses that are checked
  std::size_t n_drafted_ = 0;           ///< guesses in the pass
  std::vector<Chosen> chosen_;          ///< by choose(), for advance(): forced ones behind the sampled one
  std::deque<TokenId> forced_;          ///< with probabilities wanted: they wait for theirs

  Generation result_;
  std::optional<FinishReason> finish_reason_;
  std::exception_ptr error_;
  std::optional<std::chrono::steady_clock::time_point> started_;
  std::chrono::steady_clock::time_point first_token_, last_token_;
};

}  // namespace hearth
