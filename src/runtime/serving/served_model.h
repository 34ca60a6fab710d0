// A loaded model that many callers use at once: its own thread steps the engine, and what callers ask for is queued,
// ranked and batched there. It knows neither names nor HTTP. Every method may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/answer_piece.h"
#include "engine/priority.h"
#include "hearth/model.h"
#include "text/overlong_text.h"

namespace hearth {

struct ServingOptions {
  ModelOptions model;
  std::int64_t max_running = 64;   ///< sequences decoded together; more wait
  std::int64_t max_queue = 512;    ///< requests that may wait; one more is an Error kBusy
  std::uint64_t max_kv_bytes = 0;  ///< of all sequences and kept prefixes together; 0: chosen from free memory
};

/// Both callbacks run on the model's thread: they must be quick and must not throw nor call the model.
struct Submission {
  GenerateRequest request;  ///< `cancel` is not used here
  Priority priority = Priority::kInteractive;
  std::optional<std::chrono::steady_clock::time_point> deadline;  ///< beyond, it fails with kTimeout
  /// It was admitted: evaluation begins, and so many tokens are known already; may be empty.
  std::function<void(std::int64_t prompt_tokens, std::int64_t reused_tokens)> on_start;
  std::function<void(const AnswerPiece&)> on_piece;  ///< may be empty
  /// Exactly once, last: the answer, or what made it fail (a cancelled one is an answer with kCancelled).
  std::function<void(Generation, std::exception_ptr)> on_done;
};

struct EmbedSubmission {
  std::vector<std::vector<TokenId>> inputs;  ///< from embed_tokens()
  EmbedOptions options;                      ///< `prompt` was used by embed_tokens() already
  Priority priority = Priority::kInteractive;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  /// Exactly once: in order of the inputs, or what made it fail (kCancelled for a cancelled one).
  std::function<void(std::vector<std::vector<float>>, std::exception_ptr)> on_done;
};

/// A request on its way. Letting go of it does not cancel it.
class Job {
 public:
  virtual ~Job() = default;
  /// It ends within one step, and on_done comes then; its place in the queue is free at once. Idempotent.
  virtual void cancel() = 0;
};

struct ServingStats {
  std::int64_t waiting = 0, running = 0;  ///< requests, those that embed among them
  std::uint64_t weight_bytes = 0;         ///< as mapped
  std::uint64_t kv_bytes = 0;             ///< held: of sequences, of kept prefixes and free for the next
  std::uint64_t kv_limit_bytes = 0, scratch_bytes = 0;
  std::int64_t cached_prefix_tokens = 0;  ///< held for later requests, those that sequences use among them
  // Counted since it was loaded; tokens when their request ends.
  std::uint64_t requests = 0, prompt_tokens = 0, reused_tokens = 0, generated_tokens = 0, steps = 0, preemptions = 0;
  std::uint64_t drafted_tokens = 0, accepted_tokens = 0;  ///< by speculation
};

class ServedModel {
 public:
  /// Loads the model and starts its thread. Errors: as Model::load.
  static std::shared_ptr<ServedModel> load(const std::string& path, const ServingOptions& options);
  virtual ~ServedModel() = default;  ///< as stop(0); also a callback may be the last to let go

  virtual const ModelInfo& info() const = 0;
  virtual std::int64_t context() const = 0;
  /// That may be open at the same time, running or waiting; one more is kBusy.
  virtual std::int64_t most_requests() const { return std::numeric_limits<std::int64_t>::max(); }
  virtual SamplingParams default_sampling() const = 0;
  virtual std::string token_text(TokenId id) const = 0;   ///< as the vocabulary spells it
  virtual std::string token_bytes(TokenId id) const = 0;  ///< what it adds to a text
  virtual std::optional<TokenId> find_token(std::string_view text) const = 0;

  // As in Model.
  virtual std::vector<TokenId> tokenize(std::string_view text, bool add_special, bool parse_special) const = 0;
  virtual std::string detokenize(std::span<const TokenId> ids, bool skip_special) const = 0;
  virtual std::string render_chat(const std::vector<ChatMessage>& messages, const ChatOptions& options) const = 0;
  virtual std::vector<TokenId> prompt_tokens(const GenerateRequest& request) const = 0;
  /// As prompt_tokens(), for a prompt that is to be submitted. Errors: also kContextLimit, with both counts, for one
  /// that surely has more tokens than the context (unless that may shift); it is not read to its end then.
  virtual std::vector<TokenId> fitting_prompt_tokens(const GenerateRequest& request) const {
    return prompt_tokens(request);
  }
  /// Whether a text alone surely has more tokens than the context, without reading all of it.
  virtual std::optional<OverlongText> find_overlong(std::string_view /*text*/) const { return std::nullopt; }
  /// With the task's prompt and special tokens. Errors: kInvalidArgument for an unknown task.
  virtual std::vector<TokenId> embed_tokens(std::string_view text, const EmbedOptions& options) const = 0;

  /// Compiles the constraint and tokenises in the caller's thread; the rest comes by callbacks. Errors, thrown here
  /// and without a callback: kBusy, kContextLimit with both counts, kInvalidArgument, kUnsupported; kCancelled after
  /// stop().
  virtual std::shared_ptr<Job> submit(Submission submission) = 0;
  virtual std::shared_ptr<Job> submit(EmbedSubmission submission) = 0;

  virtual ServingStats stats() const = 0;
  /// Frees kept prefixes and memory that nobody uses. Returns when that is done, within one step.
  virtual void drop_caches() = 0;
  /// Takes no more; what runs or waits may go on for so long, then it is cancelled. Returns when the thread has ended,
  /// which is at once where there is nothing left to do.
  virtual void stop(std::chrono::milliseconds patience) = 0;
};

}  // namespace hearth
