// Split files: whole, and with parts that are missing or do not belong together.
#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "format/gguf.h"
#include "format/testing/expect_error.h"
#include "format/testing/raw_gguf.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using namespace testing;  // NOLINT: the builder's short names

/// Three parts: metadata alone, then two tensors, then one.
class GgufSplit : public ::testing::Test {
 protected:
  GgufSplit() {
    parts_[0].entries = {entry("general.architecture", "llama")};
    parts_[1].infos = {info("a", {2}, 0, 0), info("b", {2}, 0, 32)};
    parts_[1].data = le(1.0f) + le(2.0f) + std::string(24, '\0') + le(3.0f) + le(4.0f);
    parts_[2].infos = {info("c", {1}, 0, 0)};
    parts_[2].data = le(5.0f);
    for (std::uint16_t i = 0; i < 3; ++i) say(i, i, 3, 3);
  }

  void say(std::size_t part, std::uint16_t no, std::uint16_t count, std::int32_t tensors) {
    auto& entries = parts_[part].entries;
    entries.resize(part == 0 ? 1 : 0);
    entries.push_back(entry("split.no", kU16, le(no)));
    entries.push_back(entry("split.count", kU16, le(count)));
    entries.push_back(entry("split.tensors.count", kI32, le(tensors)));
  }

  std::filesystem::path path(int part) const {
    return folder_.path() / ("m-0000" + std::to_string(part) + "-of-00003.gguf");
  }
  std::filesystem::path write() const {
    for (int i = 0; i < 3; ++i) write_file_atomic(path(i + 1), parts_[i].bytes());
    return path(1);
  }
  void corrupt(std::initializer_list<std::string> parts) const {
    expect_error(ErrorCode::kCorruptData, parts, [&] { GgufFile::open(write()); });
  }

  TemporaryFolder folder_;
  RawGguf parts_[3];
};

TEST_F(GgufSplit, OpensByAnyPart) {
  write();
  for (int part = 1; part <= 3; ++part) {
    const auto file = GgufFile::open(path(part));
    EXPECT_EQ(file->name(), path(1).string());
    EXPECT_EQ(file->string("general.architecture"), "llama");
    EXPECT_EQ(file->tensors().all().size(), 3u);
    EXPECT_EQ(file->file_bytes(), parts_[0].bytes().size() + parts_[1].bytes().size() + parts_[2].bytes().size());
    float c;
    std::memcpy(&c, file->tensors().find("c")->data, sizeof c);
    EXPECT_EQ(c, 5.0f);
  }
}

TEST_F(GgufSplit, OpensThroughLinks) {
  write();
  const TemporaryFolder snapshot;
  for (int part = 1; part <= 3; ++part)
    std::filesystem::create_symlink(path(part), snapshot.path() / path(part).filename());
  EXPECT_EQ(GgufFile::open(snapshot.path() / path(2).filename())->tensors().all().size(), 3u);
}

TEST_F(GgufSplit, NamesAMissingPart) {
  for (int missing = 1; missing <= 3; ++missing) {
    write();
    std::filesystem::remove(path(missing));
    expect_error(ErrorCode::kNotFound, {path(missing).string(), "part " + std::to_string(missing) + " of 3"},
                 [&] { GgufFile::open(path(missing == 1 ? 2 : 1)); });
  }
}

TEST_F(GgufSplit, PartsMustAgree) {
  say(1, 2, 3, 3);
  corrupt({path(2).string() + ": key 'split.no' is 2", "it is part 1"});
  say(1, 1, 4, 3);
  corrupt({path(2).string() + ": key 'split.count' is 4", "the file's name says 3"});
  say(1, 1, 3, 4);
  corrupt({path(2).string() + ": key 'split.tensors.count' is 4", "the first part says 3"});
  parts_[1].entries.clear();
  corrupt({path(2).string() + ": key 'split.no' is missing"});
  for (std::uint16_t i = 0; i < 3; ++i) say(i, i, 3, 4);
  corrupt({path(1).string() + ": key 'split.tensors.count' is 4, but all parts together have 3"});
}

TEST_F(GgufSplit, ATensorInTwoPartsIsRefused) {
  parts_[2].infos = {info("a", {1}, 0, 0)};
  corrupt({path(3).string() + ": tensor 'a' is there twice"});
}

TEST_F(GgufSplit, TheNameMustSayThatItIsAPart) {
  write();
  const auto renamed = folder_.path() / "m.gguf";
  std::filesystem::copy_file(path(1), renamed);
  expect_error(ErrorCode::kCorruptData, {renamed.string() + ": key 'split.count' is 3", "-0000K-of-00003.gguf"},
               [&] { GgufFile::open(renamed); });
  const auto beyond = folder_.path() / "m-00004-of-00003.gguf";
  std::filesystem::copy_file(path(1), beyond);
  expect_error(ErrorCode::kCorruptData, {"key 'split.count' is 3"}, [&] { GgufFile::open(beyond); });
  const auto other = folder_.path() / "m-00001-of-00004.gguf";
  std::filesystem::copy_file(path(1), other);
  expect_error(ErrorCode::kCorruptData, {"key 'split.count' is 3", "the file's name says 4"},
               [&] { GgufFile::open(other); });
  expect_error(ErrorCode::kUnsupported, {"x: this is one part of 3"}, [&] {
    const auto bytes = std::make_shared<std::string>(parts_[0].bytes());
    GgufFile::parse(std::as_bytes(std::span(*bytes)), "x", bytes);
  });
}

TEST_F(GgufSplit, AFileThatIsWholeMayHaveAnyName) {
  for (const char* name : {"model", "-00001-of-00001.gguf", "x-00001-of-00001.gguf", "0001-of-00003.gguf",
                           "x-0001a-of-00003.gguf", "x--0001-of-00003.gguf"}) {
    write_file_atomic(folder_.path() / name, small_gguf().bytes());
    EXPECT_NO_THROW(GgufFile::open(folder_.path() / name)) << name;
  }
  write_file_atomic(path(1), small_gguf().bytes());
  expect_error(ErrorCode::kCorruptData, {path(1).string() + ": key 'split.count' is missing"},
               [&] { GgufFile::open(path(1)); });
}

TEST(GgufOpen, MissingAndEmptyFiles) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kNotFound, {"nothing.gguf"}, [&] { GgufFile::open(folder.path() / "nothing.gguf"); });
  write_file_atomic(folder.path() / "empty.gguf", "");
  expect_error(ErrorCode::kCorruptData, {"empty.gguf: the file ends after 0 bytes"},
               [&] { GgufFile::open(folder.path() / "empty.gguf"); });
  expect_error(ErrorCode::kIo, {"not a regular file"}, [&] { GgufFile::open(folder.path()); });
}

}  // namespace
}  // namespace hearth
