#include "server/metrics/server_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/temporary_folder.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ServerLogTest : public ::testing::Test {
 protected:
  void SetUp() override { options_.file = folder_.file("log"); }
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    std::ifstream file(options_.file);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  testing::TemporaryFolder folder_;
  LogOptions options_;
};

RequestRecord record_of(int status, const std::string& route) {
  RequestRecord record;
  record.id = "req_1";
  record.method = "POST";
  record.route = route;
  record.remote = "127.0.0.1:5";
  record.key_name = "laptop";
  record.status = status;
  record.seconds = 0.0123;
  record.notes = {{"model", "tiny model"}};
  return record;
}

TEST_F(ServerLogTest, WritesALineForPeople) {
  ServerLog log(options_);
  log.request(record_of(200, "/v1/chat/completions"));
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_THAT(
      lines()[0],
      HasSubstr(" info    request id=req_1 method=POST route=/v1/chat/completions status=200 ms=12.3 in=0 out=0 "
                "from=127.0.0.1:5 key=laptop model='tiny model'"));
}

TEST_F(ServerLogTest, WritesJsonForMachines) {
  options_.format = LogFormat::kJson;
  ServerLog log(options_);
  log.request(record_of(503, "/v1/chat/completions"));
  ASSERT_EQ(lines().size(), 1U);
  const json::value line = parse_json(lines()[0], "the line");
  EXPECT_EQ(line.at("level").as_string(), "warning");
  EXPECT_EQ(line.at("message").as_string(), "request");
  EXPECT_EQ(line.at("status").as_string(), "503");
  EXPECT_EQ(line.at("model").as_string(), "tiny model");
  EXPECT_EQ(line.at("time").as_string().size(), 24U);
}

TEST_F(ServerLogTest, LetsNobodyForgeALine) {
  {
    ServerLog log(options_);
    log.log(LogLevel::kInfo, "event", {{"path", "a\n2026 info forged"}, {"bytes", "\xFF\x1B[31m"}});
  }
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0].find('\x1B'), std::string::npos);
  options_.format = LogFormat::kJson;
  ServerLog log(options_);
  log.log(LogLevel::kInfo, "event", {{"path", "a\nb"}, {"bytes", "\xFF"}});
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_NO_THROW(parse_json(lines()[1], "the line"));
}

TEST_F(ServerLogTest, KeepsToItsLevel) {
  ServerLog log(options_);
  log.request(record_of(200, "/health"));
  log.log(LogLevel::kDebug, "unseen");
  EXPECT_TRUE(lines().empty());
  log.set_level(LogLevel::kDebug);
  log.request(record_of(200, "/health"));
  EXPECT_EQ(lines().size(), 1U);
  log.set_level(LogLevel::kOff);
  log.log(LogLevel::kError, "unseen");
  EXPECT_EQ(lines().size(), 1U);
  EXPECT_EQ(parse_log_level("warning"), LogLevel::kWarning);
  EXPECT_THROW(parse_log_level("loud"), Error);
}

TEST_F(ServerLogTest, GoesOnInANewFileWhenToldTo) {
  ServerLog log(options_);
  log.log(LogLevel::kInfo, "first");
  std::filesystem::rename(options_.file, options_.file + ".1");
  log.log(LogLevel::kInfo, "second");
  EXPECT_TRUE(lines().empty());
  log.reopen();
  log.log(LogLevel::kInfo, "third");
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("third")));
}

TEST_F(ServerLogTest, NamesAFileThatCannotBeOpened) {
  options_.file = folder_.path().string();  // a folder
  try {
    const ServerLog log(options_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.message(), HasSubstr(folder_.path().string()));
  }
}

}  // namespace
}  // namespace hearth
