#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "hearth/convert.h"
#include "model/loaded_model.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ImportModel : public ::testing::Test {
 protected:
  ImportModel() { testing::make_tiny_llama(source_); }
  std::string import(const std::string& name, ImportMode mode, bool replace = false) {
    return import_model(source_.string(), name, models_.string(), mode, replace);
  }
  ErrorCode failure(const std::string& name, bool replace = false) {
    try {
      import(name, ImportMode::kLink, replace);
    } catch (const Error& error) {
      message_ = error.message();
      return error.code();
    }
    return ErrorCode::kInternal;
  }

  testing::TemporaryFolder folder_;
  fs::path source_ = folder_.path() / "source.gguf";
  fs::path models_ = folder_.path() / "cache" / "models";
  std::string message_;
};

TEST_F(ImportModel, ByLinkCopyAndMove) {
  const std::string linked = import("linked", ImportMode::kLink);
  EXPECT_EQ(linked, (models_ / "imported" / "linked.gguf").string());
  EXPECT_TRUE(fs::is_symlink(linked));
  EXPECT_NO_THROW(load_model(linked));
  const std::string copied = import("copied:q8", ImportMode::kCopy);
  EXPECT_FALSE(fs::is_symlink(copied));
  EXPECT_EQ(read_file(copied), read_file(source_));
  const std::string content = read_file(source_);
  const std::string moved = import("moved", ImportMode::kMove);
  EXPECT_EQ(read_file(moved), content);
  EXPECT_FALSE(fs::exists(source_));
}

TEST_F(ImportModel, Folders) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  source_ = fixtures / "models" / "llama" / "hf" / "config.json";  // any file in it names the folder
  const std::string linked = import("a", ImportMode::kLink);
  EXPECT_EQ(linked, (models_ / "imported" / "a").string());
  EXPECT_NO_THROW(load_model(linked));
  EXPECT_NO_THROW(load_model(import("b", ImportMode::kCopy)));
  EXPECT_NO_THROW(load_model(import("b", ImportMode::kLink, true))) << "a folder gives way to a link";
}

TEST_F(ImportModel, NamesThatAreTaken) {
  import("a", ImportMode::kLink);
  EXPECT_EQ(failure("a"), ErrorCode::kInvalidArgument);
  EXPECT_THAT(message_, HasSubstr("is taken"));
  EXPECT_EQ(failure("a", true), ErrorCode::kInternal) << "no error";
}

TEST_F(ImportModel, NamesThatAreNone) {
  for (const std::string name : {"", ".", "..", "../x", "a/b", "/etc/passwd", "-rf", ".hidden", "a b", "a\n", "ä"}) {
    EXPECT_EQ(failure(name), ErrorCode::kInvalidArgument) << name;
    EXPECT_THAT(message_, HasSubstr("is no name for a model"));
  }
  EXPECT_EQ(failure(std::string(129, 'a')), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(models_));
}

TEST_F(ImportModel, WhatIsNoModelGetsNoName) {
  std::ofstream(source_, std::ios::trunc) << "no model";
  EXPECT_EQ(failure("a"), ErrorCode::kCorruptData);
  fs::remove(source_);
  EXPECT_EQ(failure("a"), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(models_));
}

}  // namespace
}  // namespace hearth
