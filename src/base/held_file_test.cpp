#include "base/held_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "base/atomic_file.h"
#include "base/file.h"
#include "support/temporary_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class HeldFile : public ::testing::Test {
 protected:
  fs::path only_temporary() const {
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".tmp") return entry.path();
    }
    return {};
  }
  testing::TemporaryFolder folder_;
};

TEST_F(HeldFile, IsHeldAsLongAsSomebodyWritesIt) {
  fs::path temporary;
  {
    AtomicFile file(folder_.path() / "a");
    file.append("half");
    temporary = only_temporary();
    EXPECT_EQ(held_state(temporary), HeldState::kHeld);
    EXPECT_FALSE(remove_if_abandoned(temporary));
    EXPECT_EQ(held_state(temporary), HeldState::kHeld) << "to ask changes nothing";
    file.commit();
  }
  EXPECT_EQ(read_file(folder_.path() / "a"), "half");
  EXPECT_EQ(held_state(temporary), HeldState::kUnknown) << "it is gone";
}

TEST_F(HeldFile, IsAbandonedAsSoonAsItsWriterIsKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const std::string path = (folder_.path() / "a").string();
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(path);
    file.append("half");
    (void)!::write(ready[1], "x", 1);
    while (true) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const fs::path temporary = only_temporary();
  EXPECT_EQ(held_state(temporary), HeldState::kHeld);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(held_state(temporary), HeldState::kAbandoned);
  EXPECT_TRUE(remove_if_abandoned(temporary));
  EXPECT_FALSE(fs::exists(temporary));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(HeldFile, NothingButPlainFilesIsTouched) {
  const fs::path target = folder_.path() / "target", link = folder_.path() / "link", pipe = folder_.path() / "pipe";
  write_file_atomic(target, "of somebody else");
  fs::create_symlink(target, link);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const fs::path& path : {link, pipe, folder_.path(), folder_.path() / "none"}) {
    EXPECT_EQ(held_state(path), HeldState::kUnknown) << path;
    EXPECT_FALSE(remove_if_abandoned(path)) << path;
  }
  EXPECT_TRUE(fs::exists(target));
  EXPECT_TRUE(fs::exists(pipe));
}

// Between its creation and its lock a file looks abandoned; whoever loses it then must take another one.
TEST_F(HeldFile, WritersWinAgainstThoseWhoTidyUp) {
  std::atomic<bool> is_over = false;
  std::jthread tidying([&] {
    while (!is_over) {
      std::error_code failure;
      for (fs::directory_iterator entry(folder_.path(), failure), end; !failure && entry != end;
           entry.increment(failure)) {
        if (entry->path().extension() == ".tmp") remove_if_abandoned(entry->path());
      }
    }
  });
  for (int i = 0; i < 150; ++i) {
    const std::string text = std::to_string(i);
    AtomicFile file(folder_.path() / "a");
    file.append(text);
    ASSERT_NO_THROW(file.commit()) << i;
    ASSERT_EQ(read_file(folder_.path() / "a"), text);
  }
  is_over = true;
}

}  // namespace
}  // namespace hearth
