#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/terminal_text.h"
#include "cli/verbs.h"
#include "hearth/client.h"

namespace hearth::cli {

int stop_verb(const Arguments& arguments) {
  bool as_json = false;
  CommandLine line("stop", "MODEL…",
                   "Tells a running server to let models go: each goes when the requests that use it have ended,\n"
                   "and loads again when it is next asked. HEARTH_HOST (or OLLAMA_HOST) says where the server is.",
                   "hearth stop qwen2.5:0.5b\n"
                   "hearth stop --json tiny");
  line.toggle("--json", "One JSON object a model: stopped", as_json);
  if (!line.parse(arguments)) return kDone;
  if (line.words().empty()) line.fail("MODEL is missing");
  const ServerClient server;
  for (const std::string& name : line.words()) {
    server.stop_model(name);
    standard_output().text(as_json ? to_json_text(json::object{{"stopped", json_string(name)}}) + "\n"
                                   : fmt::format("stopped {}\n", one_line(name)));
  }
  return kDone;
}

}  // namespace hearth::cli
