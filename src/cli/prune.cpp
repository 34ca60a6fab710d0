#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {

int prune_verb(const Arguments& arguments) {
  bool as_json = false;
  bool dry_run = false;
  CommandLine line(
      "prune", "",
      "Removes what is only in the way: interrupted downloads that no program is at, and weights that were\n"
      "packed for speed (they are made again when needed). No model is removed.",
      "hearth prune --dry-run\n"
      "hearth prune");
  line.toggle("--dry-run", "Only tell", dry_run);
  line.toggle("--json", "One JSON object a file: path, why, bytes", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({}, 0);

  std::uint64_t bytes = 0;
  for (const Pruned& pruned : prune_models(dry_run)) {
    bytes += pruned.bytes;
    standard_output().text(
        as_json ? to_json_text(json::object{
                      {"path", json_string(pruned.path)}, {"why", json_string(pruned.why)}, {"bytes", pruned.bytes}}) +
                      "\n"
                : fmt::format("{:>9}  {}: {}\n", human_bytes(pruned.bytes), pruned.path, pruned.why));
  }
  if (!as_json)
    standard_output().text(fmt::format("{} {}\n", human_bytes(bytes), dry_run ? "would be free" : "free now"));
  return kDone;
}

}  // namespace hearth::cli
