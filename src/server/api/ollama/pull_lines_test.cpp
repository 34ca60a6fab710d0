#include "server/api/ollama/pull_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth {
namespace {

using ::testing::ElementsAre;

const std::string kId(64, 'a');

PullPlan two_files() {
  PullPlan plan;
  plan.files = {{"config.json", 10, std::string(40, 'b'), false}, {"model.gguf", 1000, kId, false}};
  plan.bytes = 1010;
  return plan;
}

TEST(PullLines, TellsOfEachFileItsOwnBytes) {
  const PullPlan plan = two_files();
  std::vector<std::string> told;
  PullLines lines(plan, [&](const json::object& line, bool is_progress) {
    told.push_back((is_progress ? "~" : "") + json::serialize(line));
  });
  lines.progress({PullProgress::kDownloading, "config.json", 0, 1010});
  lines.progress({PullProgress::kDownloading, "model.gguf", 260, 1010});
  lines.progress({PullProgress::kChecking, "model.gguf", 5, 1000});
  lines.progress({PullProgress::kDownloading, "model.gguf", 261, 1010});  // too soon
  lines.progress({PullProgress::kDownloading, "unknown", 5, 1010});
  lines.finish();
  EXPECT_THAT(
      told,
      ElementsAre(
          R"(~{"status":"pulling bbbbbbbbbbbb","digest":")" + std::string(40, 'b') + R"(","total":10})",
          R"({"status":"pulling bbbbbbbbbbbb","digest":")" + std::string(40, 'b') + R"(","total":10,"completed":10})",
          R"(~{"status":"pulling aaaaaaaaaaaa","digest":"sha256:)" + kId + R"(","total":1000,"completed":250})",
          R"({"status":"pulling aaaaaaaaaaaa","digest":"sha256:)" + kId + R"(","total":1000,"completed":1000})"));
}

TEST(PullLines, TellsOfFilesThatAreThereAlready) {
  const PullPlan plan = two_files();
  int lines_told = 0;
  PullLines lines(plan, [&](const json::object& line, bool is_progress) {
    ++lines_told;
    EXPECT_FALSE(is_progress);
    EXPECT_EQ(line.at("total"), line.at("completed"));
  });
  lines.finish();
  EXPECT_EQ(lines_told, 2);
}

}  // namespace
}  // namespace hearth
