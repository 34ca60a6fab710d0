#include "runtime/configuration_toml.h"

#include <gtest/gtest.h>

#include "hearth/error.h"

namespace hearth {
namespace {

TEST(ConfigFile, TakesStringsNumbersAndBooleans) {
  const auto values =
      parse_config("model = \"~/a.gguf\"\n\nthreads = 4\ntemperature = 0.7\nexact = true\n", "config.toml");
  EXPECT_EQ(values.at("model").value, "~/a.gguf");
  EXPECT_EQ(values.at("model").line, 1U);
  EXPECT_EQ(values.at("threads").value, "4");
  EXPECT_EQ(values.at("threads").line, 3U);
  EXPECT_EQ(values.at("temperature").value, "0.7");
  EXPECT_EQ(values.at("exact").value, "true");
}

TEST(ConfigFile, TheServersSettingsStandInATableOfTheirOwn) {
  const auto values = parse_config("threads = 4\n[serve]\nport = 8080\nhost = \"0.0.0.0\"\n", "config.toml");
  EXPECT_EQ(values.at("serve.port").value, "8080");
  EXPECT_EQ(values.at("serve.port").line, 3U);
  EXPECT_EQ(values.at("serve.host").value, "0.0.0.0");
  EXPECT_EQ(values.at("threads").value, "4");
}

std::string message_of(const char* text) {
  try {
    parse_config(text, "config.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "";
}

TEST(ConfigFile, NamesFileAndLineOfAMistake) {
  EXPECT_EQ(message_of("threads = 1\ntemprature = 1\n"), "config.toml line 2: there is no setting 'temprature'");
  EXPECT_EQ(message_of("\nmodel = [1]\n"), "config.toml line 2: model must be a string, a number, true or false");
  EXPECT_EQ(message_of("threads = 4\nmodel = \n").rfind("config.toml line 2: ", 0), 0U);
  EXPECT_EQ(message_of("[serve]\nprt = 1\n"), "config.toml line 2: there is no setting 'serve.prt'");
  EXPECT_EQ(message_of("[serve.port]\nx = 1\n"),
            "config.toml line 1: serve.port must be a string, a number, true or false");
  EXPECT_EQ(message_of("[sampling]\ntop_k = 1\n"), "config.toml line 1: there is no setting 'sampling'");
}

}  // namespace
}  // namespace hearth
