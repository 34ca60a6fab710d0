#include "runtime/serving/served_model.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "base/mapping_guard.h"
#include "hearth/error.h"
#include "runtime/constraint.h"
#include "runtime/embed_text.h"
#include "runtime/load_options.h"
#include "runtime/model_info.h"
#include "runtime/prompt.h"
#include "runtime/serving/serving_loop.h"
#include "runtime/serving/serving_memory.h"
#include "runtime/system_report_memory.h"

namespace hearth {
namespace {

/// How long a prompt may keep others from their next token; a person reads on meanwhile.
constexpr double kPassSeconds = 0.4;

void check(const ServingOptions& options) {
  if (options.max_running < 1)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("max_running is {}; it must be at least 1", options.max_running));
  if (options.max_queue < 0)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("max_queue is {}; it must not be negative", options.max_queue));
}

EngineLimits engine_limits(const LoadedModel& model, const ServingOptions& options) {
  const std::int64_t context = choose_context(model.spec, options.model.context);
  const std::size_t page_bytes = kv_page_bytes(model.spec, choose_kv_type(model, options.model));
  EngineLimits limits;
  limits.pass_seconds = kPassSeconds;
  limits.max_running = options.max_running;
  limits.max_kv_bytes = options.max_kv_bytes;
  if (options.max_kv_bytes == 0) {
    ServingMemory memory;
    memory.available = usable_memory().available;
    memory.weights = model.file_bytes;
    memory.bytes_a_context = page_bytes * kv_pages_for(context);
    memory.max_running = options.max_running;
    limits.max_kv_bytes = choose_kv_bytes(memory);
  }
  limits.max_kept_tokens = static_cast<std::int64_t>(limits.max_kv_bytes / page_bytes) * kKvPageTokens;
  return limits;
}

class ServedModelImpl : public ServedModel {
 public:
  ServedModelImpl(std::shared_ptr<const LoadedModel> model, const ServingOptions& options)
      : model_(std::move(model)),
        info_(describe(*model_)),
        loop_(
            std::make_shared<ServingLoop>(model_, options.model, engine_limits(*model_, options), options.max_queue)) {
    thread_ = std::thread([loop = loop_] {
      ::pthread_setname_np(::pthread_self(), "hearth-model");
      loop->run();
    });
  }
  ~ServedModelImpl() override {
    loop_->begin_stop(std::chrono::milliseconds(0));
    if (!thread_.joinable()) return;
    // The last one to let go may be a callback; the thread then ends behind it, with the loop in its hands.
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }
  ServedModelImpl(const ServedModelImpl&) = delete;
  ServedModelImpl& operator=(const ServedModelImpl&) = delete;

  const ModelInfo& info() const override { return info_; }
  std::int64_t context() const override { return loop_->context(); }
  std::int64_t most_requests() const override { return loop_->most_requests(); }
  SamplingParams default_sampling() const override { return model_->sampling; }
  std::string token_text(TokenId id) const override {
    check_id(id);
    return std::string(model_->tokenizer->token_text(id));
  }
  std::string token_bytes(TokenId id) const override {
    check_id(id);
    return model_->tokenizer->token_bytes(id);
  }
  std::optional<TokenId> find_token(std::string_view text) const override { return model_->tokenizer->find(text); }

  std::vector<TokenId> tokenize(std::string_view text, bool add_special, bool parse_special) const override {
    EncodeOptions options;
    options.add_special = add_special;
    options.parse_special = parse_special;
    return model_->tokenizer->encode(text, options);
  }
  std::string detokenize(std::span<const TokenId> ids, bool skip_special) const override {
    return model_->tokenizer->decode(ids, skip_special);
  }
  std::string render_chat(const std::vector<ChatMessage>& messages, const ChatOptions& options) const override {
    return render_prompt(*model_, messages, options).text;
  }
  std::vector<TokenId> prompt_tokens(const GenerateRequest& request) const override {
    return hearth::prompt_tokens(*model_, request);
  }
  std::vector<TokenId> fitting_prompt_tokens(const GenerateRequest& request) const override {
    return hearth::prompt_tokens(*model_, request, most_tokens(request));
  }
  std::optional<OverlongText> find_overlong(std::string_view text) const override {
    return hearth::find_overlong(*model_->tokenizer, text, {}, context());
  }
  std::vector<TokenId> embed_tokens(std::string_view text, const EmbedOptions& options) const override {
    return hearth::embed_tokens(*model_, text, options);
  }

  std::shared_ptr<Job> submit(Submission submission) override {
    if (info_.is_encoder) {
      throw Error(ErrorCode::kUnsupported, "this is an embedding model: it does not generate text", "use it to embed");
    }
    loop_->check_room();
    SequenceRequest request = sequence_request(*model_, submission.request, most_tokens(submission.request));
    request.priority = submission.priority;
    request.deadline = submission.deadline;
    request.on_start = std::move(submission.on_start);
    if (submission.on_piece) {
      request.on_piece = [on_piece = std::move(submission.on_piece)](const AnswerPiece& piece) {
        on_piece(piece);
        return true;
      };
    }
    request.grammar = grammars_.get(submission.request.constraint);
    if (request.grammar != nullptr) request.vocabulary = loop_->vocabulary();
    return loop_->submit(std::move(request), std::move(submission.on_done));
  }

  std::shared_ptr<Job> submit(EmbedSubmission submission) override {
    if (!info_.can_embed) throw Error(ErrorCode::kUnsupported, "this model does not embed", "use an embedding model");
    loop_->check_room();
    EmbedRequest request;
    request.inputs = std::move(submission.inputs);
    request.adapter = find_adapter(*model_, submission.options.task);
    request.dimensions = submission.options.dimensions;
    request.normalize = submission.options.normalize;
    request.priority = submission.priority;
    request.deadline = submission.deadline;
    request.on_done = std::move(submission.on_done);
    return loop_->submit(std::move(request));
  }

  ServingStats stats() const override { return loop_->stats(); }
  void drop_caches() override { loop_->drop_caches(); }
  void stop(std::chrono::milliseconds patience) override {
    loop_->begin_stop(patience);
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  /// Of a prompt; one that may shift is cut instead.
  std::int64_t most_tokens(const GenerateRequest& request) const {
    const bool shifts = request.context_shift && !request.prompt_logprobs;
    return shifts ? std::numeric_limits<std::int64_t>::max() : context();
  }
  void check_id(TokenId id) const {
    if (id >= 0 && id < model_->tokenizer->vocab_size()) return;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("token id {} is outside the vocabulary of {}", id, model_->tokenizer->vocab_size()));
  }

  std::shared_ptr<const LoadedModel> model_;
  ModelInfo info_;
  GrammarCache grammars_;
  std::shared_ptr<ServingLoop> loop_;
  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<ServedModel> ServedModel::load(const std::string& path, const ServingOptions& options) {
  check(options);
  survive_shortened_files();
  return std::make_shared<ServedModelImpl>(
      std::make_shared<const LoadedModel>(load_model(path, load_options(options.model))), options);
}

}  // namespace hearth
