#include <optional>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/convert.h"
#include "hearth/system.h"

namespace hearth::cli {

int import_verb(const Arguments& arguments) {
  std::optional<std::string> name;
  bool copy = false;
  bool move = false;
  bool replace = false;
  bool as_json = false;
  CommandLine line(
      "import", "FILE --name N",
      "Puts a GGUF file or a Hugging Face folder under a name: by a link, so that nothing is stored twice.",
      "hearth import ~/Downloads/model.q4_k_m.gguf --name my-model\n"
      "hearth import ./Qwen2.5-0.5B-Instruct --name qwen-small --copy");
  line.value("--name,-n", "N", "The name: letters, digits, '.', '_', '-', and ':' before a tag", name);
  line.toggle("--copy", "Copy it into the models folder; without this the original must stay where it is", copy);
  line.toggle("--move", "Move it into the models folder", move);
  line.toggle("--force,-f", "Replace what has that name", replace);
  line.toggle("--json", "One JSON object: name, path", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"FILE"}, 1);
  if (!name) line.fail("--name is missing");
  if (copy && move) line.fail("--copy and --move exclude each other");

  const ImportMode mode = copy ? ImportMode::kCopy : move ? ImportMode::kMove : ImportMode::kLink;
  const std::string path = import_model(line.words()[0], *name, paths().models_folder, mode, replace);
  if (as_json) {
    standard_output().raw(to_json_text(json::object{{"name", json_string(*name)}, {"path", json_string(path)}}) + "\n");
  } else {
    standard_output().text(*name + "  " + path + "\n");
  }
  return kDone;
}

}  // namespace hearth::cli
