#include "base/cpu.h"
#include "base/thread_pool.h"
#include "hearth/system.h"
#include "kernels/kernel_table.h"
#include "runtime/system_report_memory.h"

namespace hearth {

SystemReport system_report() {
  SystemReport report;
  report.version = HEARTH_VERSION;
  report.cpu = cpu_name();
  report.cores = usable_cores();
  report.default_threads = ThreadPool::default_size();
  for (const std::string_view name : cpu_feature_names(cpu_features())) report.cpu_features.emplace_back(name);
  report.kernels = kernel_table().name;
  for (const KernelTable* const* table = available_kernel_tables(); *table != nullptr; ++table) {
    report.kernels_available.emplace_back((*table)->name);
  }
  const MemoryAmount memory = usable_memory();
  report.memory_total = memory.total;
  report.memory_available = memory.available;
  return report;
}

}  // namespace hearth
