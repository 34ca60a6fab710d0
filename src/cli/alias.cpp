#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

void print_aliases(const std::map<std::string, std::string>& all, bool as_json) {
  json::object object;
  std::string text;
  for (const auto& [alias, target] : all) {
    object[json_string(alias)] = json_string(target);
    text += fmt::format("{:<24}{}\n", alias, target);
  }
  if (text.empty()) text = "no aliases; 'hearth alias NAME MODEL' makes one\n";
  standard_output().text(as_json ? to_json_text(object) + "\n" : text);
}

}  // namespace

int alias_verb(const Arguments& arguments) {
  bool as_json = false;
  bool remove = false;
  CommandLine line(
      "alias", "[NAME MODEL]",
      "Gives a model a name of your own, which works wherever a model is named. Without arguments it lists\n"
      "them. MODEL is a name or a path.",
      "hearth alias helper qwen2.5:7b-q4_k_m\n"
      "hearth alias --remove helper\n"
      "hearth alias");
  line.toggle("--remove", "Forget NAME", remove);
  line.toggle("--json", "One JSON object: each alias and what it stands for", as_json);
  if (!line.parse(arguments)) return kDone;
  if (remove) {
    line.expect_words({"NAME"}, 1);
    if (!remove_alias(line.words()[0])) {
      throw Error(ErrorCode::kNotFound, fmt::format("there is no alias {}", line.words()[0]),
                  "'hearth alias' lists them");
    }
    return kDone;
  }
  line.expect_words({"NAME", "MODEL"}, line.words().empty() ? 0 : 2);
  if (!line.words().empty()) set_alias(line.words()[0], line.words()[1]);
  if (line.words().empty() || as_json) print_aliases(aliases(), as_json);
  return kDone;
}

}  // namespace hearth::cli
