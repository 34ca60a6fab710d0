#include "runtime/configuration_env_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using Variables = std::map<std::string, std::string>;

TEST(EnvFile, TakesTheFormsThatOtherToolsWrite) {
  const Variables variables = parse_env_file(
      "\xEF\xBB\xBFHEARTH_A=plain\n"
      "# HEARTH_B=comment\n"
      "export HEARTH_C=exported # why\r\n"
      "HEARTH_D = \"two words\\n\\\"quoted\\\" \\$HOME \\x\" # tail\n"
      "HEARTH_E='as $it is\\n'\n"
      "HEARTH_F=\n"
      "HEARTH_G=a#b",
      ".env");
  EXPECT_EQ(variables, (Variables{{"HEARTH_A", "plain"},
                                  {"HEARTH_C", "exported"},
                                  {"HEARTH_D", "two words\n\"quoted\" $HOME \\x"},
                                  {"HEARTH_E", "as $it is\\n"},
                                  {"HEARTH_F", ""},
                                  {"HEARTH_G", "a#b"}}));
}

TEST(EnvFile, PassesOverWhatOthersWrite) {
  EXPECT_TRUE(parse_env_file("DATABASE_URL=\"open\nif [ x ]; then\nAI_MODEL=x\n=\n\0\x01\n", ".env").empty());
}

TEST(EnvFile, TheLastOneCounts) { EXPECT_EQ(parse_env_file("HEARTH_A=1\nHEARTH_A=2\n", ".env").at("HEARTH_A"), "2"); }

std::string message_of(const char* text) {
  try {
    parse_env_file(text, "x/.env");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "";
}

TEST(EnvFile, NamesFileLineAndKeyOfAMistake) {
  EXPECT_EQ(message_of("A=1\nHEARTH_MODEL \"x\"\n"), "x/.env line 2: HEARTH_MODEL has no '=' after it");
  EXPECT_EQ(message_of("HEARTH_MODEL=\"x\n"),
            "x/.env line 1: HEARTH_MODEL has quotes without an end, or text behind them");
  EXPECT_EQ(message_of("\n\nHEARTH_X='a' b"), "x/.env line 3: HEARTH_X has quotes without an end, or text behind them");
}

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "HEARTH_MODEL=x\n";
}

TEST(EnvFile, TheProjectsFileIsFoundFromWithin) {
  const testing::TemporaryFolder root;
  const fs::path project = root.path() / "project";
  fs::create_directories(project / ".git");
  fs::create_directories(project / "src" / "deep");
  EXPECT_FALSE(find_env_file(project / "src" / "deep"));
  touch(project / ".env");
  EXPECT_EQ(find_env_file(project / "src" / "deep"), project / ".env");
  touch(project / "src" / ".env");
  EXPECT_EQ(find_env_file(project / "src" / "deep"), project / "src" / ".env");
}

TEST(EnvFile, AFileAboveTheProjectIsNotTheProjects) {
  const testing::TemporaryFolder root;
  touch(root.path() / ".env");
  fs::create_directories(root.path() / "project" / ".git");
  EXPECT_FALSE(find_env_file(root.path() / "project"));
  fs::create_directories(root.path() / "loose");
  EXPECT_FALSE(find_env_file(root.path() / "loose"));
  EXPECT_EQ(find_env_file(root.path()), root.path() / ".env");
}

}  // namespace
}  // namespace hearth
