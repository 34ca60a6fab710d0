// Sixteen threads at once, with everything that may happen happening: for ThreadSanitizer, and for what must always
// hold.
#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "runtime/manager/manager_test_house.h"

namespace hearth {
namespace {

using ManagerStress = ManagerHouse;

TEST_F(ManagerStress, ManyThreadsAndTooLittleMemory) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  for (const std::string& name : names) add(name, {.delay = milliseconds(2)});
  add("broken", {.on_load = [] { throw Error(ErrorCode::kCorruptData, "broken"); }});
  ModelManagerOptions options;
  options.models_dir = (folder_.path() / "models").string();
  options.overlay_folder = (folder_.path() / "overlays").string();
  options.limits = {250, 0, milliseconds(3)};
  options.serving.max_running = 1;
  options.loader = [this](const std::string& path, const ServingOptions& serving) {
    return fakes_.load(path, serving);
  };
  options.estimate = [this](const std::string& path, const ModelOptions&) { return fakes_.need(path); };
  std::atomic<int> seen{0};
  options.on_event = [&](const ModelEvent&) { ++seen; };
  manager_ = std::make_unique<ModelManager>(std::move(options));

  constexpr int kThreads = 16;
  constexpr int kEach = 60;
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::atomic<int> given{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::minstd_rand random(static_cast<unsigned>(t) + 1);
      for (int i = 0; i < kEach; ++i) {
        const std::string& name = names[random() % names.size()];
        switch (random() % 16) {
          case 0: manager_->reload(name); break;
          case 1: manager_->unload(name); break;
          case 2: (void)manager_->status(); break;
          case 3: {
            ++asked;
            manager_->acquire("broken", {}, [&](const Lease& lease, const std::exception_ptr& problem) {
              if (lease || !problem) ++wrong;
              ++answered;
            });
            break;
          }
          case 4: {
            ++asked;
            const auto wait = manager_->acquire(name, {}, [&](const Lease&, const std::exception_ptr&) { ++answered; });
            wait->cancel();
            break;
          }
          default: {
            ++asked;
            manager_->acquire(name, {}, [&, name](const Lease& lease, const std::exception_ptr& problem) {
              if (!lease || problem || lease.name() != name || lease->context() != 64) ++wrong;
              ++given;
              ++answered;
            });
          }
        }
        if (random() % 4 == 0) std::this_thread::sleep_for(milliseconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return answered == asked; })) << answered << " of " << asked;
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(given, kThreads * kEach / 2);
  EXPECT_LE(fakes_.most_bytes(), 250U);
  manager_->stop(seconds(5));
  EXPECT_EQ(answered, asked);
  EXPECT_TRUE(fakes_.living().empty());
  EXPECT_GT(seen, 0);
}

TEST_F(ManagerStress, StopWhileEveryoneAsks) {
  for (const char* name : {"a", "b"}) add(name, {.delay = milliseconds(1)});
  start(150);
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        ++asked;
        manager_->acquire(t % 2 == 0 ? "a" : "b", {}, [&](const Lease&, const std::exception_ptr&) { ++answered; });
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(3));
  manager_->stop(seconds(5));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, asked) << "every caller hears of its end";
  EXPECT_TRUE(fakes_.living().empty());
}

}  // namespace
}  // namespace hearth
