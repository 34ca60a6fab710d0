#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "hearth/error.h"
#include "hearth/system.h"
#include "support/environment.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// A home folder, a project in it to stand in, and no variable of the person who runs the test.
class Configuration : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    environment_.use_home(folder_.path());
    project_ = folder_.path() / "project";
    fs::create_directories(project_ / ".git");
    fs::current_path(project_);
  }
  void TearDown() override { fs::current_path(before_); }

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void write_config(const std::string& text) const { write(paths().config_file, text); }
  void write_env(const std::string& text) const { write(project_ / ".env", text); }

  testing::TemporaryFolder folder_;
  testing::Environment environment_;
  fs::path project_, before_;
};

Setting setting(const std::string& name, const std::vector<std::pair<std::string, std::string>>& flags = {}) {
  return find_setting(settings(flags), name).value();
}

TEST_F(Configuration, TheStrongestSourceWins) {
  EXPECT_EQ(setting("threads").value, "0");
  EXPECT_EQ(setting("threads").origin, "default");
  write_config("threads = 2\n");
  EXPECT_EQ(setting("threads").value, "2");
  EXPECT_EQ(setting("threads").origin, paths().config_file);
  write_env("HEARTH_THREADS=3\n");
  EXPECT_EQ(setting("threads").value, "3");
  EXPECT_EQ(setting("threads").origin, (project_ / ".env").string());
  environment_.set("HEARTH_THREADS", "4");
  EXPECT_EQ(setting("threads").value, "4");
  EXPECT_EQ(setting("threads").origin, "environment HEARTH_THREADS");
  EXPECT_EQ(setting("threads", {{"threads", "5"}}).value, "5");
  EXPECT_EQ(setting("threads", {{"threads", "5"}}).origin, "flag");
}

TEST_F(Configuration, AnEmptyVariableIsUnset) {
  write_config("threads = 2\n");
  environment_.set("HEARTH_THREADS", "");
  EXPECT_EQ(setting("threads").value, "2");
}

TEST_F(Configuration, TheModelUsedLastIsTheWeakest) {
  EXPECT_FALSE(default_model());
  remember_model("/models/last.gguf");
  EXPECT_EQ(default_model()->value, "/models/last.gguf");
  EXPECT_EQ(default_model()->origin, "last used");
  write_config("model = \"/models/config.gguf\"\n");
  EXPECT_EQ(default_model()->value, "/models/config.gguf");
  write_env("HEARTH_MODEL=/models/env.gguf\n");
  EXPECT_EQ(default_model()->value, "/models/env.gguf");
  environment_.set("HEARTH_MODEL", "/models/variable.gguf");
  EXPECT_EQ(default_model()->value, "/models/variable.gguf");
  EXPECT_EQ(default_model()->origin, "environment HEARTH_MODEL");
}

TEST_F(Configuration, ARelativeModelIsRememberedAbsolutely) {
  remember_model("a.gguf");
  EXPECT_EQ(default_model()->value, (fs::current_path() / "a.gguf").string());
}

TEST_F(Configuration, WhatIsRememberedIsPrivate) {
  remember_model("/a.gguf");
  struct stat status = {};
  ASSERT_EQ(::stat(paths().data_folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(Configuration, ADamagedMemoryIsNoMemory) {
  for (const char* content : {"", "{", "[]", "{\"last_model\": 3}", "\xFF"}) {
    write(paths().state_file, content);
    EXPECT_FALSE(default_model()) << content;
  }
  remember_model("/a.gguf");
  EXPECT_EQ(default_model()->value, "/a.gguf");
}

TEST_F(Configuration, AFolderThatCannotBeWrittenIsAnError) {
  write(folder_.path() / "file", "x");
  environment_.set("HEARTH_DATA_HOME", (folder_.path() / "file" / "below").string());
  EXPECT_THROW(remember_model("/a.gguf"), Error);
  environment_.set("HEARTH_DATA_HOME", std::nullopt);
}

TEST_F(Configuration, PathsInFilesAreMeantFromThere) {
  write(project_ / "models" / "a.gguf", "");
  fs::create_directories(project_ / "src");
  write_env("HEARTH_MODEL=models/a.gguf\n");
  fs::current_path(project_ / "src");
  EXPECT_EQ(default_model()->value, (project_ / "models" / "a.gguf").string());
  write_env("HEARTH_MODEL=~/b.gguf\n");
  EXPECT_EQ(default_model()->value, (folder_.path() / "b.gguf").string());
  write_env("HEARTH_MODEL=some-name\n");
  EXPECT_EQ(default_model()->value, "some-name");
}

std::string message_of_settings(const std::vector<std::pair<std::string, std::string>>& flags = {}) {
  try {
    settings(flags);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "";
}

TEST_F(Configuration, AWrongValueIsNamedWithItsPlace) {
  EXPECT_EQ(message_of_settings({{"threads", "x"}}), "threads is 'x'; it must be a whole number from 0 to 1024");
  EXPECT_EQ(message_of_settings({{"thraeds", "1"}}), "there is no setting 'thraeds'");
  write_config("\nthreads = -1\n");
  EXPECT_EQ(message_of_settings(),
            paths().config_file + " line 2: threads is '-1'; it must be a whole number from 0 to 1024");
  write_env("HEARTH_THREADS=two\n");
  EXPECT_EQ(message_of_settings(),
            (project_ / ".env").string() + ": HEARTH_THREADS is 'two'; it must be a whole number from 0 to 1024");
  environment_.set("HEARTH_THREADS", "2.5");
  EXPECT_EQ(message_of_settings(), "HEARTH_THREADS is '2.5'; it must be a whole number from 0 to 1024");
}

TEST_F(Configuration, PathsFollowTheVariables) {
  EXPECT_EQ(paths().config_file, (folder_.path() / ".config/hearth/config.toml").string());
  EXPECT_EQ(paths().models_folder, (folder_.path() / ".cache/hearth/models").string());
  EXPECT_EQ(paths().data_folder, (folder_.path() / ".local/share/hearth").string());
  environment_.set("XDG_CONFIG_HOME", "/x");
  EXPECT_EQ(paths().config_file, "/x/hearth/config.toml");
  environment_.set("XDG_CONFIG_HOME", "relative");  // invalid by the specification
  EXPECT_EQ(paths().config_file, (folder_.path() / ".config/hearth/config.toml").string());
  environment_.set("HEARTH_CONFIG_HOME", "/own");
  EXPECT_EQ(paths().config_file, "/own/config.toml");
  environment_.set("HEARTH_CONFIG_HOME", std::nullopt);
  environment_.set("XDG_CONFIG_HOME", std::nullopt);
}

}  // namespace
}  // namespace hearth
