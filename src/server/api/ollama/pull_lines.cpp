#include "server/api/ollama/pull_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hearth {
namespace {

constexpr auto kBetweenLines = std::chrono::milliseconds(100);
constexpr std::size_t kSha256Digits = 64, kShownDigits = 12;

}  // namespace

json::object PullLines::line(std::size_t file, std::uint64_t completed) const {
  const PullFile& one = plan_.files[file];
  // Small files of a hub are known by git's id; some not at all.
  const bool is_sha256 = one.id.size() == kSha256Digits;
  const std::string digest = is_sha256 ? "sha256:" + one.id : one.id.empty() ? one.name : one.id;
  json::object line{{"status", fmt::format("pulling {}", one.id.empty() ? one.name : one.id.substr(0, kShownDigits))},
                    {"digest", digest},
                    {"total", one.bytes}};
  if (completed > 0) line["completed"] = std::min(completed, one.bytes);
  return line;
}

void PullLines::complete_before(std::size_t file) {
  for (; at_ < file; ++at_) {
    tell_(line(at_, plan_.files[at_].bytes), false);
    before_ += plan_.files[at_].bytes;
  }
}

void PullLines::progress(const PullProgress& progress) {
  if (progress.phase == PullProgress::kChecking) return;
  const auto file = std::find_if(plan_.files.begin() + static_cast<std::ptrdiff_t>(at_), plan_.files.end(),
                                 [&](const PullFile& one) { return one.name == progress.file; });
  if (file == plan_.files.end()) return;
  const auto index = static_cast<std::size_t>(file - plan_.files.begin());
  const auto now = std::chrono::steady_clock::now();
  if (index == at_ && now - told_ < kBetweenLines) return;
  complete_before(index);
  told_ = now;
  tell_(line(index, progress.done - std::min(progress.done, before_)), true);
}

void PullLines::finish() { complete_before(plan_.files.size()); }

}  // namespace hearth
