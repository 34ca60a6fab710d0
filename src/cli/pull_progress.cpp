#include "cli/pull_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/human.h"
#include "cli/notice.h"

namespace hearth::cli {
namespace {

constexpr std::chrono::seconds kWindow{5};
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kPlainPause{15};
constexpr int kPlainPercent = 10;
constexpr int kBarWidth = 24;

int percent_of(const PullProgress& progress) {
  if (progress.total == 0) return 0;
  return static_cast<int>(100.0 * static_cast<double>(std::min(progress.done, progress.total)) /
                          static_cast<double>(progress.total));
}

std::string bar(int percent, int width) {
  if (width <= 0) return "";
  const int filled = percent * width / 100;
  std::string text(static_cast<std::size_t>(filled), '=');
  if (filled < width) text += '>';
  text.resize(static_cast<std::size_t>(width), ' ');
  return "[" + text + "] ";
}

}  // namespace

void Rate::add(Clock::time_point now, std::uint64_t done) {
  if (!samples_.empty() && done < samples_.back().second) samples_.clear();  // it began anew
  samples_.emplace_back(now, done);
  while (samples_.size() > 2 && now - samples_.front().first > kWindow) samples_.pop_front();
}

double Rate::per_second() const {
  if (samples_.size() < 2) return 0;
  const double seconds = std::chrono::duration<double>(samples_.back().first - samples_.front().first).count();
  return seconds > 0.2 ? static_cast<double>(samples_.back().second - samples_.front().second) / seconds : 0;
}

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::max(0.0, seconds));
  if (seconds < 90.0 * 60) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds > 99.0 * 3600) return "more than 99 h";
  return fmt::format("{} h {} min", static_cast<int>(seconds) / 3600, static_cast<int>(seconds) % 3600 / 60);
}

std::string progress_text(const PullProgress& progress, double bytes_per_second, int bar_width) {
  const int percent = percent_of(progress);
  std::string text = fmt::format("{:3} % {}", percent, bar(percent, bar_width));
  text += fmt::format("{} of {}", human_bytes(progress.done), human_bytes(progress.total));
  if (bytes_per_second >= 1) {
    text += fmt::format(", {}/s", human_bytes(static_cast<std::uint64_t>(bytes_per_second)));
    const auto left = static_cast<double>(progress.total - std::min(progress.total, progress.done));
    text += fmt::format(", {} left", duration_text(left / bytes_per_second));
  }
  return text;
}

PullProgressLines::~PullProgressLines() {
  if (!quiet_) progress("");
}

void PullProgressLines::show(const PullProgress& now) {
  if (quiet_) return;
  const auto time = Rate::Clock::now();
  if (now.phase == PullProgress::kDownloading) rate_.add(time, now.done);
  if (!stderr_is_terminal()) {
    show_plain(now, time);
    return;
  }
  if (time < next_draw_ && now.done < now.total) return;
  next_draw_ = time + kRedraw;
  switch (now.phase) {
    case PullProgress::kWaiting: progress(fmt::format("waiting: another program is fetching {}", now.file)); break;
    case PullProgress::kDownloading: progress(progress_text(now, rate_.per_second(), kBarWidth)); break;
    case PullProgress::kChecking: progress(fmt::format("checking {}: {} %", now.file, percent_of(now))); break;
  }
}

void PullProgressLines::show_plain(const PullProgress& now, Rate::Clock::time_point time) {
  const bool is_new_phase = last_phase_ != static_cast<int>(now.phase);
  last_phase_ = static_cast<int>(now.phase);
  if (now.phase == PullProgress::kWaiting && is_new_phase) {
    notice(fmt::format("waiting: another program is fetching {}", now.file));
  }
  if (now.phase != PullProgress::kDownloading) return;
  if (next_line_ == Rate::Clock::time_point{}) next_line_ = time + kPlainPause;
  if (percent_of(now) < next_percent_ && time < next_line_) return;
  notice(progress_text(now, rate_.per_second(), 0));
  next_line_ = time + kPlainPause;
  next_percent_ = percent_of(now) / kPlainPercent * kPlainPercent + kPlainPercent;
}

}  // namespace hearth::cli
