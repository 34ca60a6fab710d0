#include "server/api/ollama/blob_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

#include "base/file.h"
#include "server/http/error_answer.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

// SHA-256 of "abc" (FIPS 180-2, appendix B.1).
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class Blobs : public ::testing::Test {
 protected:
  fs::path write(const std::string& content) const {
    fs::path path = folder_.path() / "sent";
    std::ofstream(path) << content;
    return path;
  }
  hearth::testing::TemporaryFolder folder_;
  BlobStore store_{folder_.path() / "blobs"};
};

TEST_F(Blobs, KeepsWhatHasItsDigest) {
  EXPECT_EQ(store_.find(kAbc), std::nullopt);
  store_.put(kAbc, write("abc"), {});
  const auto found = store_.find(kAbc);
  ASSERT_TRUE(found);
  EXPECT_EQ(read_file(*found), "abc");
  store_.put(kAbc, write("abc"), {});  // once more
  EXPECT_TRUE(store_.find(kAbc));
}

TEST_F(Blobs, RefusesOtherBytes) {
  EXPECT_THROW(store_.put(kAbc, write("abd"), {}), HttpError);
  EXPECT_EQ(store_.find(kAbc), std::nullopt);
}

TEST_F(Blobs, StopsWhenItIsToldTo) {
  const std::atomic<bool> cancel{true};
  HashProgress progress;
  progress.cancel = &cancel;
  EXPECT_THROW(store_.put(kAbc, write("abc"), progress), Error);
  EXPECT_EQ(store_.find(kAbc), std::nullopt);
}

TEST_F(Blobs, ForgetsWhatNobodyAskedForInAWeek) {
  store_.put(kAbc, write("abc"), {});
  const fs::path path = folder_.path() / "blobs" / ("sha256-" + std::string(kAbc));
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 8);
  fs::last_write_time(path, long_ago);
  ASSERT_TRUE(store_.find(kAbc));  // somebody asks
  store_.tidy();
  ASSERT_TRUE(fs::exists(path));
  fs::last_write_time(path, long_ago);
  store_.tidy();
  EXPECT_FALSE(fs::exists(path));
  BlobStore(folder_.path() / "missing").tidy();
}

TEST_F(Blobs, FindsThoseThatAreAModelsFile) {
  store_.put(kAbc, write("abc"), {});
  const fs::path model = folder_.path() / "model.gguf", other = folder_.path() / "other.gguf",
                 symbolic = folder_.path() / "symbolic.gguf";
  fs::create_hard_link(*store_.find(kAbc), model);
  std::ofstream(other) << "abc";
  fs::create_symlink(*store_.find(kAbc), symbolic);
  EXPECT_EQ(store_.links_of({other.string(), model.string()}), std::vector{*store_.find(kAbc)});
  EXPECT_TRUE(store_.links_of({other.string()}).empty()) << "equal bytes are not enough";
  EXPECT_TRUE(store_.links_of({symbolic.string(), (folder_.path() / "missing").string()}).empty());
  EXPECT_TRUE(BlobStore(folder_.path() / "missing").links_of({model.string()}).empty());
}

TEST_F(Blobs, PrunesWhatNoModelIs) {
  store_.put(kAbc, write("abc"), {});
  const fs::path blobs = folder_.path() / "blobs", path = *store_.find(kAbc), model = folder_.path() / "model.gguf",
                 copy = blobs / (".sha256-" + std::string(kAbc) + "-1-1"), strange = blobs / "notes.txt",
                 link = blobs / "sha256-link";
  fs::create_hard_link(path, model);
  std::ofstream(copy) << "ab";
  std::ofstream(strange) << "mine";
  fs::create_symlink(strange, link);
  const auto age_all = [&](std::chrono::minutes age) {
    for (const fs::path& one : {path, copy, strange}) {
      if (fs::exists(one)) fs::last_write_time(one, fs::file_time_type::clock::now() - age);
    }
  };
  age_all(std::chrono::minutes(59));
  EXPECT_EQ(store_.prune().count, 0U) << "a model may be about to be made of it";
  age_all(std::chrono::minutes(61));
  PrunedBlobs pruned = store_.prune();
  EXPECT_EQ(pruned.count, 1U) << "the copy that was never finished";
  EXPECT_EQ(pruned.bytes, 2U);
  EXPECT_TRUE(fs::exists(path)) << "a model is made of it";
  fs::remove(model);
  ASSERT_TRUE(store_.find(kAbc));  // somebody asks
  EXPECT_EQ(store_.prune().count, 0U);
  age_all(std::chrono::minutes(61));
  pruned = store_.prune();
  EXPECT_EQ(pruned.count, 1U);
  EXPECT_EQ(pruned.bytes, 3U);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(strange) && fs::is_symlink(link)) << "not the store's";
  EXPECT_EQ(BlobStore(folder_.path() / "missing").prune().count, 0U);
}

TEST_F(Blobs, AnHourBeginsWhenABlobIsThere) {
  const fs::path sent = write("abc");
  fs::last_write_time(sent, fs::file_time_type::clock::now() - std::chrono::hours(2));  // it came slowly
  store_.put(kAbc, sent, {});
  EXPECT_EQ(store_.prune().count, 0U);
}

TEST(BlobDigest, IsReadInBothForms) {
  const std::string digits = kAbc;
  EXPECT_EQ(BlobStore::digits_of("sha256:" + digits, "digest"), digits);
  EXPECT_EQ(BlobStore::digits_of("sha256-" + digits, "digest"), digits);
  EXPECT_EQ(BlobStore::digits_of("sha256:BA" + digits.substr(2), "digest"), digits);
  for (const std::string& wrong : {std::string(), digits, "sha256:" + digits.substr(1), "sha256:" + digits + "0",
                                   "sha256:../" + digits.substr(3), "md5:" + digits, "sha256:g" + digits.substr(1)})
    EXPECT_THROW(BlobStore::digits_of(wrong, "digest"), HttpError) << wrong;
}

}  // namespace
}  // namespace hearth
