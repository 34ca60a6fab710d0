#include "base/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <thread>

namespace hearth {
namespace {

/// The flags of the first processor in /proc/cpuinfo: Linux's own detection.
std::set<std::string> linux_flags() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

TEST(Cpu, FeaturesAreThoseThatLinuxReports) {
  const std::set<std::string> flags = linux_flags();
  if (flags.empty()) GTEST_SKIP() << "skipped: /proc/cpuinfo has no flags";
  const auto found = cpu_feature_names(cpu_features());
  for (const char* name : {"avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni",
                           "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"}) {
    EXPECT_EQ(std::find(found.begin(), found.end(), name) != found.end(), flags.contains(name)) << name;
  }
}

TEST(Cpu, HasAName) {
  EXPECT_FALSE(cpu_name().empty());
  EXPECT_NE(cpu_name().front(), ' ');
  EXPECT_NE(cpu_name().back(), ' ');
}

TEST(Cpu, UsableCpusFollowTheAffinityMask) {
  const std::vector<int> all = usable_cpus();
  ASSERT_FALSE(all.empty());
  std::vector<int> narrowed;
  int cores = 0;
  std::thread([&] {  // an affinity mask belongs to a thread
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(all.back()), &set);
    ASSERT_EQ(::sched_setaffinity(0, sizeof(set), &set), 0);
    narrowed = usable_cpus();
    cores = usable_cores();
  })
      .join();
  EXPECT_EQ(narrowed, std::vector<int>{all.back()});
  EXPECT_EQ(cores, 1);
}

TEST(Cpu, UsableCoresAreNeverMoreThanCpus) {
  EXPECT_GE(usable_cores(), 1);
  EXPECT_LE(usable_cores(), static_cast<int>(usable_cpus().size()));
}

TEST(Cpu, ReadsACpuMaxFile) {
  EXPECT_EQ(parse_cpu_max("50000 100000"), 0.5);
  EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
  for (const char* none : {"max 100000", "", "100000", "-1 100000", "100000 0", "x y"}) {
    EXPECT_EQ(parse_cpu_max(none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace hearth
