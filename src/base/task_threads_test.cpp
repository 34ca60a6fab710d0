#include "base/task_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

namespace hearth {
namespace {

/// Keeps the only thread busy until it is let go.
class Blocker {
 public:
  explicit Blocker(TaskThreads& threads) {
    auto begun = std::make_shared<std::promise<void>>();
    threads.submit([begun, gate = gate_.get_future().share()] {
      begun->set_value();
      gate.wait();
    });
    begun->get_future().wait();
  }
  void let_go() { gate_.set_value(); }

 private:
  std::promise<void> gate_;
};

TEST(TaskThreads, UrgentTasksGoFirst) {
  TaskThreads threads(1);
  Blocker blocker(threads);
  std::string order;
  for (const char name : {'a', 'b'}) threads.submit([&order, name] { order += name; });
  threads.submit([&order] { order += 'u'; }, true);
  EXPECT_EQ(threads.waiting(), 3U);
  blocker.let_go();
  threads.stop();
  EXPECT_EQ(order, "uab") << "and what waits is worked off at the end";
  EXPECT_FALSE(threads.submit([] {}));
}

TEST(TaskThreads, TakesNoMoreThanMayWait) {
  TaskThreads threads(1, {.max_waiting = 2});
  Blocker blocker(threads);
  EXPECT_TRUE(threads.submit([] {}));
  EXPECT_TRUE(threads.submit([] {}));
  EXPECT_FALSE(threads.submit([] {}));
  blocker.let_go();
}

TEST(TaskThreads, MayDropWhatWaits) {
  TaskThreads threads(1, {.drop_at_stop = true});
  Blocker blocker(threads);
  std::atomic<bool> has_run = false;
  auto held = std::make_shared<int>(1);
  // What a task holds may ask for the threads again when it goes.
  struct Asker {
    TaskThreads& threads;
    ~Asker() { threads.waiting(); }
  };
  auto asker = std::make_shared<Asker>(threads);
  threads.submit([&has_run, held, asker = std::move(asker)] { has_run = true; });
  std::thread stopping([&] { threads.stop(); });
  while (held.use_count() > 1) std::this_thread::yield();
  blocker.let_go();
  stopping.join();
  EXPECT_FALSE(has_run);
}

}  // namespace
}  // namespace hearth
