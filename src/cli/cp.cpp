#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {

int cp_verb(const Arguments& arguments) {
  bool as_json = false;
  CommandLine line(
      "cp", "MODEL NAME",
      "Gives a model that is on this disk a second name, without copying its weights. The new name stands for\n"
      "that very file, also when the old name comes to mean another one.",
      "hearth cp llama3.2:3b my-assistant");
  line.toggle("--json", "One JSON object: name, path", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL", "NAME"}, 2);
  const std::string path = locate_model(line.words()[0]);
  set_alias(line.words()[1], path);
  if (as_json) {
    standard_output().raw(
        to_json_text(json::object{{"name", json_string(line.words()[1])}, {"path", json_string(path)}}) + "\n");
  }
  return kDone;
}

}  // namespace hearth::cli
