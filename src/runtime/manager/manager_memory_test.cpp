// The budget of memory: who goes, who waits, who can never come. A model here takes 110: 100 of weights, 10 of KV
// cache.
#include <gmock/gmock.h>

#include "runtime/manager/manager_test_house.h"

namespace hearth {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class ManagerMemory : public ManagerHouse {
 protected:
  std::vector<std::string> loaded() {
    std::vector<std::string> ids;
    for (const LoadedModelStatus& model : manager_->status().loaded) ids.push_back(model.id);
    return ids;
  }
  void use(const std::string& name) {
    manager_->acquire_now(name);
    advance(milliseconds(1));
  }
};

TEST_F(ManagerMemory, TheLeastRecentlyUsedIdleOneMakesRoom) {
  for (const char* name : {"a", "b", "c", "d"}) add(name);
  start(330);
  use("a");
  use("b");
  use("c");
  use("a");
  use("d");
  EXPECT_THAT(loaded(), UnorderedElementsAre("a", "c", "d")) << "b was used longest ago";
  EXPECT_TRUE(happens("unloaded b memory"));
  use("b");
  EXPECT_THAT(loaded(), UnorderedElementsAre("a", "b", "d"));
  EXPECT_LE(fakes_.most_bytes(), 330U);
}

TEST_F(ManagerMemory, AsManyGoAsMustAndNoMore) {
  for (const char* name : {"a", "b", "c"}) add(name);
  add("large", {.weights = 200});
  start(330);
  for (const char* name : {"a", "b", "c"}) use(name);
  use("large");
  EXPECT_THAT(loaded(), UnorderedElementsAre("c", "large"));
  EXPECT_LE(fakes_.most_bytes(), 330U);
}

TEST_F(ManagerMemory, PinsStay) {
  for (const char* name : {"a", "b", "c"}) add(name);
  start(220);
  manager_->pin("a");
  use("a");
  use("b");
  use("c");
  EXPECT_THAT(loaded(), UnorderedElementsAre("a", "c"));
  advance(minutes(60));
  EXPECT_TRUE(eventually([&] { return loaded() == std::vector<std::string>{"a"}; })) << "not even when it is idle";
  EXPECT_TRUE(manager_->status().loaded[0].is_pinned);
  manager_->pin("a", false);
  EXPECT_TRUE(eventually([&] { return loaded().empty(); }));
}

TEST_F(ManagerMemory, WhatCanNeverFitSaysTheNumbers) {
  add("huge", {.weights = std::uint64_t{8} << 30, .kv = std::uint64_t{1} << 30});
  add("a");
  add("b");
  start(150);
  EXPECT_EQ(problem("huge"),
            "out_of_memory: huge needs 9.0 GiB (weights 8.0 GiB, KV cache 1.0 GiB, scratch 0.0 MiB); models may take "
            "0.0 MiB");
  manager_->pin("a");
  use("a");
  EXPECT_THAT(problem("b"), AllOf(StartsWith("out_of_memory: b needs "), HasSubstr("is pinned: a")));
  EXPECT_EQ(fakes_.all_loads(), 1) << "neither was begun";
}

TEST_F(ManagerMemory, WhereAllAreBusyItWaitsForOne) {
  for (const char* name : {"a", "b", "c"}) add(name);
  start(220);
  Lease a = manager_->acquire_now("a");
  Lease b = manager_->acquire_now("b");
  Waiting c = acquire("c");
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting_for_room == 1; }));
  EXPECT_TRUE(manager_->acquire_now("a")) << "those that are loaded go on";
  EXPECT_FALSE(c.is_ready());
  a.release();
  EXPECT_TRUE(c.lease.get());
  EXPECT_LE(fakes_.most_bytes(), 220U);
}

TEST_F(ManagerMemory, TheWaitForRoomEndsWithItsDeadline) {
  for (const char* name : {"a", "b"}) add(name);
  start(150);
  Lease a = manager_->acquire_now("a");
  Waiting b = acquire("b", {.keep_alive = {}, .deadline = in(seconds(2))});
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting_for_room == 1; }));
  advance(seconds(2));
  EXPECT_THAT(problem(std::move(b.lease)), AllOf(StartsWith("busy: b needs "), HasSubstr("a (")));
  a.release();
  EXPECT_THAT(loaded(), UnorderedElementsAre("a")) << "nobody waits for b any more, so nothing goes for it";
}

TEST_F(ManagerMemory, WhoHasNoTimeIsNotToldOfRoomThatNobodyLookedFor) {
  for (int i = 0; i < 20; ++i) {
    const std::string name = "a" + std::to_string(i);
    add(name);
    if (i == 0) start(150);
    manager_->refresh();
    Waiting hasty = acquire(name, {.keep_alive = {}, .deadline = in(seconds(0))});
    EXPECT_THAT(problem(std::move(hasty.lease)), StartsWith("timeout: " + name + " was not loaded in time"));
  }
}

TEST_F(ManagerMemory, AModelThatIsNeverIdleGivesWayAfterAWhile) {
  const std::string a = add("a");
  const std::string b = add("b");
  start(150);
  Lease old = manager_->acquire_now("a");
  Waiting other = acquire("b");
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting_for_room == 1; }));
  advance(seconds(5));
  EXPECT_TRUE(happens("retired a memory"));
  Waiting more = acquire("a");  // in the queue behind b: that is the point
  EXPECT_FALSE(more.is_ready());
  EXPECT_FALSE(other.is_ready()) << "the old one's requests finish first";
  old.release();
  Lease given = other.lease.get();
  EXPECT_FALSE(more.is_ready());
  given.release();
  EXPECT_TRUE(more.lease.get()) << "none is lost";
  EXPECT_EQ(fakes_.loads(a), 2);
  EXPECT_LE(fakes_.most_bytes(), 150U);
}

TEST_F(ManagerMemory, ASmallOneMayPassALargeOneThatWaits) {
  add("a");
  add("large", {.weights = 300});
  add("small", {.weights = 20});
  start(330);
  Lease a = manager_->acquire_now("a");
  Waiting large = acquire("large");
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting_for_room == 1; }));
  EXPECT_TRUE(manager_->acquire_now("small")) << "there is room for it";
  a.release();
  EXPECT_TRUE(large.lease.get());
  EXPECT_LE(fakes_.most_bytes(), 330U);
}

TEST_F(ManagerMemory, ReloadWithoutRoomForTwo) {
  const std::string path = add("a");
  start(150);
  use("a");
  std::promise<std::exception_ptr> done;
  manager_->reload("a", [&](std::exception_ptr problem) { done.set_value(std::move(problem)); });
  EXPECT_EQ(done.get_future().get(), nullptr);
  EXPECT_EQ(fakes_.loads(path), 2);
  EXPECT_LE(fakes_.most_bytes(), 150U) << "one after the other";
  Lease busy = manager_->acquire_now("a");
  std::promise<std::exception_ptr> again;
  manager_->reload("a", [&](std::exception_ptr problem) { again.set_value(std::move(problem)); });
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting_for_room == 1; }));
  EXPECT_EQ(manager_->acquire_now("a").version(), busy.version());
  busy.release();
  EXPECT_EQ(again.get_future().get(), nullptr);
  EXPECT_EQ(fakes_.loads(path), 3);
  EXPECT_LE(fakes_.most_bytes(), 150U);
}

TEST_F(ManagerMemory, CountedModels) {
  for (const char* name : {"a", "b", "c"}) add(name);
  start(10'000, 2);
  for (const char* name : {"a", "b", "c"}) use(name);
  EXPECT_THAT(loaded(), UnorderedElementsAre("b", "c"));
}

TEST_F(ManagerMemory, ASmallerBudgetIsKeptAtOnce) {
  for (const char* name : {"a", "b", "c"}) add(name);
  start(330);
  for (const char* name : {"a", "b"}) use(name);
  const Lease busy = manager_->acquire_now("c");
  manager_->set_limits({120, 0, kUsualKeepAlive});
  EXPECT_TRUE(eventually([&] { return loaded() == std::vector<std::string>{"c"}; }));
  EXPECT_EQ(manager_->status().budget, 120U);
}

TEST_F(ManagerMemory, TheKvCacheGetsAShareOfWhatIsFree) {
  add("a");
  ModelManagerOptions options;
  options.models_dir = (folder_.path() / "models").string();
  options.overlay_folder = (folder_.path() / "overlays").string();
  options.limits.memory = 1000;
  options.serving.max_running = 64;
  std::atomic<std::uint64_t> kv{0};
  options.loader = [&](const std::string& path, const ServingOptions& serving) {
    kv = serving.max_kv_bytes;
    return fakes_.load(path, serving);
  };
  options.estimate = [this](const std::string& path, const ModelOptions&) { return fakes_.need(path); };
  ModelManager manager(options);
  manager.acquire_now("a");
  EXPECT_EQ(kv, 10U + 250U) << "one sequence, and a quarter of the budget for the others";
  EXPECT_EQ(manager.status().used, 360U);
}

}  // namespace
}  // namespace hearth
