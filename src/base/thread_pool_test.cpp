#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace hearth {
namespace {

using namespace std::chrono_literals;

class ThreadPoolOfSize : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Sizes, ThreadPoolOfSize, ::testing::Values(1, 2, 3, 8));

TEST_P(ThreadPoolOfSize, HandlesEveryItemOnceInPartsOfAtMostTheGrain) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.size(), GetParam());
  for (const std::int64_t n : {0, 1, 2, 7, 64, 1000}) {
    for (const std::int64_t grain : {1, 3, 64, 5000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
      std::atomic<bool> wrong{false};
      pool.parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end, int worker) {
        if (begin >= end || end - begin > grain || worker < 0 || worker >= pool.size()) wrong = true;
        for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      EXPECT_FALSE(wrong);
      for (const auto& visit : visits) ASSERT_EQ(visit.load(), 1);
    }
  }
}

TEST_P(ThreadPoolOfSize, ManyShortJobsInARowSeeEachOthersResults) {
  ThreadPool pool(GetParam());
  std::vector<std::int64_t> values(257, 1);
  constexpr int kJobs = 3000;
  for (int job = 0; job < kJobs; ++job) {
    pool.parallel_for(static_cast<std::int64_t>(values.size()), 16, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) ++values[static_cast<std::size_t>(i)];
    });
  }
  EXPECT_EQ(std::accumulate(values.begin(), values.end(), std::int64_t{0}), 257 * (kJobs + 1));
}

TEST_P(ThreadPoolOfSize, ThrowsWhatAPartThrewAndCanBeUsedAgain) {
  ThreadPool pool(GetParam());
  for (int round = 0; round < 50; ++round) {
    EXPECT_THROW(pool.parallel_for(100, 1,
                                   [&](std::int64_t begin, std::int64_t, int) {
                                     if (begin % 10 == 3) throw std::runtime_error("part");
                                   }),
                 std::runtime_error);
    std::atomic<int> n{0};
    pool.parallel_for(100, 1, [&](std::int64_t, std::int64_t, int) { ++n; });
    EXPECT_EQ(n, 100);
  }
}

TEST(ThreadPool, WorkersWorkAtTheSameTime) {
  ThreadPool pool(2);
  // Each part waits for the other one: done by one thread alone this would never end.
  std::atomic<int> inside{0};
  std::atomic<bool> met{false};
  pool.parallel_for(2, 1, [&](std::int64_t, std::int64_t, int) {
    ++inside;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (inside < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    if (inside == 2) met = true;
  });
  EXPECT_TRUE(met);
}

TEST(ThreadPool, OneThreadRunsInTheCaller) {
  ThreadPool pool(1);
  std::set<std::thread::id> ids;
  pool.parallel_for(10, 2, [&](std::int64_t, std::int64_t, int) { ids.insert(std::this_thread::get_id()); });
  EXPECT_EQ(ids, std::set{std::this_thread::get_id()});
}

TEST(ThreadPool, ACallerMayChangeBetweenJobs) {
  ThreadPool pool(2);
  std::atomic<int> n{0};
  for (int i = 0; i < 20; ++i) {
    std::thread([&] { pool.parallel_for(8, 1, [&](std::int64_t, std::int64_t, int) { ++n; }); }).join();
  }
  EXPECT_EQ(n, 160);
}

TEST(ThreadPool, AnEnormousGrainIsOnePart) {
  for (const int size : {1, 2}) {
    ThreadPool pool(size);
    std::int64_t items = 0;
    pool.parallel_for(5, std::numeric_limits<std::int64_t>::max(),
                      [&](std::int64_t begin, std::int64_t end, int) { items += end - begin; });
    EXPECT_EQ(items, 5);
  }
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(ThreadPool, IdleWorkersUseNoCpu) {
  ThreadPool pool(4);
  pool.parallel_for(64, 1, [](std::int64_t, std::int64_t, int) {});
  std::this_thread::sleep_for(50ms);
  const double before = cpu_seconds();
  std::this_thread::sleep_for(400ms);
  EXPECT_LT(cpu_seconds() - before, 0.1);  // three spinning workers would use at least 0.4 on one core
}

TEST(ThreadPool, SeveralPoolsLiveSideBySide) {
  std::vector<std::thread> users;
  users.reserve(3);
  std::atomic<int> n{0};
  for (int user = 0; user < 3; ++user) {
    users.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        ThreadPool pool(2);
        pool.parallel_for(50, 1, [&](std::int64_t, std::int64_t, int) { ++n; });
      }
    });
  }
  for (auto& user : users) user.join();
  EXPECT_EQ(n, 1500);
}

TEST(ThreadPool, TheDefaultSizeIsAtLeastOne) {
  EXPECT_GE(ThreadPool::default_size(), 1);
  EXPECT_EQ(ThreadPool().size(), ThreadPool::default_size());
}

}  // namespace
}  // namespace hearth
