// Files of request bodies: what was written is there, and what a dead process left goes.
#include "server/http/spool_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "hearth/error.h"
#include "support/temporary_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(SpoolFile, HoldsWhatWasWrittenAndGoes) {
  const TemporaryFolder folder;
  {
    SpoolFile file(folder.path());
    file.write("abc");
    file.write("def");
    file.close();
    std::ifstream in(file.path());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "abcdef");
    EXPECT_EQ(fs::status(file.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(SpoolFile, StaysWhereItWasMoved) {
  const TemporaryFolder folder;
  const fs::path moved = folder.path() / "moved";
  {
    SpoolFile file(folder.path());
    file.write("abc");
    file.close();
    fs::rename(file.path(), moved);
  }
  EXPECT_EQ(fs::file_size(moved), 3U);
}

TEST(SpoolFile, SaysWhatCannotBeWritten) { EXPECT_THROW(SpoolFile("/proc/nowhere"), Error); }

TEST(SpoolFile, OfADeadProcessIsRemovedAndNothingElse) {
  const TemporaryFolder folder;
  SpoolFile written(folder.path()), closed(folder.path());
  closed.close();  // its request is being handled
  std::ofstream(folder.path() / "sha256-abc") << "a blob";
  fs::create_directory(folder.path() / "hearth-body-folder");
  fs::create_symlink(folder.path() / "sha256-abc", folder.path() / "hearth-body-link");
  const pid_t killed = ::fork();
  if (killed == 0) {
    new SpoolFile(folder.path());  // its destructor does not run
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(killed, &status, 0), killed);
  ASSERT_EQ(files_in(folder.path()), 6U);
  EXPECT_EQ(remove_orphaned_spool_files(folder.path()), 1U);
  EXPECT_TRUE(fs::exists(written.path()));
  EXPECT_TRUE(fs::exists(closed.path()));
  EXPECT_EQ(files_in(folder.path()), 5U);
  EXPECT_EQ(remove_orphaned_spool_files(folder.path() / "nowhere"), 0U);
}

}  // namespace
}  // namespace hearth
