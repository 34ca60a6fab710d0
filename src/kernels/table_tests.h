// For tests: every test of a kernel runs on every table that this CPU has.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "kernels/kernel_table.h"

#if defined(HEARTH_X86_KERNELS)
namespace hearth::amx {
const KernelTable* emulated_table();  // amx/emulated_table.cpp
}
#endif

namespace hearth::testing {

inline std::vector<const KernelTable*> tables() {
  std::vector<const KernelTable*> all;
  for (const KernelTable* const* t = available_kernel_tables(); *t != nullptr; ++t) all.push_back(*t);
  return all;
}

/// Those of this CPU, and the one whose tiles are emulated where it can do the rest: for what runs on tiles.
inline std::vector<const KernelTable*> tables_and_emulations() {
  std::vector<const KernelTable*> all = tables();
#if defined(HEARTH_X86_KERNELS)
  for (const KernelTable* table : tables()) {
    if (std::strcmp(table->name, "avx512") == 0 && cpu_features().avx512bf16) all.push_back(amx::emulated_table());
  }
#endif
  return all;
}

class EveryTable : public ::testing::TestWithParam<const KernelTable*> {
 protected:
  const KernelTable& table() const { return *GetParam(); }
};

inline std::string table_name(const ::testing::TestParamInfo<const KernelTable*>& info) { return info.param->name; }

}  // namespace hearth::testing

/// The suite `name`, once for each table.
// NOLINTBEGIN(bugprone-macro-parentheses): the name of a class takes none
#define HEARTH_TEST_EVERY_TABLE(name)                 \
  class name : public hearth::testing::EveryTable {}; \
  INSTANTIATE_TEST_SUITE_P(Tables, name, ::testing::ValuesIn(hearth::testing::tables()), hearth::testing::table_name)
// NOLINTEND(bugprone-macro-parentheses)
