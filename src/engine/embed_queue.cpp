#include "engine/embed_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hearth/error.h"
#include "model/pooling.h"

namespace hearth {
namespace {

/// After so many passes of interactive jobs one begins with those that wait behind them.
constexpr int kMostPassesAhead = 8;
/// Pages in a pass, to those that its tokens would fill.
constexpr std::size_t kTailPages = 2;

}  // namespace

struct EmbedQueue::Text {
  std::size_t index;  ///< in the job
  KvSequence kv;
  std::vector<float> hidden;  ///< [kv.size(), n_embd]
};

struct EmbedQueue::Job {
  EmbedRequest request;
  std::size_t next = 0;                      ///< first input that was not begun
  std::vector<std::unique_ptr<Text>> begun;  ///< and not done
  std::vector<std::vector<float>> vectors;
  std::size_t n_done = 0;
  std::exception_ptr error;

  bool done() const { return error != nullptr || n_done == request.inputs.size(); }
  std::int64_t length(const Text& text) const { return static_cast<std::int64_t>(request.inputs[text.index].size()); }
};

void check_embed_request(const EmbedRequest& request, const TransformerSpec& spec, std::int64_t n_ctx) {
  if (request.dimensions < 0 || request.dimensions > spec.n_embd) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} dimensions; this model has from 1 to {}", request.dimensions, spec.n_embd));
  }
  for (const std::vector<TokenId>& ids : request.inputs) {
    if (ids.empty())
      throw Error(ErrorCode::kInvalidArgument, "there are no tokens to embed", "give at least one token");
    if (static_cast<std::int64_t>(ids.size()) > n_ctx) {
      throw Error(ErrorCode::kContextLimit, fmt::format("{} tokens do not fit the context of {}", ids.size(), n_ctx),
                  "shorten the text or use a larger context");
    }
    for (const TokenId id : ids) {
      if (id >= 0 && id < spec.n_vocab) continue;
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("token id {} is outside the vocabulary of {}", id, spec.n_vocab));
    }
  }
}

EmbedQueue::EmbedQueue(const TransformerSpec& spec, KvPagePool& pages, std::int64_t chunk)
    : spec_(spec), pages_(pages), chunk_(chunk) {}
EmbedQueue::~EmbedQueue() = default;

void EmbedQueue::add(EmbedRequest request) {
  auto job = std::make_unique<Job>();
  job->vectors.resize(request.inputs.size());
  job->request = std::move(request);
  jobs_.push_back(std::move(job));
}

void EmbedQueue::end_those_over() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& job : jobs_) {
    const EmbedRequest& request = job->request;
    if (request.cancel != nullptr && request.cancel->load(std::memory_order_relaxed)) {
      job->error = std::make_exception_ptr(Error(ErrorCode::kCancelled, "the request was cancelled"));
    } else if (request.deadline && now >= *request.deadline) {
      job->error = std::make_exception_ptr(
          Error(ErrorCode::kTimeout,
                fmt::format("the time was over after {} of {} texts", job->n_done, request.inputs.size()),
                "give it more time, or try again when less is going on"));
    }
  }
}

std::vector<EmbedQueue::Job*> EmbedQueue::in_turn() {
  std::vector<Job*> order;
  for (const auto& job : jobs_) {
    if (!job->done()) order.push_back(job.get());
  }
  const auto interactive = [](const Job* job) { return job->request.priority == Priority::kInteractive; };
  const auto batch = std::stable_partition(order.begin(), order.end(), interactive);
  if (batch == order.begin() || batch == order.end()) {
    interactive_passes_ = 0;
  } else if (++interactive_passes_ > kMostPassesAhead) {
    interactive_passes_ = 0;
    std::rotate(order.begin(), batch, order.end());
  }
  return order;
}

std::vector<EmbedQueue::Part> EmbedQueue::plan() {
  std::vector<Part> parts;
  std::int64_t room = chunk_;
  // Each text has pages of its own, however short it is: without this many short ones would take much memory.
  auto page_room = static_cast<std::int64_t>(kTailPages * kv_pages_for(chunk_));
  const auto take = [&](Job& job, Text& text, std::int64_t most) {
    const std::int64_t left = job.length(text) - text.kv.size();
    const std::int64_t n = spec_.causal ? std::min(left, most) : left;
    parts.push_back({&job, &text, n});
    room -= n;
    page_room -= static_cast<std::int64_t>(kv_pages_for(n));
  };
  const std::vector<Job*> order = in_turn();
  for (Job* job : order) {
    for (const auto& text : job->begun) {  // a long one leaves half of what there is to other jobs
      if (room > 0 && page_room > 0) take(*job, *text, order.size() > 1 ? (room + 1) / 2 : room);
    }
  }
  // One text of each job, then another of each: a job of one text does not wait for all of a large one.
  for (bool any = true; any && room > 0 && page_room > 0;) {
    any = false;
    for (Job* job : order) {
      if (job->next == job->request.inputs.size() || room <= 0 || page_room <= 0) continue;
      const auto length = static_cast<std::int64_t>(job->request.inputs[job->next].size());
      if (!spec_.causal && length > room && !parts.empty()) continue;
      if (job->next == 0 && job->request.on_start) job->request.on_start();
      job->begun.push_back(std::unique_ptr<Text>(new Text{job->next++, KvSequence(pages_), {}}));
      take(*job, *job->begun.back(), room);
      any = true;
    }
  }
  return parts;
}

void EmbedQueue::take(const Part& part, std::span<const float> hidden) {
  Text& text = *part.text;
  Job& job = *part.job;
  text.hidden.insert(text.hidden.end(), hidden.begin(), hidden.end());
  if (text.kv.size() < job.length(text)) return;
  const std::int64_t dimensions = job.request.dimensions == 0 ? spec_.n_embd : job.request.dimensions;
  const Pooling pooling = spec_.generates() ? Pooling::kMean : spec_.pooling;
  job.vectors[text.index] = pool(text.hidden, spec_.n_embd, pooling, dimensions, job.request.normalize);
  ++job.n_done;
  std::erase_if(job.begun, [&](const auto& each) { return each.get() == &text; });
}

void EmbedQueue::remove_done() {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (!(*job)->done()) {
      ++job;
      continue;
    }
    const std::unique_ptr<Job> over = std::move(*job);
    job = jobs_.erase(job);
    over->begun.clear();
    if (over->error != nullptr) over->vectors.clear();
    if (over->request.on_done) over->request.on_done(std::move(over->vectors), over->error);
  }
}

bool EmbedQueue::step(Transformer& transformer, KernelContext& kernels) {
  end_those_over();
  remove_done();
  std::vector<Part> parts;
  try {
    parts = plan();
    if (parts.empty()) return false;
    std::vector<SequenceInput> inputs;
    for (const Part& part : parts) {
      SequenceInput input;
      input.sequence = &part.text->kv;
      input.tokens =
          std::span(part.job->request.inputs[part.text->index])
              .subspan(static_cast<std::size_t>(part.text->kv.size()), static_cast<std::size_t>(part.tokens));
      input.output = Output::kAllHidden;
      input.adapter = part.job->request.adapter;
      input.long_rope = spec_.rope.switches() && part.job->length(*part.text) > spec_.rope.original_context;
      inputs.push_back(input);
    }
    const std::span<const float> hidden = transformer.forward(inputs, kernels);
    std::size_t begin = 0;
    for (const Part& part : parts) {
      const auto n = static_cast<std::size_t>(part.tokens * spec_.n_embd);
      take(part, hidden.subspan(begin, n));
      begin += n;
    }
  } catch (...) {  // the pass failed as a whole
    for (const auto& job : jobs_) {
      if (!job->begun.empty()) job->error = std::current_exception();
    }
  }
  remove_done();
  return !jobs_.empty();
}

}  // namespace hearth
