#include "cli/purpose.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/quote.h"

namespace hearth::cli {

void check_purpose(const CommandLine& line, const std::optional<std::string>& purpose) {
  if (!purpose || std::find(kPurposes.begin(), kPurposes.end(), *purpose) != kPurposes.end()) return;
  line.fail(fmt::format("--for {}; it takes one of {}", quote(*purpose), fmt::join(kPurposes, ", ")));
}

}  // namespace hearth::cli
