// For tests: every test of a kernel runs on every table that this CPU has.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/kernel_table.h"

namespace hearth::testing {

inline std::vector<const KernelTable*> tables() {
  std::vector<const KernelTable*> all;
  for (const KernelTable* const* t = available_kernel_tables(); *t != nullptr; ++t) all.push_back(*t);
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
