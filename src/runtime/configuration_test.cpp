#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "hearth/error.h"
#include "hearth/system.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// A home folder, a project in it to stand in, and no variable of the person who runs the test.
class Configuration : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    for (const char* name : {"HEARTH_MODEL", "HEARTH_THREADS", "HEARTH_CONFIG_HOME", "HEARTH_DATA_HOME",
                             "HEARTH_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"}) {
      ::unsetenv(name);
    }
    ::setenv("HOME", folder_.path().c_str(), 1);
    project_ = folder_.path() / "project";
    fs::create_directories(project_ / ".git");
    fs::current_path(project_);
  }
  void TearDown() override {
    for (const char* name : {"HEARTH_MODEL", "HEARTH_THREADS"}) ::unsetenv(name);
    fs::current_path(before_);
  }

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void write_config(const std::string& text) const { write(paths().config_file, text); }
  void write_env(const std::string& text) const { write(project_ / ".env", text); }

  testing::TemporaryFolder folder_;
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
  ::setenv("HEARTH_THREADS", "4", 1);
  EXPECT_EQ(setting("threads").value, "4");
  EXPECT_EQ(setting("threads").origin, "environment HEARTH_THREADS");
  EXPECT_EQ(setting("threads", {{"threads", "5"}}).value, "5");
  EXPECT_EQ(setting("threads", {{"threads", "5"}}).origin, "flag");
}

TEST_F(Configuration, AnEmptyVariableIsUnset) {
  write_config("threads = 2\n");
  ::setenv("HEARTH_THREADS", "", 1);
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
  ::setenv("HEARTH_MODEL", "/models/variable.gguf", 1);
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
  ::setenv("HEARTH_DATA_HOME", (folder_.path() / "file" / "below").c_str(), 1);
  EXPECT_THROW(remember_model("/a.gguf"), Error);
  ::unsetenv("HEARTH_DATA_HOME");
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
  ::setenv("HEARTH_THREADS", "2.5", 1);
  EXPECT_EQ(message_of_settings(), "HEARTH_THREADS is '2.5'; it must be a whole number from 0 to 1024");
}

TEST_F(Configuration, PathsFollowTheVariables) {
  EXPECT_EQ(paths().config_file, (folder_.path() / ".config/hearth/config.toml").string());
  EXPECT_EQ(paths().models_folder, (folder_.path() / ".cache/hearth/models").string());
  EXPECT_EQ(paths().data_folder, (folder_.path() / ".local/share/hearth").string());
  ::setenv("XDG_CONFIG_HOME", "/x", 1);
  EXPECT_EQ(paths().config_file, "/x/hearth/config.toml");
  ::setenv("XDG_CONFIG_HOME", "relative", 1);  // invalid by the specification
  EXPECT_EQ(paths().config_file, (folder_.path() / ".config/hearth/config.toml").string());
  ::setenv("HEARTH_CONFIG_HOME", "/own", 1);
  EXPECT_EQ(paths().config_file, "/own/config.toml");
  ::unsetenv("HEARTH_CONFIG_HOME");
  ::unsetenv("XDG_CONFIG_HOME");
}

}  // namespace
}  // namespace hearth
