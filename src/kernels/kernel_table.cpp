#include "kernels/kernel_table.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "base/cpu.h"
#include "hearth/error.h"
#include "kernels/faster_table.h"
#include "kernels/tables.h"

namespace hearth {
namespace {

struct Level {
  const char* name;
  const KernelTable* (*table)();  ///< nullptr where this build has no such table
  bool (*runs_on)(const CpuFeatures&);
};

#if defined(HEARTH_X86_KERNELS)
constexpr auto* kAvx2Table = avx2::table;
constexpr auto* kAvx512Table = avx512::table;
constexpr auto* kAmxTable = amx::table;
bool tiles_are_usable() { return amx::is_usable(); }
#else
constexpr const KernelTable* (*kAvx2Table)() = nullptr;
constexpr const KernelTable* (*kAvx512Table)() = nullptr;
constexpr const KernelTable* (*kAmxTable)() = nullptr;
bool tiles_are_usable() { return false; }
#endif

bool has_avx2(const CpuFeatures& f) { return f.avx2 && f.fma && f.f16c; }
bool has_avx512(const CpuFeatures& f) {
  return has_avx2(f) && f.avx512f && f.avx512bw && f.avx512vl && f.avx512dq && f.avx512vnni;
}

// Slowest first. The needs must cover the flags that the files of a level are compiled with (CMakeLists.txt).
constexpr Level kLevels[] = {
    {"portable", portable::table, [](const CpuFeatures&) { return true; }},
    {"avx2", kAvx2Table, has_avx2},
    {"avx512", kAvx512Table, has_avx512},
    {"amx", kAmxTable,
     [](const CpuFeatures& f) {
       return has_avx512(f) && f.avx512bf16 && f.amx_tile && f.amx_int8 && f.amx_bf16 && tiles_are_usable();
     }},
};
constexpr int kLevelCount = sizeof(kLevels) / sizeof(kLevels[0]);

bool runs_here(const Level& level) { return level.table != nullptr && level.runs_on(cpu_features()); }

struct Available {
  const KernelTable* tables[kLevelCount + 1] = {};
  int n = 0;
};

const Available& available() {
  static const Available result = [] {
    Available a;
    for (const Level& level : kLevels) {
      if (runs_here(level)) a.tables[a.n++] = level.table();
    }
    return a;
  }();
  return result;
}

const KernelTable& choose() {
  const char* forced = std::getenv("HEARTH_CPU");
  if (forced != nullptr && *forced != '\0') return kernel_table(forced);
  const KernelTable& best = *available().tables[available().n - 1];
  if (available().n < 2 || best.packed_scratch_bytes == nullptr) return best;
  // Tiles give the same bits as the vectors of the level below; whether they are faster is the processor's to say.
  return faster_at_packed(best, *available().tables[available().n - 2]);
}

}  // namespace

int activation_group(DType dtype) {
  return dtype == DType::kQ2_K || dtype == DType::kQ3_K || dtype == DType::kQ6_K ? 16 : 32;
}

const KernelTable& kernel_table() {
  static const KernelTable& chosen = choose();
  return chosen;
}

const KernelTable& kernel_table(const char* name) {
  for (const Level& level : kLevels) {
    if (std::strcmp(level.name, name) != 0) continue;
    if (!runs_here(level)) {
      throw Error(ErrorCode::kUnsupported, fmt::format("the kernels '{}' do not run on this CPU", name),
                  fmt::format("leave HEARTH_CPU out to use '{}'", available().tables[available().n - 1]->name));
    }
    return *level.table();
  }
  throw Error(ErrorCode::kInvalidArgument, fmt::format("HEARTH_CPU: there are no kernels named '{}'", name),
              "use portable, avx2, avx512 or amx");
}

const KernelTable* const* available_kernel_tables() { return available().tables; }

}  // namespace hearth
