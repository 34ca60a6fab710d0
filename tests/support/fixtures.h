// Where the shared reference data lies, for tests that compare with it; without it they say "skipped: no ../shared".
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "support/temporary_folder.h"

namespace hearth::testing {

/// The folder of fixtures beside the checkout (HEARTH_SHARED overrides), or nothing.
inline std::optional<std::filesystem::path> shared_fixtures() {
  const char* override_path = std::getenv("HEARTH_SHARED");
  const std::filesystem::path shared = override_path != nullptr
                                           ? std::filesystem::path(override_path)
                                           : std::filesystem::path(HEARTH_SOURCE_DIR).parent_path() / "shared";
  const auto fixtures = shared / "fixtures";
  if (!std::filesystem::is_directory(fixtures)) return std::nullopt;
  return fixtures;
}

}  // namespace hearth::testing

/// In a TEST: gives `name` the fixtures' path or ends the test as skipped.
#define HEARTH_FIXTURES_OR_SKIP(name)                              \
  const auto name##_optional = hearth::testing::shared_fixtures(); \
  if (!name##_optional) GTEST_SKIP() << "skipped: no ../shared";   \
  const std::filesystem::path& name = *name##_optional
