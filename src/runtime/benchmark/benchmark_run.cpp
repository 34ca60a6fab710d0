#include "runtime/benchmark/benchmark_run.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "hearth/error.h"

namespace hearth {
namespace {

using Clock = std::chrono::steady_clock;

double rate(std::int64_t tokens, Clock::time_point begin, Clock::time_point end) {
  const double seconds = std::chrono::duration<double>(end - begin).count();
  return static_cast<double>(tokens) / std::max(seconds, 1e-9);
}

}  // namespace

BenchmarkRun::BenchmarkRun(Engine& engine, const BenchmarkCase& test, const std::atomic<bool>* cancel)
    : engine_(engine), test_(test), cancel_(cancel) {
  const bool decodes = test.kind == BenchmarkKind::kDecode;
  const std::int64_t n = decodes ? std::max<std::int64_t>(test.depth, 1) : test.depth;
  for (std::int64_t i = 0; i < test.batch; ++i) before_.push_back(random_tokens(n));
}

std::int64_t BenchmarkRun::kept_tokens(const BenchmarkCase& test) {
  return test.batch * static_cast<std::int64_t>(kv_pages_for(test.tokens()) + 1) * kKvPageTokens;
}

double BenchmarkRun::measure() {
  switch (test_.kind) {
    case BenchmarkKind::kPrefill: return measure_prefill();
    case BenchmarkKind::kDecode: return measure_decode();
    case BenchmarkKind::kEmbed: return measure_embed();
  }
  return 0;
}

double BenchmarkRun::measure_prefill() {
  // The first run alone: what was read before must be in the cache.
  std::vector<Sequence*> sequences;
  if (test_.depth > 0) {
    sequences.push_back(engine_.start(request(before_.front(), 1)));
    while (!sequences.front()->done()) engine_.step();
    finish(sequences);
  }
  std::vector<TokenId> prompt = before_.front();
  const std::vector<TokenId> more = random_tokens(test_.n_prompt);
  prompt.insert(prompt.end(), more.begin(), more.end());
  sequences.push_back(engine_.start(request(std::move(prompt), 1)));
  const auto begin = Clock::now();
  while (!sequences.front()->done()) engine_.step();
  const auto end = Clock::now();
  // A few tokens may be known by chance.
  const GenerationStats& stats = sequences.front()->stats();
  const std::int64_t n_read = stats.prompt_tokens - stats.reused_tokens;
  finish(sequences);
  return rate(n_read, begin, end);
}

double BenchmarkRun::measure_decode() {
  std::vector<Sequence*> sequences;
  sequences.reserve(before_.size());
  for (const std::vector<TokenId>& prompt : before_)
    sequences.push_back(engine_.start(request(prompt, test_.n_gen + 1)));
  const auto written = [&] {
    std::int64_t n = 0;
    for (const Sequence* each : sequences) n += each->stats().generated_tokens;
    return n;
  };
  const auto all = [&](const auto& holds) { return std::all_of(sequences.begin(), sequences.end(), holds); };
  const auto begun = [](const Sequence* each) { return each->done() || each->stats().generated_tokens > 0; };
  const auto done = [](const Sequence* each) { return each->done(); };
  // What stands before is read, and each has its first token: from here on all of them write.
  while (!all(begun)) engine_.step();
  const std::int64_t before = written();
  const auto begin = Clock::now();
  while (!all(done)) engine_.step();
  const auto end = Clock::now();
  const std::int64_t n = written() - before;
  finish(sequences);
  return rate(n, begin, end);
}

double BenchmarkRun::measure_embed() {
  EmbedRequest request;
  for (std::int64_t i = 0; i < test_.batch; ++i) request.inputs.push_back(random_tokens(test_.n_prompt));
  request.cancel = cancel_;
  std::exception_ptr error;
  request.on_done = [&error](const auto&, std::exception_ptr failure) { error = std::move(failure); };
  check_embed_request(request, engine_.model().spec, engine_.context());
  const auto begin = Clock::now();
  engine_.embeds().add(std::move(request));
  while (engine_.embed_step()) {
  }
  const auto end = Clock::now();
  if (error != nullptr) std::rethrow_exception(error);
  return rate(test_.batch * test_.n_prompt, begin, end);
}

void BenchmarkRun::finish(std::vector<Sequence*>& sequences) {
  std::exception_ptr error;
  for (Sequence* each : std::exchange(sequences, {})) {
    try {
      if (engine_.finish(each).finish_reason == FinishReason::kCancelled) throw_cancelled();
    } catch (...) {
      if (error == nullptr) error = std::current_exception();
    }
  }
  if (error != nullptr) std::rethrow_exception(error);
}

void BenchmarkRun::throw_cancelled() { throw Error(ErrorCode::kCancelled, "the measurement was interrupted"); }

SequenceRequest BenchmarkRun::request(std::vector<TokenId> prompt, std::int64_t max_tokens) const {
  SequenceRequest request;
  request.prompt = std::move(prompt);
  request.max_tokens = max_tokens;
  request.ignore_eos = true;
  request.sampling = {};
  request.sampling.temperature = 0;
  request.cancel = cancel_;
  return request;
}

std::vector<TokenId> BenchmarkRun::random_tokens(std::int64_t n) {
  const LoadedModel& model = engine_.model();
  const auto n_tokens = static_cast<std::uint64_t>(
      std::max<std::int64_t>(1, std::min(model.spec.n_vocab, model.tokenizer->vocab_size())));
  std::vector<TokenId> ids(static_cast<std::size_t>(n));
  for (TokenId& id : ids) {
    // Knuth's constants of MMIX (TAOCP 3.3.4): any sequence without a short period serves.
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    id = static_cast<TokenId>((random_ >> 33) % n_tokens);
  }
  return ids;
}

}  // namespace hearth
