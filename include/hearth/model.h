// A model in this process: load it, ask what it is, tokenise, generate, embed. This is the door of the library;
// everything that the command line does goes through it. One Model serves one call at a time; share it between threads
// with a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hearth/error.h"
#include "hearth/grammar.h"
#include "hearth/sampling.h"

namespace hearth {

struct ModelOptions {
  int threads = 0;  ///< 0: one per core that this process may use
  std::int64_t context =
      0;  ///< tokens a sequence may hold; 0: the model's own, at most 8192. More than the model's own is an error
  /// "f32", "f16", "bf16", or "q8": 8 bits with a scale for each head's row; auto: f16 for quantised weights, else f32.
  std::string kv_type = "auto";
  bool exact = false;  ///< quantised weights meet float32 activations instead of 8-bit ones: slower, reference quality
  std::int64_t prefill_chunk = 256;  ///< tokens evaluated at once
  /// Large quantised weights are read from a copy in the kernels' own layout, kept in the data folder; false: as they
  /// are in the file, which is slower.
  bool pack = true;
  std::int64_t packed_gib = 32;  ///< GiB of all such copies together; beyond, the least recently used goes
  /// Told in a line what keeps a model from being as fast as it could be (a full disk …); may be empty.
  std::function<void(std::string_view)> on_problem;
  /// Guess the next tokens from what prompt and answer have said before, and check several in one pass, where that is
  /// faster. It changes no answer.
  bool speculation = true;
};

struct DTypeShare {
  std::string dtype;
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;
  std::int64_t tensors = 0;
};

struct ModelInfo {
  std::string path;
  std::string format;        ///< "GGUF v3", "safetensors"
  std::string name;          ///< as the file says, may be empty
  std::string architecture;  ///< "llama", "qwen2", "bert" …
  std::string license;       ///< may be empty
  bool is_encoder = false;   ///< embeds; does not generate
  bool can_embed = false;
  std::string pooling;  ///< "mean", "cls", "last"; empty for generators
  bool causal = true;
  std::vector<std::string> tasks;  ///< task adapters (Jina v3)
  std::uint64_t parameters = 0;
  std::uint64_t file_bytes = 0;
  std::vector<DTypeShare> dtypes;   ///< largest share first
  std::int64_t context_length = 0;  ///< what the model was trained for
  std::int64_t n_layer = 0, n_embd = 0, n_head = 0, n_head_kv = 0, head_dim = 0, n_ff = 0, n_vocab = 0;
  std::int64_t sliding_window = 0;  ///< 0: none
  std::string tokenizer;            ///< kind, e.g. "byte-level BPE"
  std::optional<TokenId> bos, eos;
  std::vector<TokenId> stop_tokens;  ///< every token that ends an answer
  std::string chat_template;         ///< Jinja source; empty without one
  std::string chat_template_origin;  ///< "model", "built-in NAME" or ""
};

struct TensorInfo {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;  ///< [n_out, n_in]
  std::uint64_t bytes = 0;
};

/// What a file or folder holds, read without loading weights. Errors as Model::load.
struct FileReport {
  ModelInfo info;
  std::vector<TensorInfo> tensors;
  std::vector<std::pair<std::string, std::string>>
      metadata;         ///< key and value as text (arrays: their first values and length)
  std::string problem;  ///< why Hearth cannot run it (an architecture it does not know); empty when it can
};
FileReport inspect(const std::string& path);

/// Bytes that running would need: weights as they are mapped, the KV cache of one sequence of `context` tokens,
/// scratch.
struct MemoryNeed {
  std::uint64_t weights = 0, kv_cache = 0, scratch = 0;
  std::uint64_t total() const { return weights + kv_cache + scratch; }
};
MemoryNeed memory_need(const ModelInfo& info, std::int64_t context, const std::string& kv_type = "auto");

struct ChatMessage {
  std::string role;  ///< "system", "user", "assistant", "tool"
  std::string content;
  std::string reasoning = {};        ///< of an assistant: what it thought before `content`; may be empty
  std::string tool_calls_json = {};  ///< of an assistant: a JSON array as OpenAI writes it, or empty
  std::string tool_call_id = {};     ///< of a tool: which call it answers
  std::string name = {};             ///< of who speaks, or of the tool
};

/// What to render a conversation with besides its messages.
struct ChatOptions {
  std::string tools_json;  ///< a JSON array of tools, or empty
  bool add_generation_prompt = true;
  std::string chat_template = {};   ///< Jinja source instead of the model's own; empty: the model's
  std::string variables_json = {};  ///< a JSON object of more variables (enable_thinking …), or empty
  /// What the model has written of its answer already: it goes on from the end of it. Behind the generation prompt, and
  /// never taken for control tokens.
  std::string answer_begin = {};
};

enum class FinishReason { kStop, kLength, kCancelled };
const char* finish_reason_name(FinishReason reason);  ///< "stop", "length", "cancelled"

struct GenerateRequest {
  /// Exactly one of the three: plain text to continue; a conversation; token ids taken as they are.
  std::string prompt;
  std::vector<ChatMessage> messages;
  std::vector<TokenId> prompt_ids;
  ChatOptions chat;
  bool parse_special = false;     ///< in `prompt`: "<|im_end|>" is the control token
  std::int64_t max_tokens = -1;   ///< -1: until the model stops or the context is full
  std::vector<std::string> stop;  ///< text that ends the answer and is left out of it; may span tokens
  bool ignore_eos = false;
  /// When the context is full: forget the oldest half after the first `keep` tokens and go on, instead of ending with
  /// kLength.
  bool context_shift = false;
  std::int64_t keep = 1;
  SamplingParams sampling;
  /// Of each token of the answer its probability, and of so many likeliest ones; -1: none. At most 20.
  std::int32_t logprobs = -1;
  bool prompt_logprobs = false;  ///< of the prompt's tokens too; needs `logprobs` ≥ 0
  /// The answer is always the beginning of a text that satisfies it, and with kStop a whole one. A compiled constraint
  /// is kept for the next request.
  Constraint constraint;
  const std::atomic<bool>* cancel =
      nullptr;  ///< set to true (from any thread or signal handler) to end with kCancelled
};

struct GenerationStats {
  std::int64_t prompt_tokens = 0;
  std::int64_t reused_tokens = 0;  ///< prompt tokens that were in the cache already
  std::int64_t generated_tokens = 0;
  std::int64_t forced_tokens = 0;    ///< of the generated ones: those that a constraint left no choice for
  std::int64_t drafted_tokens = 0;   ///< guessed ones that were checked
  std::int64_t accepted_tokens = 0;  ///< of those: the ones that were right, and cost no pass of their own
  double prompt_seconds = 0, generate_seconds = 0;
  double prompt_tokens_per_second() const;  ///< of those evaluated; 0 when there were none
  double generated_tokens_per_second() const;
};

/// Natural logarithms of probabilities, as the model gave them: before bias, penalties, grammar and temperature.
struct TokenLogprob {
  TokenId id = 0;
  float logprob = 0;
  std::vector<std::pair<TokenId, float>> top;  ///< the likeliest, best first; as many as were asked for
};

struct Generation {
  std::string text;
  std::vector<TokenId> ids;  ///< generated ones, without the stop token
  FinishReason finish_reason = FinishReason::kStop;
  std::string stop_text;  ///< the stop string that ended it; empty where the model did, or kLength
  std::uint64_t seed = 0;
  std::vector<TokenLogprob> logprobs;         ///< [ids.size()] where they were asked for, else empty
  std::vector<TokenLogprob> prompt_logprobs;  ///< of the prompt's second token on
  GenerationStats stats;
};

/// Gets each piece of text as it is certain (whole characters, never part of a stop string). Return false to cancel.
using OnText = std::function<bool(std::string_view)>;

struct EmbedOptions {
  std::string task;             ///< a task adapter, e.g. "retrieval.query"; adds its prompt where the model has one
  std::int64_t dimensions = 0;  ///< 0: all; else the first ones, then normalised (Matryoshka)
  bool normalize = true;
  bool prompt = true;  ///< put the task's prompt before the text
};

/// What perplexity() found. KL fields only with a reference.
struct PerplexityResult {
  double perplexity = 0;
  double mean_nll = 0;      ///< nats per token
  std::int64_t tokens = 0;  ///< scored ones
  double tokens_per_second = 0;
  std::optional<double> mean_kl, p99_kl, same_top;  ///< KL(reference ‖ this) in nats; share of equal best tokens
};

class Model {
 public:
  /// A GGUF file (any part of a split), a Hugging Face folder or its .safetensors file. Errors: kNotFound, kUnsupported
  /// (naming the architecture and those supported), kCorruptData, kOutOfMemory, kInvalidArgument.
  static Model load(const std::string& path, const ModelOptions& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const ModelInfo& info() const;
  std::int64_t context() const;             ///< tokens a sequence may hold here
  std::uint64_t memory_bytes() const;       ///< weights mapped and buffers held now
  SamplingParams default_sampling() const;  ///< the model's own recommendation over Hearth's defaults

  std::vector<TokenId> tokenize(std::string_view text, bool add_special = false, bool parse_special = false) const;
  std::string detokenize(std::span<const TokenId> ids, bool skip_special = false) const;
  std::string render_chat(const std::vector<ChatMessage>& messages, const ChatOptions& options = {}) const;
  /// Prompt and rendered chat as ids, exactly as generate() feeds them.
  std::vector<TokenId> prompt_tokens(const GenerateRequest& request) const;

  /// Continues the prompt. The KV cache of the last call is kept and its common prefix reused, so a conversation only
  /// evaluates what is new. Errors: kContextLimit with both counts, kInvalidArgument, kUnsupported for encoders.
  Generation generate(const GenerateRequest& request, const OnText& on_text = {});
  /// Several at once, in one batch; results in order. Same tokens as one by one.
  std::vector<Generation> generate_batch(const std::vector<GenerateRequest>& requests);

  /// Logits [ids.size(), n_vocab] of a generator, or last hidden states [ids.size(), n_embd] of an encoder, for ids as
  /// they are. `chunk` > 0 evaluates that many tokens at a time (not for bidirectional models).
  std::vector<float> evaluate(std::span<const TokenId> ids, const std::string& task = {}, std::int64_t chunk = 0);

  std::vector<float> embed(std::string_view text, const EmbedOptions& options = {});
  std::vector<float> embed_ids(std::span<const TokenId> ids, const EmbedOptions& options = {});

  PerplexityResult perplexity(std::string_view text, Model* reference = nullptr,
                              const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Writes one F32 tensor to a safetensors file, atomically. Errors: kIo; kInvalidArgument when the shape is not that of
/// the values.
void save_f32_tensor(const std::string& path, const std::string& name, const std::vector<std::int64_t>& shape,
                     std::span<const float> values);

/// Cosine of two vectors of equal length; 0 when one is all zero.
double cosine_similarity(std::span<const float> a, std::span<const float> b);

}  // namespace hearth
