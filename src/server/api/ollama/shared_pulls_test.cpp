#include "server/api/ollama/shared_pulls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace hearth {
namespace {

using ::testing::ElementsAre;

struct Watcher : PullWatcher {
  void line(const json::object& line, bool is_progress) override {
    seen.push_back((is_progress ? "~" : "") + std::string(line.at("status").as_string()));
  }
  void done(const std::exception_ptr& problem) override { seen.emplace_back(problem ? "failed" : "done"); }
  std::vector<std::string> seen;
};

json::object status(const char* text) { return {{"status", text}}; }

TEST(SharedPulls, TellsLateComersWhatWasAndWhatComes) {
  SharedPulls pulls;
  int starts = 0;
  const auto start = [&](const std::shared_ptr<SharedPull>&) { ++starts; };
  const auto early = std::make_shared<Watcher>(), late = std::make_shared<Watcher>();
  const auto pull = pulls.join("a", early, start);
  pull->tell(status("manifest"), false);
  pull->tell(status("10"), true);
  pull->tell(status("20"), true);
  EXPECT_EQ(pulls.join("a", late, start), pull);
  EXPECT_EQ(starts, 1);
  pull->tell(status("30"), true);
  pulls.remove("a", pull.get());
  pull->finish(nullptr);
  EXPECT_THAT(early->seen, ElementsAre("manifest", "~10", "~20", "~30", "done"));
  EXPECT_THAT(late->seen, ElementsAre("manifest", "~20", "~30", "done"));
}

TEST(SharedPulls, EndsWhenTheLastWatcherLeaves) {
  SharedPulls pulls;
  const auto start = [](const std::shared_ptr<SharedPull>&) {};
  const auto one = std::make_shared<Watcher>(), two = std::make_shared<Watcher>();
  const auto pull = pulls.join("a", one, start);
  pulls.join("a", two, start);
  pull->leave(one.get());
  EXPECT_FALSE(pull->cancelled()->load());
  pull->leave(two.get());
  EXPECT_TRUE(pull->cancelled()->load());
  // Who comes now gets a pull of its own, not the end of one that was given up.
  const auto three = std::make_shared<Watcher>();
  const auto next = pulls.join("a", three, start);
  EXPECT_NE(next, pull);
  pulls.remove("a", pull.get());
  EXPECT_EQ(pulls.join("a", std::make_shared<Watcher>(), start), next);
  pull->finish(std::make_exception_ptr(std::runtime_error("x")));
  EXPECT_TRUE(three->seen.empty());
}

TEST(SharedPulls, GivesOthersPullsOfTheirOwn) {
  SharedPulls pulls;
  const auto start = [](const std::shared_ptr<SharedPull>&) {};
  EXPECT_NE(pulls.join("a", std::make_shared<Watcher>(), start), pulls.join("b", std::make_shared<Watcher>(), start));
}

TEST(SharedPulls, KeepsNoneThatCouldNotBegin) {
  SharedPulls pulls;
  const auto refuse = [](const std::shared_ptr<SharedPull>&) { throw std::runtime_error("busy"); };
  EXPECT_THROW(pulls.join("a", std::make_shared<Watcher>(), refuse), std::runtime_error);
  bool is_begun = false;
  pulls.join("a", std::make_shared<Watcher>(), [&](const std::shared_ptr<SharedPull>&) { is_begun = true; });
  EXPECT_TRUE(is_begun);
}

TEST(SharedPulls, CancelsAll) {
  SharedPulls pulls;
  const auto pull = pulls.join("a", std::make_shared<Watcher>(), [](const std::shared_ptr<SharedPull>&) {});
  pulls.cancel_all();
  EXPECT_TRUE(pull->cancelled()->load());
}

TEST(SharedPulls, TellsFailures) {
  SharedPulls pulls;
  const auto watcher = std::make_shared<Watcher>();
  const auto pull = pulls.join("a", watcher, [](const std::shared_ptr<SharedPull>&) {});
  pull->finish(std::make_exception_ptr(std::runtime_error("x")));
  EXPECT_THAT(watcher->seen, ElementsAre("failed"));
  EXPECT_FALSE(pull->watch(watcher));
}

}  // namespace
}  // namespace hearth
