#include "hub/download/file_download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <thread>

#include "hearth/error.h"
#include "hub/download/digest.h"
#include "hub/download/file_lock.h"
#include "hub/download/part_file.h"
#include "support/fixtures.h"
#include "support/hub_server.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using hearth::testing::Faults;
using hearth::testing::HubServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kSize = 3'000'000;

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class FileDownloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    content_ = random_bytes(kSize);
    server_.add("a/b", "m.gguf", content_);
    hub_.endpoint = server_.address();
    hub_.retry.first_wait = std::chrono::milliseconds(1);
    hub_.retry.attempts = 4;
    hub_.http.stall_timeout = std::chrono::seconds(2);
    options_.connections = 4;
    options_.smallest_piece = 100'000;
    options_.largest_piece = 500'000;
    const HubListing listing = list_repository(hub_, "a/b", "main");
    file_.address = resolve_address(hub_, "a/b", listing.commit, "m.gguf");
    file_.id = listing.files[0].id;
    file_.size = kSize;
    file_.target = folder_.path() / "blobs" / file_.id;
    file_.lock = folder_.path() / "lock";
    file_.what = "a/b m.gguf";
    server_.forget_seen();
  }
  void download() { download_file(hub_, "a/b", file_, options_); }
  std::string problem() {
    try {
      download();
      return "";
    } catch (const Error& error) {
      code_ = error.code();
      return error.message();
    }
  }
  bool has_part() const { return fs::exists(PartFile::part_path(file_.target)); }
  void expect_whole() {
    EXPECT_TRUE(content_of(file_.target) == content_);
    EXPECT_FALSE(has_part());
    EXPECT_FALSE(fs::exists(PartFile::journal_path(file_.target)));
  }

  hearth::testing::TemporaryFolder folder_;
  HubServer server_;
  HubConnection hub_;
  DownloadOptions options_;
  FileDownload file_;
  std::string content_;
  ErrorCode code_ = ErrorCode::kInternal;
};

TEST_F(FileDownloadTest, InRanges) {
  std::uint64_t last = 0;
  bool checked = false;
  options_.on_event = [&](const DownloadEvent& event) {
    EXPECT_EQ(event.total, kSize);
    if (event.kind == DownloadEvent::kChecking) checked = true;
    if (event.kind != DownloadEvent::kBytes) return;
    EXPECT_GE(event.done, last);
    last = event.done;
  };
  download();
  expect_whole();
  EXPECT_EQ(last, kSize);
  EXPECT_TRUE(checked);
  EXPECT_EQ(server_.bytes_sent(), kSize);  // no byte twice
  std::size_t ranged = 0;
  for (const auto& request : server_.seen()) ranged += request.range.empty() ? 0 : 1;
  EXPECT_GE(ranged, 10U);
  server_.forget_seen();
  download();  // it is there
  EXPECT_THAT(server_.seen(), IsEmpty());
}

TEST_F(FileDownloadTest, GoesOnAfterBreaks) {
  server_.set_faults({.cut_times = 12, .cut_after = 70'000});
  download();
  expect_whole();
  EXPECT_EQ(server_.bytes_sent(), kSize);
}

TEST_F(FileDownloadTest, GoesOnInANewRun) {
  server_.set_faults({.cut_times = 1000, .cut_after = 10'000});
  EXPECT_THAT(problem(), HasSubstr("keeps breaking off"));
  EXPECT_EQ(code_, ErrorCode::kIo);
  EXPECT_TRUE(has_part());
  EXPECT_FALSE(fs::exists(file_.target));
  const std::uint64_t before = server_.bytes_sent();
  EXPECT_GT(before, 0U);
  server_.set_faults({});
  server_.forget_seen();
  download();
  expect_whole();
  // What was there is not fetched again. (Some of what was sent was never read: at most one answer a connection.)
  EXPECT_LT(server_.bytes_sent(), kSize);
  EXPECT_GE(server_.bytes_sent() + before, kSize);
}

TEST_F(FileDownloadTest, ADamagedJournalCountsForNothing) {
  fs::create_directories(file_.target.parent_path());
  for (const char* journal : {"", "{}", "nonsense", R"({"size": 3000000, "version": "x", "done": []})"}) {
    std::ofstream(PartFile::part_path(file_.target)) << "rubbish";
    std::ofstream(PartFile::journal_path(file_.target)) << journal;
    download();
    expect_whole();
    fs::remove(file_.target);
  }
  // One that claims bytes which are not there.
  std::ofstream(PartFile::part_path(file_.target)) << "rubbish";
  const std::uint64_t piece = kSize / 16;
  std::string done;
  for (std::uint64_t begin = 0; begin < kSize; begin += piece) {
    done += (begin == 0 ? "" : ",") + std::to_string(std::min<std::uint64_t>(piece, kSize - begin));
  }
  std::ofstream(PartFile::journal_path(file_.target))
      << R"({"size": 3000000, "version": ")" << file_.id << R"(", "done": [)" << done << "]}";
  download();
  expect_whole();
}

TEST_F(FileDownloadTest, AWrongBeginningIsFetchedAgain) {
  server_.set_faults({.cut_times = 1000, .cut_after = 10'000});
  EXPECT_NE(problem(), "");
  server_.set_faults({});
  std::fstream part(PartFile::part_path(file_.target), std::ios::in | std::ios::out | std::ios::binary);
  part.write("XXXXXXXXXXXXXXXX", 16);
  part.close();
  download();
  expect_whole();
}

TEST_F(FileDownloadTest, WrongBytesAreNeverKept) {
  server_.set_faults({.wrong_bytes = true});
  EXPECT_THAT(problem(), HasSubstr("is not what the hub states (SHA-256 " + file_.id));
  EXPECT_EQ(code_, ErrorCode::kCorruptData);
  EXPECT_FALSE(fs::exists(file_.target));
  EXPECT_FALSE(has_part());
  EXPECT_EQ(server_.bytes_sent(), 2 * kSize);  // it was tried twice, no more
  server_.set_faults({});
  download();
  expect_whole();
}

TEST_F(FileDownloadTest, AServerThatLiesAboutLengthAndRange) {
  server_.set_faults({.wrong_range = true});
  EXPECT_THAT(problem(), HasSubstr("contradicts what the hub states"));
  EXPECT_EQ(code_, ErrorCode::kCorruptData);
  server_.set_faults({.extra_bytes = 5});  // and says so
  EXPECT_THAT(problem(), HasSubstr("contradicts what the hub states: it sends"));
  server_.set_faults({.extra_bytes = 5, .no_length = true});
  EXPECT_THAT(problem(), HasSubstr("more than it was asked for"));
  // More is promised than comes: nobody waits for it.
  server_.set_faults({.promised_bytes = 5});
  EXPECT_THAT(problem(), HasSubstr("contradicts what the hub states: it sends"));
  EXPECT_EQ(code_, ErrorCode::kCorruptData);
  server_.set_faults({.no_ranges = true, .short_file = true});  // as a page of a hotel's network would
  EXPECT_THAT(problem(), HasSubstr("contradicts what the hub states: it sends"));
  server_.set_faults({.short_file = true});
  EXPECT_NE(problem(), "");
  EXPECT_EQ(code_, ErrorCode::kCorruptData);
  EXPECT_FALSE(fs::exists(file_.target));
  server_.set_faults({});
  download();
  expect_whole();
}

TEST_F(FileDownloadTest, BeyondTheEndIs416) {
  options_.connections = 1;
  server_.set_faults({.status = 416, .times = 1000});
  EXPECT_THAT(problem(), HasSubstr("shorter than the 3000000 bytes"));
}

TEST_F(FileDownloadTest, AServerWithoutRanges) {
  server_.set_faults({.no_ranges = true});
  download();
  expect_whole();
  fs::remove(file_.target);
  server_.set_faults({.cut_times = 2, .cut_after = 1'000'000, .no_ranges = true});
  download();
  expect_whole();
}

TEST_F(FileDownloadTest, StatusesThatPassAndThatDoNot) {
  for (const int status : {429, 500, 503, 408}) {
    server_.set_faults({.status = status, .times = 2});
    EXPECT_EQ(problem(), "") << status;
    expect_whole();
    fs::remove(file_.target);
  }
  for (const int status : {401, 403, 404}) {
    server_.set_faults({.status = status, .times = 1000});
    EXPECT_NE(problem(), "") << status;
    EXPECT_TRUE(code_ == ErrorCode::kNotFound || code_ == ErrorCode::kUnsupported) << status;
  }
}

TEST_F(FileDownloadTest, AnExpiredAddressIsAskedForAgain) {
  // The CDN forbids, as it does when a signature has run out.
  options_.connections = 1;
  server_.set_faults({.bytes_per_second = 3'000'000});
  bool expired = false;
  options_.on_event = [&](const DownloadEvent& event) {
    if (expired || event.done < kSize / 4) return;
    expired = true;
    server_.set_faults({.status = 403, .times = 1});
  };
  download();
  EXPECT_TRUE(expired);
  expect_whole();
  std::size_t resolved = 0;
  for (const auto& request : server_.seen()) resolved += request.target.find("/resolve/") == std::string::npos ? 0 : 1;
  EXPECT_EQ(resolved, 2U);
}

TEST_F(FileDownloadTest, AStalledServerIsGivenUp) {
  hub_.retry.attempts = 2;
  hub_.http.stall_timeout = std::chrono::seconds(1);
  server_.set_faults({.stall = true});
  EXPECT_NE(problem(), "");
  EXPECT_EQ(code_, ErrorCode::kIo);
}

TEST_F(FileDownloadTest, StopsWhenAsked) {
  server_.set_faults({.bytes_per_second = 200'000});
  std::atomic<bool> cancel = false;
  hub_.http.cancel = &cancel;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    cancel = true;
  });
  EXPECT_NE(problem(), "");
  later.join();
  EXPECT_EQ(code_, ErrorCode::kCancelled);
  EXPECT_TRUE(has_part());
}

TEST_F(FileDownloadTest, TwoAtOnceShareOneDownload) {
  server_.set_faults({.bytes_per_second = 2'000'000});
  std::atomic<bool> waited = false;
  std::thread other([&] {
    DownloadOptions options = options_;
    options.on_event = [&](const DownloadEvent& event) {
      if (event.kind == DownloadEvent::kWaiting) waited = true;
    };
    download_file(hub_, "a/b", file_, options);
  });
  DownloadOptions options = options_;
  options.on_event = [&](const DownloadEvent& event) {
    if (event.kind == DownloadEvent::kWaiting) waited = true;
  };
  download_file(hub_, "a/b", file_, options);
  other.join();
  expect_whole();
  EXPECT_TRUE(waited);
  EXPECT_EQ(server_.bytes_sent(), kSize);
}

TEST_F(FileDownloadTest, NeverWritesThroughALink) {
  fs::create_directories(file_.target.parent_path());
  const fs::path victim = folder_.path() / "victim";
  std::ofstream(victim) << "precious";
  fs::create_symlink(victim, PartFile::part_path(file_.target));
  EXPECT_NE(problem(), "");
  EXPECT_EQ(content_of(victim), "precious");
}

TEST_F(FileDownloadTest, OfflineNothingIsAsked) {
  hub_.offline = true;
  EXPECT_THAT(problem(), HasSubstr("HF_HUB_OFFLINE"));
  EXPECT_THAT(server_.seen(), IsEmpty());
}

TEST_F(FileDownloadTest, AnAddressWithoutAHub) {
  server_.add_path("/files/m.gguf", content_);
  file_.address = server_.address() + "/files/m.gguf";
  file_.size.reset();
  file_.id.clear();
  file_.target = folder_.path() / "m.gguf";
  server_.set_faults({.cut_times = 3, .cut_after = 100'000});
  download();
  expect_whole();
}

TEST_F(FileDownloadTest, AnEmptyFile) {
  server_.add("a/b", "empty.json", "", false);
  file_.address = resolve_address(hub_, "a/b", server_.commit("a/b"), "empty.json");
  file_.id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";  // git hash-object /dev/null
  file_.size = 0;
  file_.target = folder_.path() / "empty";
  download();
  EXPECT_EQ(fs::file_size(file_.target), 0U);
}

TEST_F(FileDownloadTest, AFullDisk) {
  if (::geteuid() != 0) GTEST_SKIP() << "skipped: mounting a small disk needs root";
  const fs::path disk = folder_.path() / "disk";
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0) GTEST_SKIP() << "skipped: no right to mount here";
  file_.target = disk / "blobs" / file_.id;
  EXPECT_THAT(problem(), HasSubstr("the disk has 2 MiB left and the download needs 4 MiB more"));
  EXPECT_EQ(code_, ErrorCode::kIo);
  EXPECT_THAT(server_.seen(), IsEmpty());  // looked at before, not after
  // Somebody else fills it on the way: there is room at first.
  EXPECT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=5m"), 0);
  server_.set_faults({.bytes_per_second = 400'000});
  std::thread filler([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::ofstream(disk / "other", std::ios::binary) << std::string(4'000'000, 'x');
  });
  const std::string full = problem();
  filler.join();
  EXPECT_THAT(full, HasSubstr("the disk is full"));
  EXPECT_FALSE(fs::exists(file_.target));
  // Room again: it goes on.
  fs::remove(disk / "other");
  server_.set_faults({});
  EXPECT_EQ(problem(), "");
  EXPECT_TRUE(content_of(file_.target) == content_);
  ::umount2(disk.c_str(), MNT_DETACH);
}

TEST(Digest, OfAFile) {
  const hearth::testing::TemporaryFolder folder;
  const fs::path path = folder.path() / "x";
  std::ofstream(path) << "abc";
  // FIPS 180-2, appendix B.1; and: printf abc | git hash-object --stdin
  EXPECT_EQ(sha256_of_file(path), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(git_blob_id(path), "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f");
  EXPECT_THROW(sha256_of_file(folder.path() / "missing"), Error);
}

TEST(FileLock, OneAtATime) {
  const hearth::testing::TemporaryFolder folder;
  const fs::path path = folder.path() / "below" / "lock";
  auto first = FileLock::try_take(path);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(FileLock::try_take(path), nullptr);
  std::atomic<bool> cancel = true;
  EXPECT_THROW(FileLock::wait_for(path, &cancel, {}), Error);
  first.reset();
  EXPECT_NE(FileLock::try_take(path), nullptr);
}

}  // namespace
}  // namespace hearth
