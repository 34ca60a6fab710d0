// Databases that cannot be used, and disks that refuse: each time an error that names the file and says what to do.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>

#include "store/sqlite_store.h"
#include "store/store_test_house.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// One of the system's calls that SQLite uses, replaced for as long as this lives.
class ReplacedCall {
 public:
  ReplacedCall(const char* call, sqlite3_syscall_ptr instead) : vfs_(sqlite3_vfs_find(nullptr)), call_(call) {
    vfs_->xSetSystemCall(vfs_, call_, instead);
  }
  ~ReplacedCall() { vfs_->xSetSystemCall(vfs_, call_, nullptr); }
  ReplacedCall(const ReplacedCall&) = delete;
  ReplacedCall& operator=(const ReplacedCall&) = delete;

 private:
  sqlite3_vfs* vfs_;
  const char* call_;
};

template <int kErrno>
ssize_t refused_write(int, const void*, std::size_t) {
  errno = kErrno;
  return -1;
}
template <int kErrno>
ssize_t refused_pwrite(int, const void*, std::size_t, off_t) {
  errno = kErrno;
  return -1;
}

/// Whichever call this SQLite was built to write with.
template <int kErrno>
class RefusingDisk {
  ReplacedCall write_{"write", reinterpret_cast<sqlite3_syscall_ptr>(&refused_write<kErrno>)};
  ReplacedCall pwrite_{"pwrite", reinterpret_cast<sqlite3_syscall_ptr>(&refused_pwrite<kErrno>)};
  ReplacedCall pwrite64_{"pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(&refused_pwrite<kErrno>)};
};

/// As a file that may be read only.
int read_only_open(const char* path, int flags, int mode) {
  if ((flags & O_ACCMODE) != O_RDONLY) {
    errno = EROFS;
    return -1;
  }
  return ::open(path, flags, mode);
}

class StoreFaults : public hearth::testing::StoreHouse {
 protected:
  template <typename Call>
  void expect_store_error(ErrorCode code, const std::string& words, Call call) {
    try {
      call();
      ADD_FAILURE() << "no error";
    } catch (const StoreError& error) {
      EXPECT_EQ(error.code(), code) << error.message();
      EXPECT_THAT(error.message(), HasSubstr(path()));
      EXPECT_THAT(error.message(), HasSubstr(words));
      EXPECT_THAT(error.hint(), Not(IsEmpty()));
    }
  }
};

TEST_F(StoreFaults, AFullDiskLosesNothingThatWasKept) {
  const std::string id = conversation("a").id;
  add(id, "user", "before");
  {
    const RefusingDisk<ENOSPC> disk;
    expect_store_error(ErrorCode::kIo, "the disk is full", [&] { add(id, "user", "during"); });
    expect_store_error(ErrorCode::kIo, "the disk is full", [&] { conversation("b"); });
    EXPECT_THAT(shown(id), ElementsAre("before"));  // reading goes on
  }
  add(id, "user", "after");
  EXPECT_THAT(titles({}), ElementsAre("a"));
  EXPECT_EQ(store().find("", id).message_count, 2);
  EXPECT_EQ(integrity(path()), "ok");
}

TEST_F(StoreFaults, ADiskThatFailsIsTold) {
  const std::string id = conversation("a").id;
  const RefusingDisk<EIO> disk;
  expect_store_error(ErrorCode::kIo, "the disk refused", [&] { add(id, "user", "x"); });
}

TEST_F(StoreFaults, ADatabaseThatCanOnlyBeRead) {
  store();
  store_.reset();
  const ReplacedCall disk("open", reinterpret_cast<sqlite3_syscall_ptr>(&read_only_open));
  expect_store_error(ErrorCode::kIo, "can only be read", [&] { ConversationStore::open(path()); });
}

TEST_F(StoreFaults, WhatIsNoDatabase) {
  std::ofstream(path()) << std::string(20'000, 'x');
  expect_store_error(ErrorCode::kCorruptData, "no database", [&] { ConversationStore::open(path()); });
  EXPECT_EQ(std::filesystem::file_size(path()), 20'000U);  // nobody's file is written over
}

TEST_F(StoreFaults, ADamagedDatabase) {
  {
    const std::string id = conversation("a").id;
    for (int i = 0; i < 200; ++i) add(id, "user", std::string(500, 'x'));
  }
  store_.reset();
  const auto size = std::filesystem::file_size(path());
  ASSERT_GT(size, 100'000U);
  std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
  for (std::uint64_t page = 2; page < size / 4096; ++page) {
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file << std::string(200, '\xa5');
  }
  file.close();
  bool told = false;
  try {
    store();
    for (const Conversation& each : store().list("", {}).conversations) store().tree("", each.id);
  } catch (const StoreError& error) {
    told = error.code() == ErrorCode::kCorruptData;
    EXPECT_THAT(error.message(), HasSubstr(path()));
    EXPECT_THAT(error.hint(), HasSubstr("recover"));
  }
  EXPECT_TRUE(told);
}

TEST_F(StoreFaults, ALockedDatabase) {
  store();
  store_.reset();
  Database holder(path());
  holder.run("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  expect_store_error(ErrorCode::kBusy, "locked", [&] { SqliteStore(path(), 50); });
  holder.run("ROLLBACK");
}

TEST_F(StoreFaults, AWriterThatWaitsTooLong) {
  SqliteStore impatient(path(), 50);
  Database holder(path());
  const Transaction held(holder);
  expect_store_error(ErrorCode::kBusy, "locked", [&] { impatient.create("", {}); });
  EXPECT_THAT(impatient.list("", {}).conversations, IsEmpty());  // readers do not wait
}

TEST_F(StoreFaults, AFolderThatIsNone) {
  const std::string file = (folder_.path() / "file").string();
  std::ofstream(file) << "x";
  try {
    ConversationStore::open(file + "/hearth.db");
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_THAT(error.message(), HasSubstr(file));
  }
}

}  // namespace
}  // namespace hearth
