#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {

int rm_verb(const Arguments& arguments) {
  bool as_json = false;
  bool force = false;
  CommandLine line(
      "rm", "NAME…",
      "Removes models that Hearth fetched or imported, and aliases. What another program put on this disk is\n"
      "left alone, unless --force says otherwise. Files that another model needs as well stay.",
      "hearth rm qwen2.5:0.5b-q4_k_m\n"
      "hearth rm --force llama3.2:3b");
  line.toggle("-f,--force", "Also from another program's store", force);
  line.toggle("--json", "One JSON object a model: removed, bytes", as_json);
  if (!line.parse(arguments)) return kDone;
  if (line.words().empty()) line.fail("NAME is missing");
  for (const std::string& name : line.words()) {
    const Removed removed = remove_model(name, force);
    standard_output().text(
        as_json ? to_json_text(json::object{{"removed", json_string(removed.what)}, {"bytes", removed.bytes}}) + "\n"
                : fmt::format("removed {}, {} free\n", removed.what, human_bytes(removed.bytes)));
  }
  return kDone;
}

}  // namespace hearth::cli
