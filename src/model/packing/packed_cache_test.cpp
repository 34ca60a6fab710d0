#include "model/packing/packed_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/atomic_file.h"
#include "hearth/error.h"
#include "kernels/random_weights.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// Two matrices in a file, as a model has them.
class PackedCacheTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kOut = 100;
  static constexpr std::int64_t kIn = 512;

  void SetUp() override { write_model("model", 1); }

  void write_model(const std::string& name, unsigned seed) {
    const Tensor a = testing::random_weights(DType::kQ4_0, kOut, kIn, seed);
    const Tensor b = testing::random_weights(DType::kQ6_K, kOut, kIn, seed + 1);
    AtomicFile file(folder_.path() / name);
    file.append({reinterpret_cast<const char*>(a.data), a.bytes()});
    file.append({reinterpret_cast<const char*>(b.data), b.bytes()});
    file.commit();
  }

  std::vector<Tensor> sources(const std::string& name) const {
    const auto file = MappedFile::open(folder_.path() / name);
    Tensor a{DType::kQ4_0, {kOut, kIn}, file->bytes().data(), file};
    Tensor b{DType::kQ6_K, {kOut, kIn}, file->bytes().data() + a.bytes(), file};
    return {a, b};
  }

  PackedCache cache(std::uint64_t max_bytes = std::uint64_t{1} << 30) const {
    return PackedCache(folder_.path() / "packed", max_bytes, 2);
  }

  std::vector<fs::path> files(const std::string& extension) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_.path() / "packed")) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    return found;
  }
  fs::path only_file() const {
    const auto found = files(".packed");
    EXPECT_EQ(found.size(), 1U);
    return found.at(0);
  }

  static void change_byte(const fs::path& path, std::uint64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const auto old = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(old ^ 0x55));
  }

  static void expect_packed(const std::shared_ptr<const PackedFile>& file, const std::vector<Tensor>& sources) {
    ASSERT_NE(file, nullptr);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const PackedMatrix expected = pack(sources[i]);
      const PackedMatrix found = PackedFile::matrix(file, i);
      ASSERT_EQ(found.dtype, expected.dtype);
      ASSERT_EQ(found.n_out, expected.n_out);
      ASSERT_EQ(found.n_in, expected.n_in);
      ASSERT_EQ(std::memcmp(found.data, expected.data, packed_bytes(found.dtype, found.n_out, found.n_in)), 0)
          << "matrix " << i;
    }
  }

  testing::TemporaryFolder folder_;
};

TEST_F(PackedCacheTest, MakesAFileAndFindsItAgain) {
  const auto weights = sources("model");
  expect_packed(cache().get(weights), weights);
  const auto stamp = FileStamp::of(only_file());
  expect_packed(cache().get(weights), weights);
  EXPECT_EQ(FileStamp::of(only_file()), stamp) << "it was made anew";
  EXPECT_EQ(cache().contents().files, 1U);
  EXPECT_EQ(cache().contents().bytes, fs::file_size(only_file()));
  EXPECT_EQ(PackedFile::bytes_for(weights), fs::file_size(only_file()));
}

TEST_F(PackedCacheTest, ACopyOfTheModelSharesTheFile) {
  const auto weights = sources("model");
  cache().get(weights);
  const auto stamp = FileStamp::of(only_file());
  fs::copy_file(folder_.path() / "model", folder_.path() / "copy");
  const auto copy = sources("copy");
  expect_packed(cache().get(copy), copy);
  EXPECT_EQ(FileStamp::of(only_file()), stamp);
}

TEST_F(PackedCacheTest, OtherWeightsGetAnotherFile) {
  const auto weights = sources("model");
  cache().get(weights);
  write_model("other", 77);
  const auto other = sources("other");
  expect_packed(cache().get(other), other);
  EXPECT_EQ(files(".packed").size(), 2U);
}

TEST_F(PackedCacheTest, OneByteOfTheModelMatters) {
  cache().get(sources("model"));
  // Size and samples stay the same, and the time is set back: only the content tells.
  const auto time = fs::last_write_time(folder_.path() / "model");
  for (const std::uint64_t offset : {5U, 20000U, 60000U}) {
    change_byte(folder_.path() / "model", offset);
    fs::last_write_time(folder_.path() / "model", time);
    const auto weights = sources("model");
    expect_packed(cache().get(weights), weights);
  }
}

TEST_F(PackedCacheTest, ADamagedFileIsMadeAnew) {
  const auto weights = sources("model");
  cache().get(weights);
  const std::uint64_t size = fs::file_size(only_file());
  for (const std::uint64_t offset : std::vector<std::uint64_t>{0, 30, 100, 200, 400, 4096, 10000, size / 2, 70000}) {
    change_byte(only_file(), offset);
    expect_packed(cache().get(weights), weights);
  }
  for (const std::uint64_t cut : std::vector<std::uint64_t>{0, 1, 100, 4096, size - 1, size + 1}) {
    fs::resize_file(only_file(), cut);
    expect_packed(cache().get(weights), weights);
    EXPECT_EQ(fs::file_size(only_file()), size);
  }
}

TEST_F(PackedCacheTest, WhatWasSeenIsNoMatterOfTrust) {
  const auto weights = sources("model");
  cache().get(weights);
  const auto seen = files(".seen");
  ASSERT_EQ(seen.size(), 1U);
  for (const std::string& text : {std::string(), std::string("nonsense\n\n\n"), std::string(100000, 'x')}) {
    write_file_atomic(seen[0], text);
    expect_packed(cache().get(weights), weights);
  }
  fs::remove(seen[0]);
  expect_packed(cache().get(weights), weights);
  EXPECT_EQ(files(".seen").size(), 1U);
}

TEST_F(PackedCacheTest, TheLeastRecentlyUsedGoesFirst) {
  const std::uint64_t size = PackedFile::bytes_for(sources("model"));
  const auto bounded = [&] { return cache(2 * size + 100); };
  const auto use = [&](const std::string& name) {
    const auto weights = sources(name);
    bounded().get(weights);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that times differ
  };
  write_model("b", 10);
  write_model("c", 20);
  use("model");
  const fs::path first = only_file();
  use("b");
  use("model");
  use("c");
  EXPECT_TRUE(fs::exists(first));
  EXPECT_EQ(bounded().contents().files, 2U);
  EXPECT_EQ(files(".seen").size(), 2U);
  try {
    cache(size - 1).get(sources("b"));
    ADD_FAILURE() << "larger than the bound";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST_F(PackedCacheTest, AFolderThatCannotBeMadeIsAnError) {
  write_file_atomic(folder_.path() / "packed", "a file where the folder should be");
  try {
    cache().get(sources("model"));
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo) << error.message();
  }
  EXPECT_EQ(cache().contents().files, 0U);
}

TEST_F(PackedCacheTest, SeveralMayMakeItAtOnce) {
  const auto weights = sources("model");
  std::vector<std::shared_ptr<const PackedFile>> found(6);
  {
    std::vector<std::jthread> threads;
    for (auto& each : found) threads.emplace_back([&] { each = cache().get(weights); });
  }
  for (const auto& each : found) expect_packed(each, weights);
  EXPECT_EQ(files(".packed").size(), 1U);
  EXPECT_TRUE(files(".tmp").empty());
}

TEST_F(PackedCacheTest, ClearingLeavesWhatIsInUse) {
  const auto weights = sources("model");
  const auto file = cache().get(weights);
  const PackedCache::Contents removed = cache().clear();
  EXPECT_EQ(removed.files, 1U);
  EXPECT_EQ(removed.bytes, PackedFile::bytes_for(weights));
  EXPECT_TRUE(files(".packed").empty());
  EXPECT_TRUE(files(".seen").empty());
  expect_packed(file, weights);
  EXPECT_EQ(PackedCache(folder_.path() / "nowhere", 1, 1).clear().files, 0U);
}

/// As a process that was killed leaves it: nobody holds it.
void leave(const fs::path& path, std::size_t bytes) { std::ofstream(path) << std::string(bytes, 'x'); }

TEST_F(PackedCacheTest, LeftoversOfAKilledProcessGoAtOnce) {
  cache().get(sources("model"));
  const fs::path folder = folder_.path() / "packed";
  leave(folder / "x.packed.1.2.tmp", 5000);
  AtomicFile other(folder / "y.packed");
  other.append(std::string(700, 'y'));
  EXPECT_EQ(cache().contents().abandoned_bytes, 5000U);
  EXPECT_EQ(cache().contents().writing_bytes, 700U);
  EXPECT_EQ(files(".tmp").size(), 2U) << "to count is not to remove";
  cache().get(sources("model"));
  EXPECT_FALSE(fs::exists(folder / "x.packed.1.2.tmp")) << "whatever model is loaded";
  EXPECT_EQ(files(".tmp").size(), 1U) << "somebody writes it";
  other.commit();
  EXPECT_TRUE(fs::exists(folder / "y.packed"));
}

TEST_F(PackedCacheTest, ClearingLeavesWhatIsBeingWritten) {
  cache().get(sources("model"));
  const fs::path folder = folder_.path() / "packed";
  leave(folder / "x.packed.1.2.tmp", 5000);
  AtomicFile other(folder / "y.packed");
  const PackedCache::Contents removed = cache().clear();
  EXPECT_EQ(removed.files, 1U);
  EXPECT_EQ(removed.abandoned_bytes, 5000U);
  ASSERT_NO_THROW(other.commit());
  EXPECT_EQ(cache().contents().files, 1U);
}

TEST_F(PackedCacheTest, WhatIsBeingWrittenCounts) {
  const auto weights = sources("model");
  const std::uint64_t size = PackedFile::bytes_for(weights);
  write_model("other", 5);
  cache().get(sources("other"));
  const fs::path kept = only_file();
  AtomicFile writing(folder_.path() / "packed" / "y.packed");
  writing.write_at(size - 1, "y");
  EXPECT_THROW(cache(2 * size - 1).get(weights), Error);
  EXPECT_TRUE(fs::exists(kept)) << "it went for nothing";
  expect_packed(cache(2 * size).get(weights), weights);
  EXPECT_FALSE(fs::exists(kept));
}

TEST_F(PackedCacheTest, AnotherThatWritesTheSameDoesNotCount) {
  const auto weights = sources("model");
  cache().get(weights);
  AtomicFile same(only_file());
  same.write_at(PackedFile::bytes_for(weights) - 1, "y");
  fs::remove(only_file());
  expect_packed(cache(PackedFile::bytes_for(weights)).get(weights), weights);
}

/// A disk that has room for so many bytes of packed files, and for what is to stay free.
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t bytes) : bytes_(bytes) {}
  std::uint64_t operator()(const fs::path& folder) const {
    std::uint64_t used = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".packed") used += entry.file_size();
    }
    return (std::uint64_t{1} << 30) + bytes_ - used;
  }

 private:
  std::uint64_t bytes_;
};

TEST_F(PackedCacheTest, OldCopiesMakeRoomOnAFullDiskOnlyWhereThatSuffices) {
  const std::uint64_t size = PackedFile::bytes_for(sources("model"));
  write_model("b", 10);
  write_model("c", 20);
  const auto get = [&](const std::string& name, std::uint64_t bound, const PackedCache::FreeBytes& free_bytes) {
    const auto weights = sources(name);
    PackedCache(folder_.path() / "packed", bound, 2, free_bytes).get(weights);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that times differ
  };
  const auto full = [&](const fs::path& folder) { return SmallDisk(size)(folder) - 1; };
  get("model", 9 * size, SmallDisk(2 * size));
  const fs::path first = only_file();
  get("b", 9 * size, SmallDisk(2 * size));
  EXPECT_THROW(get("c", 2 * size, [](const fs::path&) { return 0; }), Error);
  EXPECT_EQ(files(".packed").size(), 2U) << "the bound alone would have cost one";
  get("c", 9 * size, SmallDisk(2 * size));
  EXPECT_EQ(files(".packed").size(), 2U);
  EXPECT_FALSE(fs::exists(first)) << "it was used longest ago";
  fs::remove(files(".packed").at(0));
  EXPECT_THROW(get("model", 9 * size, full), Error);
  EXPECT_EQ(files(".packed").size(), 1U);
}

TEST_F(PackedCacheTest, CopiesInUseThatGiveNoRoomGoNoFurtherThanOne) {
  const std::uint64_t size = PackedFile::bytes_for(sources("model"));
  for (const char* name : {"b", "c", "d"}) {
    write_model(name, static_cast<unsigned>(10 * name[0]));
    cache().get(sources(name));
  }
  PackedCache mapped(folder_.path() / "packed", 9 * size, 2, [](const fs::path&) { return std::uint64_t{1} << 30; });
  EXPECT_THROW(mapped.get(sources("model")), Error);
  EXPECT_EQ(files(".packed").size(), 2U);
}

}  // namespace
}  // namespace hearth
