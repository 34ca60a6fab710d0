#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/system.h"

namespace hearth::cli {

int version_verb(const Arguments& arguments) {
  bool as_json = false;
  CommandLine line("version", "", "Prints the version of Hearth.", "hearth version --json");
  line.toggle("--json", "One JSON object: version", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({}, 0);
  const std::string version = system_report().version;
  standard_output().raw(as_json ? to_json_text(json::object{{"version", json_string(version)}}) + "\n"
                                : fmt::format("hearth {}\n", version));
  return kDone;
}

}  // namespace hearth::cli
