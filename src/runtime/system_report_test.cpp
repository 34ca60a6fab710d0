#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "hearth/system.h"
#include "runtime/system_report_memory.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

TEST(MemoryReport, ReadsMeminfo) {
  const MemoryAmount memory = parse_meminfo("MemTotal:       16000 kB\nMemFree: 5 kB\nMemAvailable:    8000 kB\n");
  EXPECT_EQ(memory.total, 16000U * 1024);
  EXPECT_EQ(memory.available, 8000U * 1024);
  EXPECT_EQ(parse_meminfo("").total, 0U);
  EXPECT_EQ(parse_meminfo("MemTotal: many\n").total, 0U);
}

void write_group(const fs::path& folder, const char* limit, const char* current, const char* stat) {
  fs::create_directories(folder);
  std::ofstream(folder / "memory.max") << limit;
  std::ofstream(folder / "memory.current") << current;
  std::ofstream(folder / "memory.stat") << stat;
}

TEST(MemoryReport, TheTightestGroupOnTheWayUpCounts) {
  const testing::TemporaryFolder root;
  EXPECT_FALSE(cgroup_memory(root.path(), "/a/b"));
  write_group(root.path() / "a" / "b", "max\n", "10\n", "");
  EXPECT_FALSE(cgroup_memory(root.path(), "/a/b"));
  write_group(root.path() / "a", "1000\n", "700\n", "anon 1\ninactive_file 200\n");
  const auto above = cgroup_memory(root.path(), "/a/b");
  ASSERT_TRUE(above);
  EXPECT_EQ(above->total, 1000U);
  EXPECT_EQ(above->available, 500U);  // 200 of the 700 can be dropped
  write_group(root.path() / "a" / "b", "400\n", "900\n", "");
  const auto both = cgroup_memory(root.path(), "/a/b");
  EXPECT_EQ(both->total, 400U);
  EXPECT_EQ(both->available, 0U);
}

TEST(SystemReport, DescribesThisMachine) {
  const SystemReport report = system_report();
  EXPECT_FALSE(report.version.empty());
  EXPECT_FALSE(report.cpu.empty());
  EXPECT_GE(report.cores, 1);
  EXPECT_GE(report.default_threads, 1);
  EXPECT_GT(report.memory_total, 0U);
  EXPECT_LE(report.memory_available, report.memory_total);
  const auto& kernels = report.kernels_available;
  EXPECT_NE(std::find(kernels.begin(), kernels.end(), report.kernels), kernels.end());
}

}  // namespace
}  // namespace hearth
