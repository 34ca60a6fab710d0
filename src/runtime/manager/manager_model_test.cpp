// The manager with real models, small ones: what they answer is known beforehand (support/tiny_model.h).
#include <gmock/gmock.h>

#include "runtime/manager/manager_test_house.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class ManagerModel : public ManagerHouse {
 protected:
  std::string write(const std::string& name, const std::string& after_b = "c") const {
    const fs::path path = folder_.path() / "models" / (name + ".gguf");
    fs::create_directories(path.parent_path());
    testing::make_tiny_llama(path.string() + ".new", 1, {.next = {{"b", after_b}}});
    fs::rename(path.string() + ".new", path);
    return path.string();
  }
  void open(KeepAlive keep_alive = kUsualKeepAlive) {
    ModelManagerOptions options;
    options.models_dir = (folder_.path() / "models").string();
    options.overlay_folder = (folder_.path() / "overlays").string();
    options.limits.memory = std::uint64_t{1} << 30;
    options.limits.keep_alive = keep_alive;
    options.serving.model.threads = 1;
    options.serving.model.context = 1 << 20;  // more than the model was made for: its own then
    options.on_event = [this](const ModelEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    };
    manager_ = std::make_unique<ModelManager>(std::move(options));
    manager_->load_wanted();
  }
  /// The lease ends where answers end: in the model's own thread.
  std::future<std::string> ask(Lease lease, const std::string& prompt) const {
    auto promise = std::make_shared<std::promise<std::string>>();
    auto held = std::make_shared<Lease>(std::move(lease));
    Submission submission;
    submission.request.prompt = prompt;
    submission.request.max_tokens = 3;
    submission.request.sampling.temperature = 0;
    submission.on_done = [promise, held](const Generation& answer, const std::exception_ptr& problem) {
      held->release();
      promise->set_value(problem ? "failed" : answer.text);
    };
    (*held)->submit(std::move(submission));
    return promise->get_future();
  }
};

TEST_F(ManagerModel, AnswersAndGoesWhenItIsIdle) {
  write("tiny");
  open(milliseconds(0));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ask(manager_->acquire_now("tiny"), "a").get(), "bcd");
  }
  EXPECT_TRUE(eventually([&] { return manager_->status().loaded.empty(); }));
  EXPECT_TRUE(happens("unloaded tiny idle"));
}

TEST_F(ManagerModel, WhatItTakesIsMeasured) {
  const std::string path = write("tiny");
  open();
  const Lease lease = manager_->acquire_now("tiny");
  EXPECT_EQ(lease->context(), 64);
  const ManagerStatus status = manager_->status();
  ASSERT_EQ(status.loaded.size(), 1U);
  EXPECT_GE(status.loaded[0].stats.weight_bytes, fs::file_size(path) / 2);
  EXPECT_GT(status.loaded[0].stats.kv_limit_bytes, 0U);
  EXPECT_LE(status.used, status.budget);
  EXPECT_EQ(status.used, status.loaded[0].bytes);
}

TEST_F(ManagerModel, AChangedFileAnswersInItsOwnWay) {
  write("tiny");
  open();
  Lease old = manager_->acquire_now("tiny");
  EXPECT_EQ(ask(manager_->acquire_now("tiny"), "a").get(), "bcd");
  write("tiny", "x");
  EXPECT_EQ(ask(manager_->acquire_now("tiny"), "a").get(), "bxy");
  EXPECT_EQ(ask(std::move(old), "a").get(), "bcd") << "who began with the old one ends with it";
}

TEST_F(ManagerModel, StopEndsWhatRuns) {
  write("tiny");
  open();
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 16; ++i) answers.push_back(ask(manager_->acquire_now("tiny"), "a"));
  manager_->stop(seconds(20));
  for (auto& answer : answers) EXPECT_EQ(answer.get(), "bcd");
}

TEST_F(ManagerModel, ATruncatedFileFailsItsOwnRequests) {
  write("good");
  const std::string path = write("half");
  fs::resize_file(path, fs::file_size(path) / 2);
  open();
  EXPECT_THAT(problem("half"), ::testing::StartsWith("corrupt_data: "));
  EXPECT_EQ(ask(manager_->acquire_now("good"), "a").get(), "bcd");
}

}  // namespace
}  // namespace hearth
