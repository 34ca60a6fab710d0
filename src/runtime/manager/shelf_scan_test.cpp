#include "runtime/manager/shelf_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "hearth/error.h"
#include "runtime/manager/file_state.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class ShelfScan : public ::testing::Test {
 protected:
  void write(const std::string& name) const {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << "x";
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const OfferedModel& model : models_under_stems(folder_.path())) ids.push_back(model.id);
    return ids;
  }
  testing::TemporaryFolder folder_;
};

// Otherwise a server that may not read its folder starts and offers nothing.
TEST_F(ShelfScan, AFolderThatMayNotBeReadIsAnError) {
  write("tiny.gguf");
  fs::permissions(folder_.path(), fs::perms::none);
  const bool is_root = ::geteuid() == 0;  // who may read everything
  const auto become = [&](uid_t user) { EXPECT_TRUE(!is_root || ::seteuid(user) == 0); };
  become(65534);
  try {
    ids();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(error.message().find(folder_.path().string()), std::string::npos) << error.message();
  }
  become(0);
  fs::permissions(folder_.path(), fs::perms::owner_all);
  EXPECT_THAT(ids(), ElementsAre("tiny"));
}

TEST_F(ShelfScan, FilesAndFoldersUnderTheirStems) {
  write("tiny.gguf");
  write("Other-7B-Q4_K_M.gguf");
  write("split-00001-of-00002.gguf");
  write("split-00002-of-00002.gguf");
  write("half-00001-of-00002.gguf");  // its second part is missing
  write("mmproj-tiny.gguf");          // a projector of pictures is no model
  write("README.md");
  write(".hidden.gguf");
  write("folder/config.json");
  write("folder/model.safetensors");
  write("folder/tokenizer.json");
  write("one/inside.gguf");
  write("two/first.gguf");
  write("two/second.gguf");
  write("empty/notes.txt");
  EXPECT_THAT(ids(), ElementsAre("Other-7B-Q4_K_M", "folder", "one", "split", "tiny", "two/first", "two/second"));
  for (const OfferedModel& model : models_under_stems(folder_.path())) {
    if (model.id == "split") {
      EXPECT_EQ(model.path, folder_.path() / "split-00001-of-00002.gguf");
      EXPECT_EQ(model.files.size(), 2U);
    }
    if (model.id == "folder") {
      EXPECT_EQ(model.path, folder_.path() / "folder");
      EXPECT_EQ(model.files.size(), 3U);
    }
    if (model.id == "one") {
      EXPECT_EQ(model.path, folder_.path() / "one/inside.gguf");
      EXPECT_THAT(model.other_names, ElementsAre("one/inside"));
    }
    if (model.id == "Other-7B-Q4_K_M") {
      EXPECT_EQ(model.quantization, "Q4_K_M");
    }
  }
}

TEST_F(ShelfScan, LinksAreFollowedAndEqualNamesToldApart) {
  const testing::TemporaryFolder elsewhere;
  fs::create_directories(elsewhere.path() / "real");
  std::ofstream(elsewhere.path() / "real/config.json") << "x";
  std::ofstream(elsewhere.path() / "real/model.safetensors") << "x";
  std::ofstream(elsewhere.path() / "real.gguf") << "x";
  fs::create_directory_symlink(elsewhere.path() / "real", folder_.path() / "same");
  fs::create_symlink(elsewhere.path() / "real.gguf", folder_.path() / "same.gguf");
  fs::create_symlink("/nowhere.gguf", folder_.path() / "dangling.gguf");
  EXPECT_THAT(ids(), ElementsAre("same", "same-safetensors"));
}

TEST_F(ShelfScan, AModelFolderItself) {
  write("config.json");
  write("model.safetensors");
  EXPECT_THAT(ids(), ElementsAre(folder_.path().filename().string()));
  EXPECT_THROW(models_under_stems(folder_.path() / "missing"), Error);
  EXPECT_THROW(models_under_stems(folder_.path() / "config.json"), Error);
}

TEST_F(ShelfScan, Stems) {
  EXPECT_EQ(stem_of_model("/x/a.b-Q8_0.gguf"), "a.b-Q8_0");
  EXPECT_EQ(stem_of_model("/x/a-00001-of-00003.gguf"), "a");
  EXPECT_EQ(stem_of_model("/x/folder/"), "folder");
  EXPECT_EQ(stem_of_model("/x/folder"), "folder");
}

TEST_F(ShelfScan, WhatBelongsToAModelAndWhetherItChanged) {
  write("split-00001-of-00002.gguf");
  write("split-00002-of-00002.gguf");
  write("other-00001-of-00002.gguf");
  const std::string first = (folder_.path() / "split-00001-of-00002.gguf").string();
  const std::string second = (folder_.path() / "split-00002-of-00002.gguf").string();
  EXPECT_THAT(files_of_model(first), ElementsAre(first, second));
  const auto before = file_state({first, second});
  ASSERT_TRUE(before);
  EXPECT_EQ(file_state({first, second}), before);
  std::ofstream(second) << "xy";
  EXPECT_NE(file_state({first, second}), before);
  fs::remove(second);
  EXPECT_EQ(file_state({first, second}), std::nullopt);
}

}  // namespace
}  // namespace hearth
