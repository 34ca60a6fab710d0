// A served model from outside: what callers on many threads see.
#include "runtime/serving/served_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// What becomes of a submission. Must outlive it.
class Outcome {
 public:
  Submission submission(const std::string& prompt, std::int64_t max_tokens = -1) {
    Submission submission;
    submission.request.prompt = prompt;
    submission.request.max_tokens = max_tokens;
    submission.request.sampling.temperature = 0;
    submission.on_start = [this](std::int64_t prompt_tokens, std::int64_t /*reused_tokens*/) {
      const std::lock_guard lock(mutex_);
      prompt_tokens_ = prompt_tokens;
      changed_.notify_all();
    };
    submission.on_piece = [this](const AnswerPiece& piece) {
      const std::lock_guard lock(mutex_);
      streamed_ += piece.text;
      logprobs_ += piece.logprobs.size();
      changed_.notify_all();
    };
    submission.on_done = [this](Generation answer, std::exception_ptr error) {
      const std::lock_guard lock(mutex_);
      answer_ = std::move(answer);
      error_ = std::move(error);
      ++calls_;
      changed_.notify_all();
    };
    return submission;
  }
  /// The answer, or throws what made it fail.
  Generation get() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return calls_ > 0; });
    if (error_ != nullptr) std::rethrow_exception(error_);
    return answer_;
  }
  ErrorCode code() {
    try {
      get();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  }
  void wait_for_text() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return calls_ > 0 || !streamed_.empty(); });
  }
  bool done() {
    const std::lock_guard lock(mutex_);
    return calls_ > 0;
  }
  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::int64_t prompt_tokens() {
    const std::lock_guard lock(mutex_);
    return prompt_tokens_;
  }
  std::string streamed() {
    const std::lock_guard lock(mutex_);
    return streamed_;
  }
  std::size_t logprobs() {
    const std::lock_guard lock(mutex_);
    return logprobs_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t prompt_tokens_ = -1;
  std::string streamed_;
  std::size_t logprobs_ = 0;
  Generation answer_;
  std::exception_ptr error_;
  int calls_ = 0;
};

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kInternal, "it did not fail"};
}

/// Clock ticks that all threads of this process have used.
std::int64_t cpu_ticks() {
  std::ifstream file("/proc/self/stat");
  std::stringstream text;
  text << file.rdbuf();
  std::istringstream fields(text.str().substr(text.str().rfind(')') + 2));
  std::string skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  fields >> user >> system;
  return user + system;
}

class ServedModelTest : public ::testing::Test {
 protected:
  ServedModelTest() { options_.model.threads = 2; }

  std::string path() const { return (folder_.path() / "tiny.gguf").string(); }
  std::shared_ptr<ServedModel> load(const testing::TinyLlamaOptions& tiny = {}) const {
    testing::make_tiny_llama(path(), 1, tiny);
    return ServedModel::load(path(), options_);
  }
  /// An answer that goes on until somebody ends it.
  static Submission endless(Outcome& outcome) {
    Submission submission = outcome.submission("a");
    submission.request.ignore_eos = true;
    submission.request.context_shift = true;
    return submission;
  }

  testing::TemporaryFolder folder_;
  ServingOptions options_;
};

TEST_F(ServedModelTest, AnswersAndStreamsTheSame) {
  const auto model = load();
  Outcome outcome;
  model->submit(outcome.submission("uvw"));
  const Generation answer = outcome.get();
  EXPECT_EQ(answer.text, "xyz");
  EXPECT_EQ(answer.finish_reason, FinishReason::kStop);
  EXPECT_EQ(outcome.streamed(), "xyz");
  EXPECT_EQ(outcome.prompt_tokens(), 4);  // with <s>
  const ServingStats stats = model->stats();
  EXPECT_EQ(stats.requests, 1U);
  EXPECT_EQ(stats.prompt_tokens, 4U);
  EXPECT_EQ(stats.generated_tokens, 4U);  // with </s>
  EXPECT_GE(stats.steps, 4U);
  EXPECT_GT(stats.kv_bytes, 0U);
  EXPECT_LE(stats.kv_bytes, stats.kv_limit_bytes);
  EXPECT_GT(stats.cached_prefix_tokens, 0);
  model->drop_caches();
  EXPECT_EQ(model->stats().cached_prefix_tokens, 0);
  EXPECT_EQ(model->stats().kv_bytes, 0U);
}

TEST_F(ServedModelTest, KnowsWhatTheModelKnows) {
  const auto model = load({.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"});
  const Model plain = Model::load(path());
  EXPECT_EQ(model->info().architecture, "llama");
  EXPECT_EQ(model->context(), plain.context());
  EXPECT_EQ(model->tokenize("abc", true, false), plain.tokenize("abc", true));
  EXPECT_EQ(model->detokenize(model->tokenize("abc", false, false), true), "abc");
  EXPECT_EQ(model->render_chat({{"user", "hi"}}, {}), "hi");
  GenerateRequest request;
  request.messages = {{"user", "hi"}};
  EXPECT_EQ(model->prompt_tokens(request), plain.prompt_tokens(request));
  const auto letter = model->find_token("b");
  ASSERT_TRUE(letter.has_value());
  EXPECT_EQ(model->token_text(*letter), "b");
  EXPECT_EQ(model->token_bytes(*letter), "b");
  EXPECT_FALSE(model->find_token("nothing like it").has_value());
  EXPECT_EQ(error_of([&] { (void)model->token_text(-1); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([&] { (void)model->token_bytes(100000); }).code(), ErrorCode::kInvalidArgument);
}

TEST_F(ServedModelTest, ProbabilitiesComeWithTheirPieces) {
  const auto model = load();
  Outcome outcome;
  Submission submission = outcome.submission("a");
  submission.request.logprobs = 2;
  submission.request.stop = {"hij"};
  model->submit(std::move(submission));
  const Generation answer = outcome.get();
  EXPECT_EQ(answer.text, "bcdefg");
  EXPECT_EQ(answer.logprobs.size(), answer.ids.size());
  EXPECT_EQ(outcome.logprobs(), answer.ids.size());
}

TEST_F(ServedModelTest, ConstraintsAreCompiledInTheCallersThread) {
  const auto model = load();
  Outcome good, bad;
  Submission submission = good.submission("a");
  submission.request.constraint.kind = ConstraintKind::kChoices;
  submission.request.constraint.choices = {"yes", "bat", "no"};
  model->submit(std::move(submission));
  EXPECT_EQ(good.get().text, "bat");
  submission = bad.submission("a");
  submission.request.constraint.kind = ConstraintKind::kRegex;
  submission.request.constraint.text = "(";
  EXPECT_EQ(error_of([&] { model->submit(std::move(submission)); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(bad.calls(), 0);
}

TEST_F(ServedModelTest, RefusesAtOnceWhatCannotBe) {
  const auto model = load();
  Outcome outcome;
  const Error long_prompt = error_of([&] { model->submit(outcome.submission(std::string(100, 'a'))); });
  EXPECT_EQ(long_prompt.code(), ErrorCode::kContextLimit);
  EXPECT_THAT(long_prompt.message(), ::testing::AllOf(HasSubstr("101"), HasSubstr("64")));
  Submission submission = outcome.submission("a");
  submission.request.sampling.top_p = 3;
  EXPECT_EQ(error_of([&] { model->submit(std::move(submission)); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(model->stats().requests, 0U);
  EXPECT_EQ(model->stats().waiting, 0);
  EXPECT_EQ(outcome.calls(), 0);
}

TEST_F(ServedModelTest, RefusesWhatIsFarTooLongWithoutReadingIt) {
  const auto model = load({.chat_template = "{{ messages[0].content }}"});
  Outcome outcome;
  const std::string text(20'000'000, 'a');
  const auto refusal_of = [](const auto& work) {
    const Error error = error_of(work);
    EXPECT_EQ(error.code(), ErrorCode::kContextLimit);
    return error.message();
  };
  const auto is_told = ::testing::AllOf(HasSubstr("the prompt has at least "), HasSubstr("the context holds 64"));
  EXPECT_THAT(refusal_of([&] { model->submit(outcome.submission(text)); }), is_told);
  GenerateRequest plain, chat;
  plain.prompt = text;
  chat.messages.push_back({"user", text});
  EXPECT_THAT(refusal_of([&] { (void)model->fitting_prompt_tokens(plain); }), is_told);
  EXPECT_THAT(refusal_of([&] { (void)model->fitting_prompt_tokens(chat); }), is_told);
  ASSERT_TRUE(model->find_overlong(text));
  EXPECT_GT(model->find_overlong(text)->tokens, 64);
  EXPECT_EQ(outcome.calls(), 0);
  // Who wants them counted has them counted, and so is what is not far too long.
  plain.prompt = std::string(100'000, 'a');
  EXPECT_EQ(model->prompt_tokens(plain).size(), 100'001U);
  plain.prompt = std::string(60'000, 'a');
  EXPECT_EQ(model->fitting_prompt_tokens(plain).size(), 60'001U);
}

TEST_F(ServedModelTest, CancelEndsWhatRuns) {
  const auto model = load();
  Outcome outcome;
  const auto job = model->submit(endless(outcome));
  outcome.wait_for_text();
  job->cancel();
  const Generation answer = outcome.get();
  EXPECT_EQ(answer.finish_reason, FinishReason::kCancelled);
  EXPECT_EQ(answer.text, outcome.streamed());
  job->cancel();
  EXPECT_EQ(outcome.calls(), 1);
  EXPECT_EQ(model->stats().running, 0);
}

TEST_F(ServedModelTest, CancelEndsWhatWaits) {
  options_.max_running = 1;
  const auto model = load();
  Outcome running, waiting;
  const auto first = model->submit(endless(running));
  running.wait_for_text();
  const auto second = model->submit(waiting.submission("b"));
  EXPECT_EQ(model->stats().waiting, 1);
  second->cancel();
  EXPECT_EQ(model->stats().waiting, 0);  // its place is free at once
  EXPECT_EQ(waiting.get().finish_reason, FinishReason::kCancelled);
  EXPECT_EQ(waiting.prompt_tokens(), -1);
  EXPECT_FALSE(running.done());
  first->cancel();
  running.get();
}

TEST_F(ServedModelTest, AJobMayOutliveItsModel) {
  Outcome outcome;
  std::shared_ptr<Job> job;
  {
    const auto model = load();
    job = model->submit(endless(outcome));
    outcome.wait_for_text();
  }
  EXPECT_EQ(outcome.get().finish_reason, FinishReason::kCancelled);  // as stop(0)
  job->cancel();
}

TEST_F(ServedModelTest, AFullQueueIsBusy) {
  options_.max_running = 1;
  options_.max_queue = 2;
  const auto model = load();
  std::deque<Outcome> outcomes(4);
  std::vector<std::shared_ptr<Job>> jobs;
  for (int i = 0; i < 3; ++i) {
    jobs.push_back(model->submit(endless(outcomes[static_cast<std::size_t>(i)])));
    outcomes[0].wait_for_text();
  }
  const Error busy = error_of([&] { model->submit(endless(outcomes[3])); });
  EXPECT_EQ(busy.code(), ErrorCode::kBusy);
  EXPECT_FALSE(busy.hint().empty());
  jobs[2]->cancel();
  jobs.push_back(model->submit(endless(outcomes[3])));
  for (const auto& job : jobs) job->cancel();
  for (Outcome& each : outcomes) each.get();
  EXPECT_EQ(outcomes[3].calls(), 1);
  EXPECT_EQ(model->stats().waiting, 0);
  EXPECT_EQ(model->stats().running, 0);
}

TEST_F(ServedModelTest, TakesAsManyAtOnceAsRunAndWait) {
  options_.max_running = 3;
  options_.max_queue = 1;
  const auto model = load();
  EXPECT_EQ(model->most_requests(), 4);
  std::deque<Outcome> outcomes(4);
  std::vector<std::shared_ptr<Job>> jobs;
  for (Outcome& each : outcomes) jobs.push_back(model->submit(endless(each)));  // faster than they can begin
  Outcome refused;
  EXPECT_EQ(error_of([&] { model->submit(endless(refused)); }).code(), ErrorCode::kBusy);
  for (const auto& job : jobs) job->cancel();
  for (Outcome& each : outcomes) each.get();
}

TEST_F(ServedModelTest, DeadlinesHoldRunningAndWaiting) {
  options_.max_running = 1;
  const auto model = load();
  Outcome running, waiting;
  Submission first = endless(running);
  first.deadline = std::chrono::steady_clock::now() + 2s;
  model->submit(std::move(first));
  Submission second = endless(waiting);
  second.deadline = std::chrono::steady_clock::now() + 50ms;
  model->submit(std::move(second));
  EXPECT_EQ(waiting.code(), ErrorCode::kTimeout);
  EXPECT_EQ(waiting.prompt_tokens(), -1);
  EXPECT_EQ(running.code(), ErrorCode::kTimeout);
  EXPECT_NE(running.prompt_tokens(), -1);
}

TEST_F(ServedModelTest, StopLetsWhatRunsAndWaitsGoOn) {
  options_.max_running = 1;
  const auto model = load();
  Outcome first, second, late;
  model->submit(first.submission("a"));
  model->submit(second.submission("k"));
  model->stop(1h);
  EXPECT_EQ(first.calls(), 1);  // before stop() returns
  EXPECT_EQ(first.get().text, "bcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(second.get().text, "lmnopqrstuvwxyz");
  EXPECT_EQ(error_of([&] { model->submit(late.submission("a")); }).code(), ErrorCode::kCancelled);
  model->stop(1h);  // is over already
  model->drop_caches();
}

TEST_F(ServedModelTest, StopCancelsWhenPatienceIsOver) {
  const auto model = load();
  Outcome outcome;
  model->submit(endless(outcome));
  const auto begin = std::chrono::steady_clock::now();
  model->stop(200ms);
  EXPECT_EQ(outcome.get().finish_reason, FinishReason::kCancelled);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
}

TEST_F(ServedModelTest, StopEndsAtOnceWhereNothingRuns) {
  const auto model = load();
  const auto begin = std::chrono::steady_clock::now();
  model->stop(1h);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(ServedModelTest, ACallbackMayBeTheLastToLetGo) {
  auto model = load();
  Outcome outcome;
  Submission submission = outcome.submission("a", 3);
  submission.on_done = [model, done = std::move(submission.on_done)](Generation answer,
                                                                     std::exception_ptr error) mutable {
    model.reset();
    done(std::move(answer), std::move(error));
  };
  model->submit(std::move(submission));
  model.reset();
  EXPECT_EQ(outcome.get().text, "bcd");
  std::this_thread::sleep_for(50ms);  // its thread ends by itself
}

TEST_F(ServedModelTest, ACallbackThatThrowsEndsItsOwnRequestOnly) {
  const auto model = load();
  Outcome bad, good;
  Submission submission = bad.submission("a");
  submission.on_piece = [](const AnswerPiece&) { throw Error(ErrorCode::kIo, "the reader is gone"); };
  model->submit(std::move(submission));
  model->submit(good.submission("uvw"));
  EXPECT_EQ(bad.code(), ErrorCode::kIo);
  EXPECT_EQ(good.get().text, "xyz");
}

TEST_F(ServedModelTest, IdleCostsNothing) {
  const auto model = load();
  Outcome outcome;
  model->submit(outcome.submission("a"));
  outcome.get();
  std::this_thread::sleep_for(50ms);
  const std::int64_t before = cpu_ticks();
  std::this_thread::sleep_for(1s);
  EXPECT_LE(cpu_ticks() - before, 1);  // of 100 a second
}

TEST_F(ServedModelTest, EmbedsInTheOrderOfTheInputs) {
  testing::make_tiny_bert(path());
  const auto model = ServedModel::load(path(), options_);
  Model plain = Model::load(path());
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<float>> vectors;
  std::exception_ptr error;
  int calls = 0;
  const auto submission = [&](const std::vector<const char*>& texts) {
    EmbedSubmission made;
    for (const char* text : texts) made.inputs.push_back(model->embed_tokens(text, {}));
    made.on_done = [&](std::vector<std::vector<float>> got, std::exception_ptr failure) {
      const std::lock_guard lock(mutex);
      vectors = std::move(got);
      error = std::move(failure);
      ++calls;
      changed.notify_all();
    };
    return made;
  };
  const auto wait = [&](int n) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return calls == n; });
  };
  model->submit(submission({"red", "a cat", "the crimson car"}));
  wait(1);
  EXPECT_EQ(error, nullptr);
  ASSERT_EQ(vectors.size(), 3U);
  EXPECT_EQ(vectors[0], plain.embed("red"));
  EXPECT_EQ(vectors[1], plain.embed("a cat"));
  EXPECT_EQ(vectors[2], plain.embed("the crimson car"));
  EmbedSubmission narrow = submission({"red"});
  narrow.options.dimensions = 8;
  model->submit(std::move(narrow));
  wait(2);
  EXPECT_EQ(vectors.at(0), plain.embed("red", {.task = {}, .dimensions = 8}));
  EmbedSubmission wrong = submission({"red"});
  wrong.options.task = "no such task";
  EXPECT_EQ(error_of([&] { model->submit(std::move(wrong)); }).code(), ErrorCode::kInvalidArgument);
  EmbedSubmission none = submission({});
  model->submit(std::move(none));
  wait(3);
  EXPECT_TRUE(vectors.empty());
  EXPECT_EQ(model->stats().requests, 3U);
  EXPECT_EQ(model->stats().running, 0);
  Outcome outcome;
  EXPECT_EQ(error_of([&] { model->submit(outcome.submission("a")); }).code(), ErrorCode::kUnsupported);
}

TEST_F(ServedModelTest, ManyThreadsGetWhatEachWouldAlone) {
  options_.max_running = 7;
  options_.max_kv_bytes = 600'000;  // six pages: they stand in each other's way, and may have to begin again
  const auto model = load({.context = 256, .certainty = 2.0F});
  Model plain = Model::load(path());
  constexpr std::size_t kThreads = 8, kEach = 8;
  std::deque<Outcome> outcomes(kThreads * kEach);
  const auto submission_of = [&](std::size_t i) {
    Submission submission = outcomes[i].submission(std::string(i * 3 % 150, 'x') + static_cast<char>('a' + i % 26), 90);
    submission.priority = i % 3 == 0 ? Priority::kBatch : Priority::kInteractive;
    submission.request.sampling.temperature = i % 2 == 0 ? 0.0F : 1.0F;
    submission.request.sampling.seed = i;
    submission.request.ignore_eos = i % 5 == 0;
    if (i % 4 == 1) {
      submission.request.constraint.kind = ConstraintKind::kRegex;
      submission.request.constraint.text = "[a-z]{" + std::to_string(1 + i % 7) + ",9}!";
    }
    return submission;
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t k = 0; k < kEach; ++k) {
        const auto job = model->submit(submission_of(t * kEach + k));
        if (k == 5) job->cancel();
        if (k == 6) model->stats();
        if (k == 7 && t == 0) model->drop_caches();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    SCOPED_TRACE(i);
    const Generation answer = outcomes[i].get();
    EXPECT_EQ(answer.text, outcomes[i].streamed());
    if (i % kEach == 5) continue;  // cancelled somewhere
    const Generation expected = plain.generate(submission_of(i).request);
    EXPECT_EQ(answer.ids, expected.ids);
    EXPECT_EQ(answer.text, expected.text);
    EXPECT_EQ(answer.finish_reason, expected.finish_reason);
  }
  for (Outcome& each : outcomes) EXPECT_EQ(each.calls(), 1);
  EXPECT_EQ(model->stats().requests, kThreads * kEach);
}

TEST_F(ServedModelTest, OptionsMustMakeSense) {
  testing::make_tiny_llama(path());
  options_.max_running = 0;
  EXPECT_EQ(error_of([&] { ServedModel::load(path(), options_); }).code(), ErrorCode::kInvalidArgument);
  options_.max_running = 1;
  options_.max_queue = -1;
  EXPECT_EQ(error_of([&] { ServedModel::load(path(), options_); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([&] { ServedModel::load(path() + ".not", {}); }).code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace hearth
