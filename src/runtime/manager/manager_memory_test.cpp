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
  // The sizes in one unit, that of the smaller one.
  EXPECT_EQ(problem("huge"),
            "out_of_memory: huge never fits here: it needs 9216.0 MiB (weights 8192.0 MiB, KV cache 1024.0 MiB, "
            "scratch 0.0 MiB), and all models together may take 0.0 MiB");
  manager_->set_limits({.memory = std::uint64_t{3} << 30});
  EXPECT_EQ(problem("huge"),
            "out_of_memory: huge never fits here: it needs 9.00 GiB (weights 8.00 GiB, KV cache 1.00 GiB, scratch "
            "0.00 GiB), and all models together may take 3.00 GiB");
  manager_->set_limits({.memory = 150});
  manager_->pin("a");
  use("a");
  EXPECT_THAT(problem("b"),
              AllOf(StartsWith("out_of_memory: b does not fit here as long as others are pinned: it needs "),
                    HasSubstr("is pinned: a")));
  manager_->set_limits({.memory = 1000, .max_loaded = 1});
  EXPECT_EQ(problem("b"),
            "out_of_memory: b has no place here as long as others are pinned: at most 1 models may be loaded, and "
            "these are pinned: a");
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

TEST_F(ManagerMemory, NoFewerMayBeLoadedThanArePinned) {
  for (const char* name : {"a", "b", "c"}) add(name);
  ModelManagerOptions options;
  options.models_dir = (folder_.path() / "models").string();
  options.overlay_folder = (folder_.path() / "overlays").string();
  options.limits = {1000, 1, kUsualKeepAlive};
  options.pinned = {"a", "b"};
  try {
    const ModelManager manager(options);
    FAIL() << "two pins, one place";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.message(), "1 models may be loaded at once, and 2 are pinned: a, b");
    EXPECT_THAT(error.hint(), HasSubstr("--max-loaded 2"));
  }
  options.pinned = {"a", "A:latest"};  // the same one twice
  EXPECT_NO_THROW(ModelManager{options});
  options.pinned = {"a", "b"};
  options.limits.max_loaded = 2;
  ModelManager manager(options);
  EXPECT_THROW(manager.set_limits({1000, 1, kUsualKeepAlive}), Error);
  EXPECT_EQ(manager.limits().max_loaded, 2) << "nothing was changed";
  EXPECT_NO_THROW(manager.set_limits({1000, 0, kUsualKeepAlive}));
}

TEST_F(ManagerMemory, ALowerCountIsKeptAtOnce) {
  for (const char* name : {"a", "b", "c", "d"}) add(name);
  start();
  manager_->pin("a");
  for (const char* name : {"a", "b", "c"}) {
    use(name);
    advance(seconds(1));
  }
  Lease busy = manager_->acquire_now("d");
  EXPECT_THAT(loaded(), UnorderedElementsAre("a", "b", "c", "d"));
  manager_->set_limits({1000, 3, kUsualKeepAlive});
  EXPECT_TRUE(happens("unloaded b memory"));
  EXPECT_THAT(loaded(), UnorderedElementsAre("a", "c", "d")) << "the one that was used longest ago, and no more";
  manager_->set_limits({1000, 1, kUsualKeepAlive});
  EXPECT_TRUE(happens("unloaded c memory"));
  EXPECT_THAT(loaded(), UnorderedElementsAre("a", "d")) << "one is pinned, one is busy";
  busy.release();
  EXPECT_TRUE(happens("unloaded d memory")) << "as soon as it is idle";
  EXPECT_THAT(loaded(), UnorderedElementsAre("a"));
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
