#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/pull_progress.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

std::string line_of(const VerifiedFile& file) {
  if (file.expected.empty()) return fmt::format("no hash is stated: {} (SHA-256 {})\n", file.path, file.found);
  if (file.ok()) return fmt::format("right: {}, {}\n", file.path, human_bytes(file.bytes));
  return fmt::format("WRONG: {}: stated {}, found {}\n", file.path, file.expected, file.found);
}

json::object json_of(const std::string& model, const VerifiedFile& file) {
  return {{"model", json_string(model)},
          {"path", json_string(file.path)},
          {"bytes", file.bytes},
          {"expected", json_string(file.expected)},
          {"found", json_string(file.found)},
          {"ok", file.expected.empty() ? json::value(nullptr) : json::value(file.ok())}};
}

}  // namespace

int verify_verb(const Arguments& arguments) {
  bool as_json = false;
  bool all = false;
  CommandLine line(
      "verify", "[NAME…]",
      "Hashes models again and compares with what their store states (SHA-256; git's id for small files). The\n"
      "exit status is 1 when one is wrong.",
      "hearth verify qwen2.5:0.5b\n"
      "hearth verify --all --json");
  line.toggle("--all", "Every model on this disk", all);
  line.toggle("--json", "One JSON object a file: path, expected, found, ok", as_json);
  if (!line.parse(arguments)) return kDone;
  std::vector<std::string> names = line.words();
  if (names.empty() && !all) line.fail("name a model, or --all");
  if (all) {
    for (const LocalModel& model : local_models()) {
      if (model.problem.empty()) names.push_back(model.name);
    }
  }
  const InterruptScope interrupt(SecondInterrupt::kExits);
  bool all_right = true;
  for (const std::string& name : names) {
    PullProgressLines lines(false);
    const auto files =
        verify_model(name, &InterruptScope::requested(), [&](const PullProgress& progress) { lines.show(progress); });
    for (const VerifiedFile& file : files) {
      all_right = all_right && (file.expected.empty() || file.ok());
      standard_output().text(as_json ? to_json_text(json_of(name, file)) + "\n" : line_of(file));
    }
  }
  return all_right ? kDone : kFailed;
}

}  // namespace hearth::cli
