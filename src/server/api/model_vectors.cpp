#include "server/api/model_vectors.h"

#include <fmt/format.h>

#include <utility>

#include "base/quote.h"
#include "server/api/request_fields.h"
#include "server/metrics/metrics.h"

namespace hearth {
namespace {

std::string param_of(const VectorsRequest& request, std::size_t i) {
  if (!request.first_param.empty()) return i == 0 ? request.first_param : fmt::format("{}[{}]", request.param, i - 1);
  return request.inputs.size() == 1 ? request.param : fmt::format("{}[{}]", request.param, i);
}

/// What the model cannot do, by the fields that ask for it.
void check(const Lease& lease, const EmbedOptions& options) {
  const ModelInfo& info = lease->info();
  if (!info.can_embed) {
    throw HttpError(ErrorCode::kUnsupported, fmt::format("{} does not embed", quote(lease.name())),
                    {400, "invalid_request_error", "model", "", 0}, "use an embedding model");
  }
  if (options.dimensions > info.n_embd) {
    throw bad_field("dimensions",
                    fmt::format("dimensions is {}; this model has from 1 to {}", options.dimensions, info.n_embd));
  }
  if (options.task.empty()) return;
  try {
    lease->embed_tokens("", options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw bad_field("task", fmt::format("task: {}; {}", error.message(), error.hint()));
  }
}

HttpError too_long(const std::string& param, const std::string& tokens, std::int64_t context) {
  return {ErrorCode::kContextLimit,
          fmt::format("{} has {} tokens; the context of this model holds {}", param, tokens, context),
          {400, "invalid_request_error", param, "context_length_exceeded", 0},
          "split the text"};
}

std::vector<std::vector<TokenId>> tokens_of(const ServedModel& model, const VectorsRequest& request) {
  std::vector<std::vector<TokenId>> all;
  all.reserve(request.inputs.size());
  const std::int64_t context = model.context();
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    const std::string param = param_of(request, i);
    std::vector<TokenId> ids;
    if (const auto* text = std::get_if<std::string>(&request.inputs[i])) {
      const auto found = model.find_overlong(*text);
      if (found && !request.truncate) throw too_long(param, fmt::format("at least {}", found->tokens), context);
      // What is cut off below need not be tokenised.
      ids = model.embed_tokens(found ? std::string_view(*text).substr(0, found->bytes) : *text, request.options);
    } else {
      ids = std::get<std::vector<TokenId>>(request.inputs[i]);
      for (const TokenId id : ids) {
        if (id < 0 || id >= model.info().n_vocab)
          throw bad_field(param, fmt::format("{}: {} is no token of this model", param, id));
      }
    }
    const auto n = static_cast<std::int64_t>(ids.size());
    if (n > context) {
      if (!request.truncate) throw too_long(param, fmt::format("{}", n), context);
      const TokenId last = ids.back();  // what ends a text there (SEP, EOS) stays
      ids.resize(static_cast<std::size_t>(context));
      ids.back() = last;
    }
    all.push_back(std::move(ids));
  }
  return all;
}

}  // namespace

void make_vectors(ApiContext& context, const std::shared_ptr<Exchange>& exchange, VectorsRequest request,
                  std::function<void(Vectors)> then) {
  const auto arrived = std::chrono::steady_clock::now();
  AcquireOptions options;
  options.keep_alive = request.keep_alive;
  const std::string model = request.model;
  with_model(
      context, exchange, model, options,
      [&context, exchange, arrived, request = std::move(request), then = std::move(then)](Lease given) {
        const auto lease = std::make_shared<Lease>(std::move(given));
        check(*lease, request.options);
        Vectors vectors;
        vectors.model = lease->name();
        vectors.load_seconds = lease->load_seconds();
        EmbedSubmission submission;
        submission.inputs = tokens_of(lease->model(), request);
        for (const auto& ids : submission.inputs) vectors.tokens += static_cast<std::int64_t>(ids.size());
        submission.options = request.options;
        submission.deadline = context.limits.deadline(arrived);
        submission.on_done = [&context, exchange, lease, arrived, vectors, then](
                                 std::vector<std::vector<float>> rows, const std::exception_ptr& problem) mutable {
          if (problem != nullptr) return exchange->fail(to_http_error(problem));
          context.metrics.count_embedded_tokens(vectors.model, static_cast<std::uint64_t>(vectors.tokens));
          vectors.rows = std::move(rows);
          vectors.total_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - arrived).count();
          try {
            then(std::move(vectors));
          } catch (...) {
            exchange->fail(to_http_error(std::current_exception()));
          }
        };
        const std::shared_ptr<Job> job = lease->model().submit(std::move(submission));
        exchange->on_gone([job] { job->cancel(); });
      });
}

}  // namespace hearth
