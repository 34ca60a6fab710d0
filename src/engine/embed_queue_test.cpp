// Several texts in one pass, jobs in turns.
#include "engine/embed_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine_test_support.h"
#include "hearth/error.h"
#include "model/pooling.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

using Vectors = std::vector<std::vector<float>>;

struct Result {
  Vectors vectors;
  std::exception_ptr error;
  int calls = 0;
};

class EmbedQueueTest : public testing::RandomModelTest {
 protected:
  void make_bert() {
    const std::string path = (folder_.path() / "bert.gguf").string();
    testing::make_tiny_bert(path);
    model_ = std::make_shared<const LoadedModel>(load_model(path));
    options_.threads = 2;
  }
  EmbedRequest request(std::vector<std::vector<TokenId>> inputs, Result& result) const {
    EmbedRequest request;
    request.inputs = std::move(inputs);
    request.on_done = [&result](Vectors vectors, std::exception_ptr error) {
      result = {std::move(vectors), std::move(error), result.calls + 1};
    };
    return request;
  }
  std::vector<TokenId> text(std::size_t n, unsigned seed) const {
    std::mt19937 random(seed);
    std::vector<TokenId> ids(n);
    for (TokenId& id : ids) id = static_cast<TokenId>(random() % static_cast<unsigned>(model_->spec.n_vocab));
    return ids;
  }
  /// By one pass of one text.
  std::vector<float> reference(const std::vector<TokenId>& ids) const {
    std::vector<float> hidden;
    engine()->evaluate(ids, Output::kAllHidden, nullptr, 0,
                       [&](std::span<const float> rows) { hidden.assign(rows.begin(), rows.end()); });
    const Pooling pooling = model_->spec.generates() ? Pooling::kMean : model_->spec.pooling;
    return pool(hidden, model_->spec.n_embd, pooling, model_->spec.n_embd, true);
  }
  static void run(Engine& engine) {
    while (engine.embed_step()) {
    }
  }
};

TEST_F(EmbedQueueTest, ManyTextsInFewPassesAreAsEachAlone) {
  for (const bool encoder : {true, false}) {
    SCOPED_TRACE(encoder);
    if (encoder) make_bert();
    if (!encoder) make_model(DType::kQ8_0);
    options_.prefill_chunk = 40;
    std::vector<std::vector<TokenId>> texts;
    texts.reserve(9);
    for (unsigned i = 0; i < 9; ++i) texts.push_back(text(1 + i * 7, i));
    Result result;
    const auto engine = this->engine();
    engine->embeds().add(request(texts, result));
    run(*engine);
    EXPECT_EQ(result.calls, 1);
    EXPECT_EQ(result.error, nullptr);
    ASSERT_EQ(result.vectors.size(), texts.size());
    options_.prefill_chunk = 512;
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(result.vectors[i], reference(texts[i])) << i;
    EXPECT_LT(engine->passes(), 12U);
    engine->drop_caches();
    EXPECT_EQ(engine->kv_bytes(), 0U);
  }
}

TEST_F(EmbedQueueTest, ASmallJobDoesNotWaitForALargeOne) {
  make_bert();
  options_.prefill_chunk = 32;
  const auto engine = this->engine();
  Result large, small;
  engine->embeds().add(request(std::vector<std::vector<TokenId>>(50, text(16, 1)), large));
  engine->embed_step();
  engine->embeds().add(request({text(16, 2)}, small));
  engine->embed_step();
  EXPECT_EQ(small.calls, 1);
  EXPECT_EQ(large.calls, 0);
  run(*engine);
  EXPECT_EQ(large.calls, 1);
}

TEST_F(EmbedQueueTest, AShortTextDoesNotWaitForALongOne) {
  make_model(DType::kF32);
  options_.prefill_chunk = 32;
  const auto engine = this->engine();
  Result lengthy, brief;
  engine->embeds().add(request({text(400, 1)}, lengthy));
  engine->embed_step();
  engine->embeds().add(request({text(16, 2)}, brief));
  engine->embed_step();
  EXPECT_EQ(brief.calls, 1);
  EXPECT_EQ(lengthy.calls, 0);
  run(*engine);
  options_.prefill_chunk = 512;
  EXPECT_EQ(lengthy.vectors.at(0), reference(text(400, 1)));
}

TEST_F(EmbedQueueTest, ManyShortTextsTakeFewPages) {
  make_bert();
  options_.prefill_chunk = 64;
  const auto engine = this->engine();
  Result result;
  engine->embeds().add(request(std::vector<std::vector<TokenId>>(60, text(1, 1)), result));
  engine->embed_step();
  const std::size_t page = page_bytes();
  EXPECT_LE(engine->memory_bytes() - model_->file_bytes, 2 * page + (std::size_t{1} << 20));
  run(*engine);
  EXPECT_EQ(result.vectors.size(), 60U);
}

TEST_F(EmbedQueueTest, InteractiveBeforeBatchButNotForever) {
  make_bert();
  options_.prefill_chunk = 16;
  const auto engine = this->engine();
  Result batch, interactive;
  EmbedRequest later = request({text(16, 1)}, batch);
  later.priority = Priority::kBatch;
  engine->embeds().add(std::move(later));
  engine->embeds().add(request(std::vector<std::vector<TokenId>>(40, text(16, 2)), interactive));
  int passes = 0;
  while (batch.calls == 0 && passes < 100) {
    engine->embed_step();
    ++passes;
  }
  EXPECT_GT(passes, 3);
  EXPECT_LT(passes, 15);
  EXPECT_EQ(interactive.calls, 0);
}

TEST_F(EmbedQueueTest, EndsWhatIsCancelledOrLate) {
  make_bert();
  const auto engine = this->engine();
  std::atomic<bool> cancel = true;
  Result cancelled, late, fine;
  EmbedRequest first = request({text(5, 1)}, cancelled);
  first.cancel = &cancel;
  EmbedRequest second = request({text(5, 1)}, late);
  second.deadline = std::chrono::steady_clock::now();
  engine->embeds().add(std::move(first));
  engine->embeds().add(std::move(second));
  engine->embeds().add(request({text(5, 1)}, fine));
  run(*engine);
  EXPECT_EQ(fine.error, nullptr);
  const auto code = [](const Result& result) {
    try {
      std::rethrow_exception(result.error);
    } catch (const Error& error) {
      return error.code();
    }
  };
  EXPECT_EQ(code(cancelled), ErrorCode::kCancelled);
  EXPECT_EQ(code(late), ErrorCode::kTimeout);
}

TEST_F(EmbedQueueTest, RefusesWhatCannotBeEmbedded) {
  make_bert();
  Result result;
  const TransformerSpec& spec = model_->spec;
  EXPECT_THROW(check_embed_request(request({{}}, result), spec, 64), Error);
  EXPECT_THROW(check_embed_request(request({text(65, 1)}, result), spec, 64), Error);
  EXPECT_THROW(check_embed_request(request({{-1}}, result), spec, 64), Error);
  EXPECT_THROW(check_embed_request(request({{static_cast<TokenId>(spec.n_vocab)}}, result), spec, 64), Error);
  EmbedRequest wide = request({text(5, 1)}, result);
  wide.dimensions = spec.n_embd + 1;
  EXPECT_THROW(check_embed_request(wide, spec, 64), Error);
}

}  // namespace
}  // namespace hearth
