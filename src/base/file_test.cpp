#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstring>
#include <string>

#include "base/atomic_file.h"
#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

template <typename Action>
void expect_error(ErrorCode code, const std::string& part, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_THAT(error.message(), HasSubstr(part));
  }
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(File, WritesAndReadsBack) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  for (const std::string& content :
       {std::string(), std::string("x"), std::string("a\0b\n", 4), std::string(3000000, 'q')}) {
    write_file_atomic(path, content);
    EXPECT_EQ(read_file(path), content);
    const auto map = MappedFile::open(path);
    ASSERT_EQ(map->bytes().size(), content.size());
    EXPECT_TRUE(content.empty() || std::memcmp(map->bytes().data(), content.data(), content.size()) == 0);
    EXPECT_EQ(map->path(), path);
  }
  EXPECT_EQ(files_in(folder.path()), 1u) << "temporary files are left";
}

TEST(File, AMapKeepsTheOldContentWhenTheFileIsReplaced) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  write_file_atomic(path, "old");
  const auto map = MappedFile::open(path);
  write_file_atomic(path, "new!");
  EXPECT_EQ(std::memcmp(map->bytes().data(), "old", 3), 0);
  EXPECT_EQ(read_file(path), "new!");
}

TEST(File, ReadsFilesThatDoNotSayTheirSize) {
  if (!std::filesystem::exists("/proc/self/status")) GTEST_SKIP() << "skipped: no /proc";
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Name:"));
  expect_error(ErrorCode::kUnsupported, "/proc/self/status", [] { read_file("/proc/self/status", 10); });
}

TEST(File, LimitsTheSize) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  write_file_atomic(path, "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  expect_error(ErrorCode::kUnsupported, path.string() + ": 5 bytes", [&] { read_file(path, 4); });
}

TEST(File, NamesThePathOfEveryFailure) {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "missing";
  expect_error(ErrorCode::kNotFound, missing.string(), [&] { read_file(missing); });
  expect_error(ErrorCode::kNotFound, missing.string(), [&] { MappedFile::open(missing); });
  expect_error(ErrorCode::kNotFound, missing.string(), [&] { write_file_atomic(missing / "a", "x"); });
  expect_error(ErrorCode::kIo, "not a regular file", [&] { read_file(folder.path()); });
  expect_error(ErrorCode::kIo, "not a regular file", [&] { MappedFile::open(folder.path()); });
  expect_error(ErrorCode::kIo, "not a regular file", [&] { read_file("/dev/zero"); });
  expect_error(ErrorCode::kIo, folder.path().string(), [&] { write_file_atomic(folder.path(), "x"); });

  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_error(ErrorCode::kIo, "not a regular file", [&] { read_file(pipe); });  // and does not wait for a writer
}

TEST(AtomicFile, WithoutCommitNothingHappens) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  write_file_atomic(path, "old");
  {
    AtomicFile file(path);
    file.append("half");
    EXPECT_EQ(files_in(folder.path()), 2u);
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFile, TwoWritersOfOnePathDoNotMix) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  AtomicFile first(path);
  AtomicFile second(path);
  first.append("first ");
  second.append("second");
  first.append("too");
  second.commit();
  EXPECT_EQ(read_file(path), "second");
  first.commit();
  EXPECT_EQ(read_file(path), "first too");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

}  // namespace
}  // namespace hearth
