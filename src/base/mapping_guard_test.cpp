#include "base/mapping_guard.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/file.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

class MappingGuard : public ::testing::Test {
 protected:
  MappingGuard() {
    write_file_atomic(path_, std::string(kSize, 'x'));
    survive_shortened_files();
  }
  ~MappingGuard() override { fs::remove(path_); }

  static constexpr std::size_t kSize = 1 << 20;
  const fs::path path_ = fs::temp_directory_path() / ("hearth-guard-" + std::to_string(::getpid()));
};

std::size_t count(std::span<const std::byte> bytes, char wanted) {
  return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), static_cast<std::byte>(wanted)));
}

TEST_F(MappingGuard, WhatWasCutOffReadsAsZeros) {
  const auto file = MappedFile::open(path_);
  const auto other = MappedFile::open(path_);
  EXPECT_EQ(count(file->bytes(), 'x'), kSize);
  const std::uint64_t before = shortened_mappings();
  constexpr std::size_t kLeft = 1 << 18;
  fs::resize_file(path_, kLeft);
  EXPECT_FALSE(is_in_shortened_mapping(file->bytes().data()));  // nobody has looked yet
  EXPECT_EQ(count(file->bytes(), 'x'), kLeft);
  EXPECT_EQ(count(file->bytes(), '\0'), kSize - kLeft);
  EXPECT_GT(shortened_mappings(), before);
  EXPECT_TRUE(is_in_shortened_mapping(file->bytes().data()));
  EXPECT_TRUE(is_in_shortened_mapping(file->bytes().data() + kSize - 1));
  EXPECT_FALSE(is_in_shortened_mapping(other->bytes().data()));
}

TEST_F(MappingGuard, AMappingThatIsGoneIsForgotten) {
  const std::byte* data = nullptr;
  {
    const auto file = MappedFile::open(path_);
    data = file->bytes().data();
    fs::resize_file(path_, 1);
    EXPECT_EQ(count(file->bytes(), 'x'), 1U);
    EXPECT_TRUE(is_in_shortened_mapping(data));
  }
  EXPECT_FALSE(is_in_shortened_mapping(data));
}

TEST_F(MappingGuard, OtherFaultsStillEndTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const auto ended = [](int status) { return WIFEXITED(status) && WEXITSTATUS(status) != 0; };
  EXPECT_EXIT(::raise(SIGBUS), ended, "BUS on unknown address");  // the sanitizer's handler stood there before
#else
  EXPECT_EXIT(::raise(SIGBUS), ::testing::KilledBySignal(SIGBUS), "");
#endif
}

}  // namespace
}  // namespace hearth
