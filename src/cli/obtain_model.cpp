#include "cli/obtain_model.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <system_error>

#include "cli/human.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/notice.h"
#include "cli/pull_progress.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

bool can_ask() { return input_is_terminal() && stderr_is_terminal(); }

/// Yes by default: the person has just named the model.
bool ask(const std::string& question) {
  const std::string prompt = question + " [Y/n] ";
  if (::write(STDERR_FILENO, prompt.data(), prompt.size()) < 0) return false;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer.empty() || answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'j' || answer[0] == 'J';
}

}  // namespace

void announce_pull(const PullPlan& plan) {
  std::string line = fmt::format("{} from {}", plan.name, plan.source);
  if (plan.bytes > 0) line += fmt::format(", {}", human_bytes(plan.bytes));
  if (plan.missing_bytes < plan.bytes) line += fmt::format(" of which {} are missing", human_bytes(plan.missing_bytes));
  notice(line);
  if (!plan.store.empty()) notice(fmt::format("  it is on this disk already, in the store of {}", plan.store));
  if (!plan.quantization.empty() || !plan.reason.empty()) notice(fmt::format("  {}", plan.reason));
  if (!plan.license.empty()) {
    std::string license = fmt::format("  licence: {}", plan.license);
    if (!plan.terms.empty()) license += fmt::format(" ({})", plan.terms);
    if (!plan.commercial) license += "; no commercial use";
    notice(license);
  }
  if (!plan.fits) notice("  it does not fit into the memory that is free now");
}

std::string pull_with_progress(PullRequest request, const PullPlan& plan, bool quiet) {
  const InterruptScope interrupt(SecondInterrupt::kExits);
  request.cancel = &InterruptScope::requested();
  PullProgressLines lines(quiet);
  return pull(request, plan, [&](const PullProgress& progress) { lines.show(progress); });
}

std::string obtain_model(const std::string& name, bool yes) {
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored)) return name;
  if (const auto path = find_model(name)) return *path;
  if (!is_model_name(name) || (!yes && !can_ask())) {
    try {
      return locate_model(name);
    } catch (const Error& error) {
      if (!is_model_name(name)) throw;
      throw Error(error.code(), error.message(), error.hint() + "; --yes does so at once");
    }
  }
  PullRequest request;
  request.name = name;
  const PullPlan plan = plan_pull(request);
  announce_pull(plan);
  if (!yes && !ask(fmt::format("{} is not on this disk. Fetch it?", name))) {
    throw Error(ErrorCode::kCancelled, fmt::format("{} was not fetched", name));
  }
  return pull_with_progress(request, plan, false);
}

}  // namespace hearth::cli
