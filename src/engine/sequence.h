// One request on its way: what it has read, what it has said, and whether it is done. The engine asks it for tokens to
// evaluate and gives it logits; it knows nothing of other sequences.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/sampler.h"
#include "engine/stop_matcher.h"
#include "grammar/matcher.h"
#include "hearth/model.h"
#include "model/kv_cache.h"
#include "model/loaded_model.h"
#include "model/transformer.h"
#include "text/tokenizer.h"

namespace hearth {

/// A sequence's tokens and the cache of those evaluated so far (the first kv->size() of them).
struct CachedTokens {
  std::vector<TokenId> tokens;
  std::unique_ptr<KvSequence> kv;
  bool long_rope = false;
};

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
  const std::atomic<bool>* cancel = nullptr;
  OnText on_text;
  /// The answer is a word of it; both or neither. Text it leaves no choice for is taken without asking the model.
  std::shared_ptr<const Grammar> grammar;
  std::shared_ptr<const TokenVocabulary> vocabulary;
};

class Sequence {
 public:
  /// `cache` may hold the beginning of another sequence; the prefix it shares with the prompt is not evaluated again.
  /// Errors: kContextLimit with both counts; kInvalidArgument from sampling and stop strings.
  Sequence(const LoadedModel& model, std::int64_t n_ctx, SequenceRequest request, CachedTokens cache);

  bool done() const { return finish_reason_.has_value() || error_ != nullptr; }
  /// How many tokens wait to be evaluated; 1 when it is decoding.
  std::int64_t pending() const { return static_cast<std::int64_t>(context_.tokens.size()) - context_.kv->size(); }

  /// The next at most `max_tokens` of them, as an input for the forward pass; logits are asked for with the last one.
  SequenceInput next_input(std::int64_t max_tokens);
  /// Takes the logits [n_vocab] behind the last pending token: samples, emits text, decides whether to go on. `logits`
  /// may be changed.
  void take_logits(std::span<float> logits);
  /// Ends it with kCancelled where its owner asked for that.
  void check_cancelled();
  void fail(std::exception_ptr error) { error_ = std::move(error); }

  /// The answer. Throws what made the sequence fail. REQUIRES: done().
  Generation result() const;
  /// What may be reused by the next sequence. REQUIRES: done().
  CachedTokens release();

 private:
  void start_long_rope_if_needed();
  void make_room();
  /// The tokens that the grammar allows, the ends of an answer among them where it is complete.
  std::span<const std::uint64_t> allowed_tokens();
  /// Appends a token of the answer; what that means may end the sequence.
  void take_token(TokenId id);
  void take_forced_tokens();
  void emit(const std::string& text);
  void finish(FinishReason reason);
  bool is_stop_token(TokenId id) const;

  const LoadedModel& model_;
  std::int64_t n_ctx_;
  SequenceRequest request_;
  CachedTokens context_;
  Sampler sampler_;
  StreamingDetokenizer detokenizer_;
  StopMatcher stop_matcher_;
  std::optional<Matcher> matcher_;
  TokenMask allowed_;
  Generation result_;
  std::optional<FinishReason> finish_reason_;
  std::exception_ptr error_;
  std::chrono::steady_clock::time_point started_, first_token_, last_token_;
};

}  // namespace hearth
