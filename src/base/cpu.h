// What the processor can do and how much of it this process may use. It decides nothing: kernels/kernel_table.h does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Instruction sets that both the processor has and the operating system saves (CPUID and XGETBV). All false off
/// x86-64.
struct CpuFeatures {
  bool avx2 = false, fma = false, f16c = false;
  bool avx512f = false, avx512bw = false, avx512vl = false, avx512dq = false, avx512vnni = false, avx512bf16 = false;
  /// The tile instructions. A process must also ask Linux for the tile state before it uses them (arch_prctl).
  bool amx_tile = false, amx_int8 = false, amx_bf16 = false;
};

const CpuFeatures& cpu_features();

/// The names of the features found, as Linux spells them ("avx2", "avx512_vnni").
std::vector<std::string_view> cpu_feature_names(const CpuFeatures& features);

/// The processor's own name, e.g. "AMD EPYC 9354"; "unknown" where it has none.
std::string cpu_name();

/// The CPUs that this process may run on (its affinity mask), those of different physical cores first. Never empty.
std::vector<int> usable_cpus();

/// Physical cores behind usable_cpus(), limited by the cgroup's CPU quota (rounded up). At least 1.
int usable_cores();

/// CPUs' worth of time per second that the cgroup allows (v2 or v1), the smallest on the way to the root; nothing if
/// unlimited.
std::optional<double> cgroup_cpu_limit();

/// The content of a cgroup v2 cpu.max, "50000 100000" → 0.5; nothing for "max" or what is not understood.
std::optional<double> parse_cpu_max(std::string_view text);

}  // namespace hearth
