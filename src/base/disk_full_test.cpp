#include "base/disk_full.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/file_descriptor.h"

namespace hearth {
namespace {

template <typename Fails>
std::string kind(const Fails& fails) {
  try {
    fails();
  } catch (const DiskFullError& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.hint(), "make room on that disk");
    return "full: " + error.message();
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + ": " + error.message();
  }
  return "nothing";
}

std::error_code system_error(int code) { return {code, std::system_category()}; }

TEST(DiskFull, IsToldApart) {
  EXPECT_TRUE(is_disk_full(system_error(ENOSPC)));
  EXPECT_TRUE(is_disk_full(system_error(EDQUOT)));
  EXPECT_TRUE(is_disk_full(std::make_error_code(std::errc::no_space_on_device)));
  EXPECT_FALSE(is_disk_full(system_error(EACCES)));
  EXPECT_FALSE(is_disk_full({}));
  EXPECT_EQ(kind([] { fail_io("/a/b", "copy it", system_error(ENOSPC)); }),
            "full: /a/b: cannot copy it: No space left on device");
  EXPECT_EQ(kind([] { fail_io("/a/b", "copy it", system_error(EACCES)); }),
            "io: /a/b: cannot copy it: Permission denied");
}

TEST(DiskFull, IsWhatAFullDeviceSays) {
  const FileDescriptor full("/dev/full", O_WRONLY);
  EXPECT_EQ(kind([&] {
              if (::write(full.get(), "a", 1) < 0) fail_errno("/dev/full", "write");
            }),
            "full: /dev/full: cannot write: No space left on device");
  EXPECT_EQ(kind([&] {
              char byte = 0;
              if (::read(full.get(), &byte, 1) < 0) fail_errno("/dev/full", "read");
            }),
            "io: /dev/full: cannot read: Bad file descriptor");
}

}  // namespace
}  // namespace hearth
