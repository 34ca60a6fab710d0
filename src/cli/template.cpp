#include <optional>

#include "base/json.h"
#include "cli/command_line.h"
#include "cli/input.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"
#include "hearth/text.h"

namespace hearth::cli {
namespace {

std::string file_name(const std::string& path) { return path == "-" ? "standard input" : path; }

json::value read_json(const std::string& path) { return parse_json(read_file_or_input(path), file_name(path)); }

/// The messages alone, or an object that has them and perhaps tools and more.
void read_messages(const std::string& path, TemplateRequest& request) {
  const json::value value = read_json(path);
  if (value.is_array()) {
    request.messages_json = to_json_text(value);
    return;
  }
  const std::string name = file_name(path);
  const JsonObject object(value, name);
  const json::array* messages = object.array("messages");
  if (messages == nullptr) object.fail("messages", "is missing");
  request.messages_json = to_json_text(*messages);
  if (const json::array* tools = object.array("tools")) request.tools_json = to_json_text(*tools);
}

}  // namespace

int template_verb(const Arguments& arguments) {
  std::optional<std::string> messages, tools, extra, bos, eos;
  bool no_generation_prompt = false;
  CommandLine line(
      "template", "MODEL --messages FILE",
      "Prints the prompt that a conversation becomes, to the last byte. MODEL is a model, a .jinja file, or\n"
      "builtin:NAME (builtin:chatml). A FILE named '-' is standard input.",
      "hearth template model.gguf --messages chat.json\n"
      "echo '[{\"role\": \"user\", \"content\": \"Hi\"}]' | hearth template builtin:chatml --messages -\n"
      "hearth template chat.jinja --messages chat.json --tools tools.json --bos '<s>'");
  line.value("--messages", "FILE", "JSON: an array of messages, or {\"messages\": …, \"tools\": …}", messages);
  line.value("--tools", "FILE", "JSON: an array of tools", tools);
  line.value("--extra", "FILE", "JSON: an object of more variables for the template", extra);
  line.toggle("--no-generation-prompt", "Do not open the model's turn at the end", no_generation_prompt);
  line.value("--bos", "TEXT", "What bos_token is (default: the model's)", bos);
  line.value("--eos", "TEXT", "What eos_token is (default: the model's)", eos);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL"}, 1);
  if (!messages) line.fail("--messages FILE is missing");
  if (static_cast<int>(messages == "-") + static_cast<int>(tools == "-") + static_cast<int>(extra == "-") > 1) {
    line.fail("only one FILE can be standard input");
  }

  TemplateRequest request;
  read_messages(*messages, request);
  if (tools) request.tools_json = to_json_text(read_json(*tools));
  if (extra) request.extra_json = to_json_text(read_json(*extra));
  request.add_generation_prompt = !no_generation_prompt;
  request.bos = bos;
  request.eos = eos;
  const std::string& source = line.words()[0];
  const bool is_builtin = source.starts_with("builtin:");
  standard_output().text(render_template(is_builtin ? source : locate_model(source), request));
  return kDone;
}

}  // namespace hearth::cli
