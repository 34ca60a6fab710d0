// Loading on first use, sharing, failing, changing and going.
#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "runtime/manager/manager_test_house.h"

namespace hearth {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using ManagerLoading = ManagerHouse;

TEST_F(ManagerLoading, CallersOfOneModelShareOneLoad) {
  Gate gate;
  const std::string path = add("a", {.on_load = [&] { gate.wait(); }});
  start();
  EXPECT_EQ(fakes_.all_loads(), 0) << "it loads on first use";
  std::vector<Waiting> all;
  for (int i = 0; i < 20; ++i) all.push_back(acquire("a"));
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting == 20; }));
  for (const Waiting& one : all) EXPECT_FALSE(one.is_ready());
  gate.open();
  ServedModel* model = nullptr;
  for (Waiting& one : all) {
    const Lease lease = one.lease.get();
    if (model == nullptr) model = &lease.model();
    EXPECT_EQ(&lease.model(), model);
    EXPECT_EQ(lease.name(), "a");
  }
  EXPECT_EQ(fakes_.loads(path), 1);
}

TEST_F(ManagerLoading, AsManyWaitForALoadAsTheModelTakesOnceItIsThere) {
  for (const std::int64_t max_queue : {0, 1}) {
    Gate gate;
    const std::string name = "a" + std::to_string(max_queue);
    add(name, {.on_load = [&] { gate.wait(); }});
    max_queue_ = max_queue;
    manager_.reset();
    start();
    std::vector<Waiting> all;
    for (int i = 0; i < 8; ++i) all.push_back(acquire(name));
    const auto count_ready = [&] { return std::count_if(all.begin(), all.end(), std::mem_fn(&Waiting::is_ready)); };
    // One may run, and max_queue wait for it.
    EXPECT_TRUE(eventually([&] { return count_ready() == 7 - max_queue; })) << max_queue;
    EXPECT_EQ(manager_->status().waiting, 1 + max_queue);
    for (Waiting& one : all) {
      if (!one.is_ready()) continue;
      EXPECT_EQ(problem(std::move(one.lease)),
                "busy: " + name + " is being loaded, and " + std::to_string(1 + max_queue) + " requests wait for it");
    }
    gate.open();
    for (Waiting& one : all) {
      if (one.lease.valid()) one.lease.get();  // throws where it got none
    }
  }
}

TEST_F(ManagerLoading, ALoadedModelIsGivenInTheSameCall) {
  add("a");
  start();
  manager_->acquire_now("a");
  bool called = false;
  manager_->acquire("a", {}, [&](const Lease& lease, const std::exception_ptr&) { called = static_cast<bool>(lease); });
  EXPECT_TRUE(called);
}

TEST_F(ManagerLoading, OtherModelsGoOnWhileOneLoads) {
  Gate gate;
  add("slow", {.on_load = [&] { gate.wait(); }});
  add("quick");
  add("new");
  start();
  manager_->acquire_now("quick");
  Waiting slow = acquire("slow");
  EXPECT_TRUE(eventually([&] { return manager_->status().loading == 1; }));
  EXPECT_TRUE(manager_->acquire_now("quick"));
  EXPECT_TRUE(manager_->acquire_now("new")) << "loads beside it";
  EXPECT_FALSE(slow.is_ready());
  gate.open();
  EXPECT_TRUE(slow.lease.get());
}

TEST_F(ManagerLoading, ABrokenFileFailsItsOwnRequestsAndIsTriedAgainLater) {
  const std::string path = add("broken", {.on_load = [] { throw Error(ErrorCode::kCorruptData, "no GGUF"); }});
  add("good");
  start();
  EXPECT_EQ(problem("broken"), "corrupt_data: no GGUF");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(problem("broken"), "corrupt_data: no GGUF");
  EXPECT_EQ(fakes_.loads(path), 1) << "not in a tight loop";
  EXPECT_TRUE(manager_->acquire_now("good"));
  advance(milliseconds(1001));
  EXPECT_EQ(problem("broken"), "corrupt_data: no GGUF");
  EXPECT_EQ(fakes_.loads(path), 2);
  advance(milliseconds(1001));
  EXPECT_EQ(problem("broken"), "corrupt_data: no GGUF");
  EXPECT_EQ(fakes_.loads(path), 2) << "twice as long the second time";
  fakes_.set(path, {});
  touch(path, "mended");
  EXPECT_TRUE(manager_->acquire_now("broken")) << "at once, since the file is another one";
  EXPECT_THAT(events(), Contains("failed broken"));
}

TEST_F(ManagerLoading, WhateverALoaderThrowsReachesTheCaller) {
  add("memory", {.on_load = [] { throw std::bad_alloc(); }});
  add("other", {.on_load = [] { throw std::runtime_error("surprise"); }});
  start();
  EXPECT_THAT(problem("memory"), StartsWith("out_of_memory: memory: "));
  EXPECT_EQ(problem("other"), "other: surprise");
}

TEST_F(ManagerLoading, AnIdleModelGoesAfterItsTime) {
  add("a");
  start();
  Lease lease = manager_->acquire_now("a");
  advance(minutes(60));
  lease.release();
  EXPECT_EQ(fakes_.living().size(), 1U) << "the time begins when it is idle";
  advance(minutes(5) - milliseconds(1));
  EXPECT_TRUE(manager_->acquire_now("a"));
  EXPECT_EQ(fakes_.all_loads(), 1);
  advance(minutes(5));
  EXPECT_TRUE(eventually([&] { return fakes_.living().empty(); }));
  EXPECT_TRUE(happens("unloaded a idle"));
  EXPECT_TRUE(manager_->acquire_now("a"));
  EXPECT_EQ(fakes_.all_loads(), 2);
}

TEST_F(ManagerLoading, KeepAliveOfZeroForEverAndOfTheLastRequest) {
  add("a");
  start();
  manager_->acquire_now("a", {.keep_alive = milliseconds(0), .deadline = {}});
  EXPECT_TRUE(eventually([&] { return fakes_.living().empty(); }));

  manager_->acquire_now("a", {.keep_alive = kKeepForever, .deadline = {}});
  advance(std::chrono::hours(10'000));
  manager_->acquire_now("a");
  advance(std::chrono::hours(10'000));
  EXPECT_EQ(manager_->status().loaded.size(), 1U) << "a request without a wish leaves it as it was";
  EXPECT_FALSE(manager_->status().loaded[0].expires);
  EXPECT_EQ(fakes_.all_loads(), 2);

  manager_->acquire_now("a", {.keep_alive = seconds(10), .deadline = {}});
  EXPECT_TRUE(manager_->status().loaded[0].expires);
  advance(seconds(10));
  EXPECT_TRUE(eventually([&] { return fakes_.living().empty(); }));

  manager_->acquire_now("a", {.keep_alive = milliseconds::max(), .deadline = {}});
  advance(std::chrono::hours(1000));
  EXPECT_EQ(manager_->status().loaded.size(), 1U) << "no sum of times overflows";
}

TEST_F(ManagerLoading, ReloadLeavesRunningRequestsOnTheOldOne) {
  const std::string path = add("a");
  start();
  Lease old = manager_->acquire_now("a");
  Gate gate;
  fakes_.set(path, {.on_load = [&] { gate.wait(); }});
  std::promise<std::exception_ptr> done;
  manager_->reload("a", [&](std::exception_ptr problem) { done.set_value(std::move(problem)); });
  EXPECT_TRUE(eventually([&] { return fakes_.loads(path) == 2; }));
  EXPECT_EQ(manager_->acquire_now("a").version(), old.version()) << "the new one is not there yet";
  gate.open();
  EXPECT_EQ(done.get_future().get(), nullptr);
  const Lease fresh = manager_->acquire_now("a");
  EXPECT_GT(fresh.version(), old.version());
  EXPECT_NE(&fresh.model(), &old.model());
  EXPECT_EQ(fakes_.count_living(path), 2U);
  const ManagerStatus status = manager_->status();
  ASSERT_EQ(status.loaded.size(), 2U);
  EXPECT_FALSE(status.loaded[0].is_current);
  EXPECT_TRUE(status.loaded[1].is_current);
  old.release();
  EXPECT_TRUE(eventually([&] { return fakes_.count_living(path) == 1; }));
  EXPECT_TRUE(happens("unloaded a replaced"));
}

TEST_F(ManagerLoading, AReloadThatFailsLeavesTheOldOne) {
  const std::string path = add("a");
  start();
  const std::uint64_t version = manager_->acquire_now("a").version();
  fakes_.set(path, {.on_load = [] { throw Error(ErrorCode::kCorruptData, "half"); }});
  std::promise<std::exception_ptr> done;
  manager_->reload("a", [&](std::exception_ptr problem) { done.set_value(std::move(problem)); });
  EXPECT_NE(done.get_future().get(), nullptr);
  EXPECT_EQ(manager_->acquire_now("a").version(), version);
}

TEST_F(ManagerLoading, AChangedFileIsLoadedAnewBesideTheOld) {
  const std::string path = add("a");
  start();
  Lease old = manager_->acquire_now("a");
  touch(path, "another content");
  const Lease fresh = manager_->acquire_now("a");
  EXPECT_NE(fresh.version(), old.version());
  EXPECT_EQ(fakes_.count_living(path), 2U);
  old.release();
  EXPECT_TRUE(eventually([&] { return fakes_.count_living(path) == 1; }));
}

TEST_F(ManagerLoading, ARemovedFileIsNotFoundAndRunningRequestsFinish) {
  const std::string path = add("a");
  start();
  Lease lease = manager_->acquire_now("a");
  std::filesystem::remove(path);
  EXPECT_THAT(problem("a"), StartsWith("not_found: "));
  EXPECT_EQ(fakes_.count_living(path), 1U);
  lease.release();
  EXPECT_TRUE(eventually([&] { return fakes_.living().empty(); }));
  add("a");
  EXPECT_TRUE(eventually([&] { return problem("a").empty(); })) << "found again when it is back";
}

TEST_F(ManagerLoading, AModelWhoseFileIsGoneCanBeUnloaded) {
  for (const bool is_looked_for : {false, true}) {
    const std::string path = add("a");
    if (!manager_) start(1000, 0, kKeepForever);
    ASSERT_TRUE(eventually([&] { return problem("a").empty(); }));
    std::filesystem::remove(path);
    if (is_looked_for) {
      manager_->refresh();
    } else {
      EXPECT_TRUE(manager_->unload("A:latest"));
    }
    EXPECT_TRUE(eventually([&] { return manager_->status().loaded.empty() && fakes_.living().empty(); }));
    EXPECT_TRUE(happens(is_looked_for ? "unloaded a removed" : "unloaded a asked"));
  }
  try {
    manager_->unload("a");
    FAIL() << "it is neither loaded nor offered";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

TEST_F(ManagerLoading, ALookAtTheDiskLetsGoOfWhatIsOfferedNoLonger) {
  const std::string path = add("a"), other = add("b");
  start(1000, 0, kKeepForever);
  manager_->acquire_now("b");
  Lease lease = manager_->acquire_now("a");
  std::filesystem::remove(path);
  manager_->refresh();
  EXPECT_EQ(fakes_.count_living(path), 1U) << "a request runs on it";
  EXPECT_TRUE(manager_->unload("a")) << "it is there, and goes";
  lease.release();
  EXPECT_TRUE(happens("unloaded a removed"));
  EXPECT_EQ(fakes_.count_living(other), 1U);
}

TEST_F(ManagerLoading, AnUnloadDuringAReloadHoldsForTheNewOneToo) {
  for (const bool runs : {false, true}) {
    const std::string path = add("a");
    if (!manager_) start();
    ASSERT_TRUE(eventually([&] { return problem("a").empty(); }));
    Lease lease = manager_->acquire_now("a");
    if (!runs) lease.release();
    Gate gate;
    const int loads = fakes_.loads(path);
    fakes_.set(path, {.on_load = [&] { gate.wait(); }});
    std::promise<void> done;
    manager_->reload("a", [&](const std::exception_ptr&) { done.set_value(); });
    ASSERT_TRUE(eventually([&] { return fakes_.loads(path) == loads + 1; }));
    EXPECT_TRUE(manager_->unload("a").is_loading) << "so it is not gone when the old one is";
    EXPECT_TRUE(runs || eventually([&] { return fakes_.living().empty(); })) << "the old one goes at once";
    gate.open();
    done.get_future().get();
    lease.release();
    EXPECT_TRUE(eventually([&] { return manager_->status().loaded.empty() && fakes_.living().empty(); }));
  }
  fakes_.set(add("a"), {});
  ASSERT_TRUE(eventually([&] { return problem("a").empty(); }));
  advance(minutes(4));
  EXPECT_EQ(manager_->status().loaded.size(), 1U) << "the next one stays as long as usual";
}

TEST_F(ManagerLoading, ALoadThatFailsTakesTheWishToUnloadWithIt) {
  Gate gate;
  const std::string path = add("a", {.on_load = [&] {
                                 gate.wait();
                                 throw Error(ErrorCode::kCorruptData, "half");
                               }});
  start();
  Waiting waiting = acquire("a");
  ASSERT_TRUE(eventually([&] { return fakes_.loads(path) == 1; }));
  EXPECT_TRUE(manager_->unload("a"));
  gate.open();
  EXPECT_THAT(problem(std::move(waiting.lease)), StartsWith("corrupt_data"));
  fakes_.set(path, {});
  touch(path, "mended");
  EXPECT_TRUE(manager_->acquire_now("a"));
  advance(minutes(4));
  EXPECT_EQ(manager_->status().loaded.size(), 1U);
}

TEST_F(ManagerLoading, TellsOnceThatAllIsThereThatWasToBeLoadedFirst) {
  Gate gate;
  add("a", {.on_load = [&] { gate.wait(); }});
  add("b");
  add("broken", {.on_load = [] { throw Error(ErrorCode::kCorruptData, "no GGUF"); }});
  preload_ = {"b", "a", "broken", "a"};
  start();
  EXPECT_EQ(wanted_ends_, 0) << "nothing of it can be there";
  EXPECT_TRUE(happens("loaded b"));
  EXPECT_TRUE(happens("failed broken"));
  EXPECT_EQ(wanted_ends_, 0);
  gate.open();
  EXPECT_TRUE(happens("loaded a"));
  EXPECT_TRUE(eventually([&] { return wanted_ends_ == 1; }));
  manager_->acquire_now("a");
  EXPECT_EQ(wanted_ends_, 1);
}

TEST_F(ManagerLoading, TellsAtOnceThatNothingWasToBeLoadedFirst) {
  add("a");
  start();
  EXPECT_EQ(wanted_ends_, 1);
}

TEST_F(ManagerLoading, UnloadWaitsForWhatRuns) {
  add("a");
  start();
  EXPECT_FALSE(manager_->unload("a"));
  Lease lease = manager_->acquire_now("a");
  EXPECT_TRUE(manager_->unload("a"));
  EXPECT_FALSE(manager_->unload("a").is_loading);
  EXPECT_EQ(fakes_.living().size(), 1U);
  lease.release();
  EXPECT_TRUE(happens("unloaded a asked"));
  EXPECT_TRUE(manager_->acquire_now("a"));
  advance(minutes(4));
  EXPECT_EQ(manager_->status().loaded.size(), 1U) << "the next one stays as long as usual";
}

TEST_F(ManagerLoading, AWaitMayBeCancelled) {
  Gate gate;
  add("a", {.on_load = [&] { gate.wait(); }});
  start();
  Waiting one = acquire("a");
  Waiting other = acquire("a");
  one.acquisition->cancel();
  one.acquisition->cancel();
  ASSERT_TRUE(one.is_ready());
  EXPECT_THAT(problem(std::move(one.lease)), StartsWith("cancelled: "));
  gate.open();
  EXPECT_TRUE(other.lease.get());
  other.acquisition->cancel();  // too late, and no harm
}

TEST_F(ManagerLoading, ALoadThatTakesTooLongTimesOutForWhoHasNoTime) {
  Gate gate;
  add("a", {.on_load = [&] { gate.wait(); }});
  start();
  Waiting hasty = acquire("a", {.keep_alive = {}, .deadline = in(seconds(3))});
  Waiting patient = acquire("a");
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting == 2 && fakes_.all_loads() == 1; }));
  advance(seconds(3));
  EXPECT_THAT(problem(std::move(hasty.lease)), StartsWith("timeout: a was not loaded in time"));
  EXPECT_FALSE(patient.is_ready());
  gate.open();
  EXPECT_TRUE(patient.lease.get());
}

TEST_F(ManagerLoading, StopCancelsWaitersAndGivesRunningOnesTime) {
  Gate gate;
  add("a", {.on_load = [&] { gate.wait(); }});
  add("b");
  start();
  auto lease = std::make_shared<Lease>(manager_->acquire_now("b"));
  Waiting waiting = acquire("a");
  EXPECT_TRUE(eventually([&] { return manager_->status().loading == 1; }));
  std::thread stopping([&] { manager_->stop(seconds(60)); });
  EXPECT_THAT(problem(std::move(waiting.lease)), StartsWith("cancelled: "));
  EXPECT_TRUE(eventually([&] { return problem("b").starts_with("cancelled: "); }));
  EXPECT_FALSE(dynamic_cast<hearth::testing::FakeServedModel&>(lease->model()).is_stopped());
  gate.open();
  lease->release();
  stopping.join();
  EXPECT_THAT(fakes_.living(), IsEmpty());
}

TEST_F(ManagerLoading, ALeaseMayOutliveTheManager) {
  add("a");
  start();
  Lease lease = manager_->acquire_now("a");
  std::thread stopping([&] { manager_->stop(milliseconds(0)); });
  EXPECT_TRUE(eventually([&] { return dynamic_cast<hearth::testing::FakeServedModel&>(lease.model()).is_stopped(); }));
  stopping.join();
  manager_.reset();
  EXPECT_EQ(fakes_.living().size(), 1U);
  lease.release();
  EXPECT_THAT(fakes_.living(), IsEmpty());
}

TEST_F(ManagerLoading, PreloadAndEventsInOrder) {
  add("a");
  start();
  manager_->preload({"a", "no-such-model"});
  EXPECT_TRUE(happens("loaded a"));
  EXPECT_EQ(fakes_.all_loads(), 1);
  manager_->acquire_now("a");
  manager_->unload("a");
  EXPECT_TRUE(happens("unloaded a asked"));
  EXPECT_THAT(events(), ElementsAre("loading a", "loaded a", "unloaded a asked"));
}

TEST_F(ManagerLoading, TheLeaseSaysHowLongItWaited) {
  Gate gate;
  add("a", {.on_load = [&] { gate.wait(); }});
  start();
  Waiting first = acquire("a");
  EXPECT_TRUE(eventually([&] { return manager_->status().waiting == 1; }));
  advance(seconds(7));
  EXPECT_TRUE(happens("loading a"));
  const std::vector<LoadingModelStatus> on_the_way = manager_->status().on_the_way;
  ASSERT_EQ(on_the_way.size(), 1U);
  EXPECT_EQ(on_the_way[0].id, "a");
  EXPECT_DOUBLE_EQ(on_the_way[0].seconds, 7);
  EXPECT_GT(on_the_way[0].bytes, 0U);
  EXPECT_FALSE(on_the_way[0].waits_for_room);
  gate.open();
  EXPECT_DOUBLE_EQ(first.lease.get().load_seconds(), 7);
  EXPECT_DOUBLE_EQ(manager_->acquire_now("a").load_seconds(), 0);
}

}  // namespace
}  // namespace hearth
