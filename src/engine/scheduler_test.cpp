// Who is evaluated when, and whose memory goes.
#include "engine/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/engine_test_support.h"
#include "hearth/error.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SchedulerTest : public testing::RandomModelTest {
 protected:
  SchedulerTest() { make_model(DType::kF32); }

  /// Notes its name when it starts and when it is done, in steps.
  SequenceRequest named(const std::string& name, std::vector<TokenId> prompt, std::int64_t max_tokens = 4,
                        Priority priority = Priority::kInteractive) {
    SequenceRequest each = request(std::move(prompt), max_tokens);
    each.priority = priority;
    each.on_start = [this, name](std::int64_t, std::int64_t) { started_.push_back(name); };
    return each;
  }
  static Error error_of(Engine& engine, Sequence* sequence) {
    try {
      engine.finish(sequence);
    } catch (const Error& error) {
      return error;
    }
    return {ErrorCode::kInternal, "it did not fail"};
  }
  /// Steps until it has said its first token.
  static int steps_to_first_token(Engine& engine, const Sequence* sequence) {
    int steps = 0;
    while (sequence->stats().generated_tokens == 0 && ++steps < 1000) engine.step();
    return steps;
  }

  std::vector<std::string> started_;
};

TEST_F(SchedulerTest, FirstComeFirstServedInteractiveBeforeBatch) {
  EngineLimits limits;
  limits.max_running = 1;
  const auto engine = this->engine(limits);
  engine->start(named("batch 1", letters(5, 1), 2, Priority::kBatch));
  engine->start(named("batch 2", letters(5, 2), 2, Priority::kBatch));
  engine->start(named("a", letters(5, 3)));
  engine->start(named("b", letters(5, 4)));
  EXPECT_EQ(engine->scheduler().waiting(), 4);
  while (engine->step()) EXPECT_LE(engine->scheduler().running(), 1);
  EXPECT_THAT(started_, ElementsAre("a", "b", "batch 1", "batch 2"));
}

TEST_F(SchedulerTest, BatchIsNotStarved) {
  EngineLimits limits;
  limits.max_running = 1;
  const auto engine = this->engine(limits);
  engine->start(named("batch", letters(5, 1), 2, Priority::kBatch));
  for (int i = 0; i < 20; ++i) engine->start(named("interactive", letters(5, 3), 1));
  while (engine->step()) {
  }
  const auto batch = std::find(started_.begin(), started_.end(), "batch") - started_.begin();
  EXPECT_GE(batch, 4);
  EXPECT_LE(batch, 8);
}

TEST_F(SchedulerTest, ALongPromptDoesNotHoldUpShortOnes) {
  options_.prefill_chunk = 32;
  const auto engine = this->engine();
  const Sequence* lengthy = engine->start(request(letters(480, 1)));
  engine->step();
  const Sequence* brief = engine->start(request(letters(20, 2)));
  EXPECT_LE(steps_to_first_token(*engine, brief), 2);
  EXPECT_EQ(lengthy->stats().generated_tokens, 0);
}

TEST_F(SchedulerTest, ShortPromptsDoNotStarveALongOne) {
  options_.prefill_chunk = 32;
  const auto engine = this->engine();
  const Sequence* lengthy = engine->start(request(letters(320, 1)));
  int steps = 0;
  for (; lengthy->stats().generated_tokens == 0 && steps < 200; ++steps) {
    engine->start(request(letters(40, static_cast<unsigned>(100 + steps)), 1));  // more than a chunk, each step
    engine->step();
  }
  EXPECT_LE(steps, 320 / (32 / 4));  // a quarter of each chunk is its own
}

TEST_F(SchedulerTest, DecodingGoesOnWhileOthersRead) {
  options_.prefill_chunk = 16;
  const auto engine = this->engine();
  const Sequence* talking = engine->start(request(letters(4, 1), 100));
  engine->step();
  engine->start(request(letters(300, 2)));
  for (std::int64_t said = talking->stats().generated_tokens; said < 10; ++said) {
    EXPECT_EQ(talking->stats().generated_tokens, said);
    engine->step();
  }
}

TEST_F(SchedulerTest, APromptIsCutWhereOthersWouldWaitForIt) {
  options_.prefill_chunk = 512;
  for (const double seconds : {0.0, 1e-9}) {  // no limit; one that the least part of a prompt passes
    EngineLimits limits;
    limits.pass_seconds = seconds;
    const auto engine = this->engine(limits);
    engine->start(request(letters(40, 1), 100));
    engine->step();  // now it knows how fast it is
    const Sequence* lengthy = engine->start(request(letters(320, 2)));
    EXPECT_EQ(steps_to_first_token(*engine, lengthy), seconds == 0 ? 1 : 10);
  }
}

TEST_F(SchedulerTest, EqualPromptsAreReadOnce) {
  options_.prefill_chunk = 64;
  const auto engine = this->engine();
  std::vector<Sequence*> all;
  all.reserve(8);
  for (int i = 0; i < 8; ++i) all.push_back(engine->start(request(letters(257, 1), 3)));
  while (engine->step()) {
  }
  std::int64_t read = 0;
  std::vector<TokenId> said;
  for (Sequence* each : all) {
    const Generation answer = engine->finish(each);
    read += answer.stats.prompt_tokens - answer.stats.reused_tokens;
    EXPECT_TRUE(said.empty() || answer.ids == said);
    said = answer.ids;
  }
  EXPECT_LE(read, 257 + 7);
}

TEST_F(SchedulerTest, TheNewestOfTheLowestRankGivesWayAndComesBackFirst) {
  const auto engine = this->engine(pages(4));
  Sequence* batch = engine->start(named("batch", letters(60, 1), 100, Priority::kBatch));
  engine->step();
  Sequence* first = engine->start(named("first", letters(60, 2), 120));
  Sequence* second = engine->start(named("second", letters(60, 3), 120));
  engine->start(named("last", letters(60, 4), 1));
  int out_of_rank = 0;
  while (!first->done()) {
    engine->step();
    if (first->kv().size() == 0 && !first->done()) ++out_of_rank;
  }
  EXPECT_EQ(out_of_rank, 0);  // it never lost its pages
  while (engine->step()) {
  }
  EXPECT_GT(engine->scheduler().preemptions(), 0U);
  EXPECT_EQ(engine->finish(batch).ids.size(), 100U);
  EXPECT_EQ(engine->finish(second).ids.size(), 120U);
  EXPECT_THAT(started_, ElementsAre("batch", "first", "second", "last"));
}

TEST_F(SchedulerTest, WhatCannotFitAloneSaysTheNumbers) {
  const auto engine = this->engine(pages(2));
  Sequence* growing = engine->start(request(letters(100, 1), 200));
  Sequence* other = engine->start(request(letters(10, 2), 3));
  while (engine->step()) {
  }
  const Error error = error_of(*engine, growing);
  EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
  EXPECT_THAT(error.message(), HasSubstr("128 tokens"));
  EXPECT_THAT(error.message(), HasSubstr(std::to_string(2 * page_bytes())));
  EXPECT_EQ(engine->finish(other).ids.size(), 3U);
  try {
    engine->make(request(letters(128, 1)));
    FAIL();
  } catch (const Error& refused) {
    EXPECT_EQ(refused.code(), ErrorCode::kContextLimit);
    EXPECT_THAT(refused.message(), HasSubstr("128 tokens"));
  }
}

TEST_F(SchedulerTest, ATailThatWouldHaveToBeCopiedIsNotNeeded) {
  // Two pages: both belong to what is known, and a third to copy the second into does not exist.
  const auto engine = this->engine(pages(2));
  run(*engine, request(letters(90, 1), 4));
  const SequenceRequest again = request(letters(80, 1), 30);
  const Generation answer = run(*engine, again);
  EXPECT_EQ(answer.ids, run(*this->engine(), again).ids);
}

TEST_F(SchedulerTest, CancellingFreesPagesWithinAStep) {
  for (const int steps : {0, 1, 5}) {  // waiting, reading, decoding
    SCOPED_TRACE(steps);
    options_.prefill_chunk = 100;
    const auto engine = this->engine();
    std::atomic<bool> cancel = false;
    SequenceRequest wanted = request(letters(250, 1), 100);
    wanted.cancel = &cancel;
    Sequence* sequence = engine->start(wanted);
    for (int i = 0; i < steps; ++i) engine->step();
    cancel = true;
    engine->step();
    ASSERT_TRUE(sequence->done());
    EXPECT_EQ(sequence->kv().pages().size(), 0U);
    EXPECT_EQ(engine->finish(sequence).finish_reason, FinishReason::kCancelled);
    engine->drop_caches();
    EXPECT_EQ(engine->kv_bytes(), 0U);
  }
}

TEST_F(SchedulerTest, TimeIsOverAlsoWhileWaiting) {
  EngineLimits limits;
  limits.max_running = 1;
  const auto engine = this->engine(limits);
  Sequence* running = engine->start(request(letters(5, 1), 300));
  SequenceRequest late = request(letters(5, 2));
  late.deadline = std::chrono::steady_clock::now() - std::chrono::milliseconds(1);
  Sequence* waiting = engine->start(late);
  engine->step();
  EXPECT_FALSE(running->done());
  ASSERT_TRUE(waiting->done());
  EXPECT_EQ(error_of(*engine, waiting).code(), ErrorCode::kTimeout);
}

TEST_F(SchedulerTest, WhatFailsInOneEndsThatOne) {
  const auto engine = this->engine();
  SequenceRequest throws = request(letters(20, 1), 50);
  throws.on_piece = [](const AnswerPiece&) -> bool { throw std::runtime_error("the reader is gone"); };
  Sequence* first = engine->start(throws);
  SequenceRequest hopeless = request(letters(20, 2), 50);
  for (TokenId id = 0; id < model_->spec.n_vocab; ++id)
    hopeless.sampling.logit_bias[id] = -std::numeric_limits<float>::infinity();
  Sequence* second = engine->start(hopeless);
  SequenceRequest begins = request(letters(20, 3), 50);
  begins.on_start = [](std::int64_t, std::int64_t) { throw std::runtime_error("cannot begin"); };
  Sequence* third = engine->start(begins);
  Sequence* good = engine->start(request(letters(20, 4), 10));
  while (engine->step()) {
  }
  EXPECT_THROW(engine->finish(first), std::runtime_error);
  EXPECT_EQ(error_of(*engine, second).code(), ErrorCode::kInvalidArgument);
  EXPECT_THROW(engine->finish(third), std::runtime_error);
  EXPECT_EQ(engine->finish(good).ids.size(), 10U);
}

}  // namespace
}  // namespace hearth
