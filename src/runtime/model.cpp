#include "hearth/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/engine.h"
#include "model/pooling.h"
#include "runtime/embed_text.h"
#include "runtime/load_options.h"
#include "runtime/model_impl.h"
#include "runtime/model_info.h"
#include "runtime/prompt.h"

namespace hearth {
namespace {

double rate(std::int64_t n, double seconds) { return n > 0 && seconds > 0 ? static_cast<double>(n) / seconds : 0; }

}  // namespace

const char* finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop: return "stop";
    case FinishReason::kLength: return "length";
    case FinishReason::kCancelled: return "cancelled";
  }
  return "stop";
}

double GenerationStats::prompt_tokens_per_second() const { return rate(prompt_tokens - reused_tokens, prompt_seconds); }
double GenerationStats::generated_tokens_per_second() const { return rate(generated_tokens - 1, generate_seconds); }

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::load(const std::string& path, const ModelOptions& options) {
  auto loaded = std::make_shared<const LoadedModel>(load_model(path, load_options(options)));
  return Model(std::make_unique<Impl>(std::move(loaded), options));
}

const ModelInfo& Model::info() const { return impl_->info; }
std::int64_t Model::context() const { return impl_->engine.context(); }
std::uint64_t Model::memory_bytes() const { return impl_->engine.memory_bytes(); }
SamplingParams Model::default_sampling() const { return impl_->model().sampling; }

std::vector<TokenId> Model::tokenize(std::string_view text, bool add_special, bool parse_special) const {
  EncodeOptions options;
  options.add_special = add_special;
  options.parse_special = parse_special;
  return impl_->model().tokenizer->encode(text, options);
}

std::string Model::detokenize(std::span<const TokenId> ids, bool skip_special) const {
  return impl_->model().tokenizer->decode(ids, skip_special);
}

std::string Model::render_chat(const std::vector<ChatMessage>& messages, const ChatOptions& options) const {
  return render_prompt(impl_->model(), messages, options).text;
}

std::vector<TokenId> Model::prompt_tokens(const GenerateRequest& request) const {
  return hearth::prompt_tokens(impl_->model(), request);
}

Generation Model::generate(const GenerateRequest& request, const OnText& on_text) {
  Sequence* sequence = impl_->start(request, on_text);
  try {
    while (!sequence->done()) impl_->engine.step();
  } catch (...) {  // nothing of it may stay behind in the engine
    sequence->fail(std::current_exception());
  }
  return impl_->engine.finish(sequence);
}

std::vector<Generation> Model::generate_batch(const std::vector<GenerateRequest>& requests) {
  std::vector<Sequence*> sequences;
  std::vector<Generation> results;
  std::exception_ptr error;
  try {
    for (const GenerateRequest& request : requests) sequences.push_back(impl_->start(request, {}));
    while (impl_->engine.step()) {
    }
  } catch (...) {  // a request that cannot start: let go of those that did
    error = std::current_exception();
    for (Sequence* sequence : sequences) {
      if (!sequence->done()) sequence->fail(error);
    }
  }
  for (Sequence* sequence : sequences) {
    try {
      results.push_back(impl_->engine.finish(sequence));
    } catch (...) {
      if (error == nullptr) error = std::current_exception();
    }
  }
  if (error != nullptr) std::rethrow_exception(error);
  return results;
}

std::vector<float> Model::evaluate(std::span<const TokenId> ids, const std::string& task, std::int64_t chunk) {
  std::vector<float> rows;
  const Output output = impl_->model().spec.generates() ? Output::kAllLogits : Output::kAllHidden;
  impl_->engine.evaluate(ids, output, find_adapter(impl_->model(), task), chunk,
                         [&rows](std::span<const float> more) { rows.insert(rows.end(), more.begin(), more.end()); });
  return rows;
}

std::vector<float> Model::embed(std::string_view text, const EmbedOptions& options) {
  return embed_ids(embed_tokens(impl_->model(), text, options), options);
}

std::vector<float> Model::embed_ids(std::span<const TokenId> ids, const EmbedOptions& options) {
  const TransformerSpec& spec = impl_->model().spec;
  const std::int64_t dimensions = options.dimensions == 0 ? spec.n_embd : options.dimensions;
  if (dimensions < 1 || dimensions > spec.n_embd) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} dimensions; this model has from 1 to {}", options.dimensions, spec.n_embd));
  }
  std::vector<float> hidden;
  impl_->engine.evaluate(
      ids, Output::kAllHidden, find_adapter(impl_->model(), options.task), 0,
      [&hidden](std::span<const float> rows) { hidden.insert(hidden.end(), rows.begin(), rows.end()); });
  const Pooling pooling = spec.generates() ? Pooling::kMean : spec.pooling;
  return pool(hidden, spec.n_embd, pooling, dimensions, options.normalize);
}

Sequence* Model::Impl::start(const GenerateRequest& request, const OnText& on_text) {
  if (info.is_encoder) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{} is an embedding model: it does not generate text", info.path),
                "use it with: hearth embed");
  }
  SequenceRequest sequence = sequence_request(model(), request);
  if (on_text) {
    sequence.on_piece = [&on_text](const AnswerPiece& piece) { return piece.text.empty() || on_text(piece.text); };
  }
  sequence.grammar = grammars.get(request.constraint);
  if (sequence.grammar != nullptr) sequence.vocabulary = engine.vocabulary();
  return engine.start(std::move(sequence));
}

double cosine_similarity(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("vectors of {} and {} values cannot be compared", a.size(), b.size()));
  double dot = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

}  // namespace hearth
