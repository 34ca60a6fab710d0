#include "base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace hearth {
namespace {

#if defined(__x86_64__)

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// Leaf `leaf` of CPUID, all zero where the processor has none.
Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool bit(unsigned word, int index) { return ((word >> index) & 1u) != 0; }

/// XCR0: the register states that the operating system saves. REQUIRES: CPUID says OSXSAVE.
std::uint64_t saved_states() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

// Bit numbers: Intel SDM volume 2A, CPUID; volume 1, chapter 13 for XCR0.
CpuFeatures detect() {
  CpuFeatures f;
  const Registers basic = cpuid(1);
  if (!bit(basic.ecx, 27)) return f;
  const std::uint64_t states = saved_states();
  const bool ymm = (states & 0x6) == 0x6;
  const bool zmm = ymm && (states & 0xE0) == 0xE0;
  const bool tiles = (states & 0x60000) == 0x60000;
  const Registers extended = cpuid(7);
  const Registers more = cpuid(7, 1);
  if (ymm) {
    f.avx2 = bit(extended.ebx, 5);
    f.fma = bit(basic.ecx, 12);
    f.f16c = bit(basic.ecx, 29);
  }
  if (zmm) {
    f.avx512f = bit(extended.ebx, 16);
    f.avx512dq = bit(extended.ebx, 17);
    f.avx512bw = bit(extended.ebx, 30);
    f.avx512vl = bit(extended.ebx, 31);
    f.avx512vnni = bit(extended.ecx, 11);
    f.avx512bf16 = bit(more.eax, 5);
  }
  if (tiles) {
    f.amx_bf16 = bit(extended.edx, 22);
    f.amx_tile = bit(extended.edx, 24);
    f.amx_int8 = bit(extended.edx, 25);
  }
  return f;
}

std::string processor_brand() {
  if (cpuid(0x80000000u).eax < 0x80000004u) return {};
  std::array<char, 49> text{};
  for (unsigned i = 0; i < 3; ++i) {
    const Registers r = cpuid(0x80000002u + i);
    std::memcpy(text.data() + 16 * i, &r, 16);
  }
  return text.data();
}

#else

CpuFeatures detect() { return {}; }
std::string processor_brand() { return {}; }

#endif

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// A name for the physical core of a CPU; each CPU counts as a core of its own where Linux does not say.
std::string core_of(int cpu) {
  const std::string siblings =
      first_line(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
  return siblings.empty() ? fmt::format("cpu{}", cpu) : siblings;
}

std::vector<int> affinity() {
  std::vector<int> cpus;
  // The kernel refuses a mask smaller than its own; CPU_SETSIZE (1024) is too small on the largest machines.
  for (int capacity = CPU_SETSIZE; capacity <= (1 << 16) && cpus.empty(); capacity *= 4) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(capacity));
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(capacity));
    CPU_ZERO_S(bytes, set);
    if (::sched_getaffinity(0, bytes, set) == 0) {
      for (int cpu = 0; cpu < capacity; ++cpu) {
        if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, set)) cpus.push_back(cpu);
      }
    }
    CPU_FREE(set);
  }
  return cpus;
}

void keep_smaller(std::optional<double>& limit, std::optional<double> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

/// The v1 quota of one folder: two files in microseconds; a quota of −1 means none.
std::optional<double> v1_limit(const std::string& folder) {
  double quota = 0;
  double period = 0;
  std::istringstream(first_line(folder + "/cpu.cfs_quota_us")) >> quota;
  std::istringstream(first_line(folder + "/cpu.cfs_period_us")) >> period;
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

std::vector<std::string_view> cpu_feature_names(const CpuFeatures& f) {
  const std::pair<bool, std::string_view> all[] = {{f.avx2, "avx2"},
                                                   {f.fma, "fma"},
                                                   {f.f16c, "f16c"},
                                                   {f.avx512f, "avx512f"},
                                                   {f.avx512bw, "avx512bw"},
                                                   {f.avx512vl, "avx512vl"},
                                                   {f.avx512dq, "avx512dq"},
                                                   {f.avx512vnni, "avx512_vnni"},
                                                   {f.avx512bf16, "avx512_bf16"},
                                                   {f.amx_tile, "amx_tile"},
                                                   {f.amx_int8, "amx_int8"},
                                                   {f.amx_bf16, "amx_bf16"}};
  std::vector<std::string_view> names;
  for (const auto& [has, name] : all) {
    if (has) names.push_back(name);
  }
  return names;
}

std::string cpu_name() {
  std::string name = processor_brand();
  const auto begin = name.find_first_not_of(' ');
  if (begin == std::string::npos) return "unknown";
  return name.substr(begin, name.find_last_not_of(' ') - begin + 1);
}

std::vector<int> usable_cpus() {
  std::vector<int> cpus = affinity();
  if (cpus.empty()) {
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
      cpus.push_back(static_cast<int>(i));
  }
  std::set<std::string> seen;
  std::stable_partition(cpus.begin(), cpus.end(), [&](int cpu) { return seen.insert(core_of(cpu)).second; });
  return cpus;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  std::istringstream in{std::string(text)};
  double quota = 0;
  double period = 0;
  if (!(in >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

std::optional<double> cgroup_cpu_limit() {
  const std::string root = "/sys/fs/cgroup";
  std::optional<double> limit;
  // Inside a container the namespace's own group is mounted at the root, so the root is looked at first.
  keep_smaller(limit, parse_cpu_max(first_line(root + "/cpu.max")));
  keep_smaller(limit, v1_limit(root + "/cpu"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "0::/a/b" (v2) or "4:cpu,cpuacct:/a/b" (v1)
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool v2 = controllers == ",,";
    if (!v2 && controllers.find(",cpu,") == std::string::npos) continue;
    for (std::string group = line.substr(second + 1); group.size() > 1; group.resize(group.rfind('/'))) {
      keep_smaller(limit, v2 ? parse_cpu_max(first_line(fmt::format("{}{}/cpu.max", root, group)))
                             : v1_limit(fmt::format("{}/cpu{}", root, group)));
      if (group.rfind('/') == std::string::npos) break;
    }
  }
  return limit;
}

int usable_cores() {
  const std::vector<int> cpus = usable_cpus();
  std::set<std::string> cores;
  for (const int cpu : cpus) cores.insert(core_of(cpu));
  auto n = static_cast<int>(cores.size());
  if (const auto limit = cgroup_cpu_limit()) n = std::min(n, static_cast<int>(std::ceil(std::min(*limit, 65536.0))));
  return std::max(1, n);
}

}  // namespace hearth
