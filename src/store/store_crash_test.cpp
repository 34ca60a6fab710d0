// A process that is killed while it writes: what it had acknowledged is there, and the database is whole.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "store/store_test_house.h"

namespace hearth {
namespace {

class StoreCrash : public hearth::testing::StoreHouse {
 protected:
  /// Writes messages and answers without end; each is told through `pipe` when the store has it: "conversation message
  /// length\n".
  [[noreturn]] void write_until_killed(int pipe, int round) {
    try {
      const auto store = ConversationStore::open(path());
      const std::string id = store->create("", {}).id;
      std::string parent;
      for (int i = 0;; ++i) {
        StoredMessage answer = message("assistant", "", "", "msg_a" + std::to_string(round) + "_" + std::to_string(i));
        answer.state = MessageState::kRunning;
        StoredMessage question = message("user", std::string(static_cast<std::size_t>(i * 37 % 5000) + 1, 'q'), parent,
                                         "msg_q" + std::to_string(round) + "_" + std::to_string(i));
        answer.parent_id = question.id;
        store->add("", id, {question, answer});
        acknowledge(pipe, id, question.id, question.content.size());
        AnswerUpdate update;
        update.message_id = answer.id;
        for (int piece = 1; piece <= 3; ++piece) {
          update.content = std::string(static_cast<std::size_t>(piece * 100), 'a');
          if (piece == 3) update.state = MessageState::kDone;
          store->update_answers({update});
          acknowledge(pipe, id, answer.id, update.content.size());
        }
        parent = answer.id;
      }
    } catch (...) {
      ::_exit(3);
    }
  }
  static void acknowledge(int pipe, const std::string& id, const std::string& message, std::size_t length) {
    const std::string line = id + " " + message + " " + std::to_string(length) + "\n";
    if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(4);
  }
  /// Message → its conversation and the length that was acknowledged last.
  static std::map<std::string, std::pair<std::string, std::size_t>> acknowledged(const std::string& lines) {
    std::map<std::string, std::pair<std::string, std::size_t>> all;
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = lines.find('\n', begin);
      if (end == std::string::npos) break;
      const std::string line = lines.substr(begin, end - begin);
      const std::size_t first = line.find(' '), second = line.find(' ', first + 1);
      all[line.substr(first + 1, second - first - 1)] = {line.substr(0, first), std::stoul(line.substr(second + 1))};
      begin = end + 1;
    }
    return all;
  }
};

TEST_F(StoreCrash, NothingThatWasAcknowledgedIsLost) {
  constexpr int kRounds = 30;
  std::mt19937 chance(7);
  std::string lines;
  for (int round = 0; round < kRounds; ++round) {
    int ends[2] = {};
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(ends[1], round);
    }
    ::close(ends[1]);
    // Somewhere behind an acknowledgement: in the middle of the next write, or between two.
    const auto after = static_cast<std::ptrdiff_t>(1 + chance() % 24);
    const std::chrono::microseconds later(chance() % 4000);
    std::string told;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      const bool is_due = std::count(told.begin(), told.end(), '\n') < after;
      told.append(buffer, static_cast<std::size_t>(n));
      if (!is_due || std::count(told.begin(), told.end(), '\n') < after) continue;
      std::this_thread::sleep_for(later);
      ::kill(child, SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ends[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": status " << WEXITSTATUS(status);
    // A line is cut where the child died in the middle of it: then it was never told.
    lines += told.substr(0, told.rfind('\n') + 1);
  }
  const auto all = acknowledged(lines);
  ASSERT_GT(all.size(), 60U);
  ASSERT_EQ(integrity(path()), "ok");
  for (const auto& [message, what] : all) {
    const StoredMessage found = store().message("", what.first, message);
    EXPECT_GE(found.content.size(), what.second) << message;
    EXPECT_NE(found.state, MessageState::kRunning) << message;  // its process is dead
  }
  Database(path()).run("INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)");
  EXPECT_EQ(Database(path()).integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST_F(StoreCrash, TwoProcessesWriteAtOnce) {
  const std::string id = conversation("shared").id;
  store_.reset();  // nothing of SQLite may be open over a fork
  constexpr int kEach = 60;
  const pid_t child = ::fork();
  const auto write = [&](const std::string& who) {
    const auto store = ConversationStore::open(path());
    for (int i = 0; i < kEach; ++i) store->add("", id, {message("user", who + std::to_string(i))});
  };
  if (child == 0) {
    try {
      write("child");
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  write("parent");
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(store().find("", id).message_count, 2 * kEach);
  EXPECT_EQ(integrity(path()), "ok");
}

}  // namespace
}  // namespace hearth
