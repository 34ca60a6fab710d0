#include <fmt/format.h>

#include <optional>

#include "cli/command_line.h"
#include "cli/embedding_flags.h"
#include "cli/input.h"
#include "cli/json_lines.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/numbers.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/model.h"

namespace hearth::cli {
namespace {

std::string embedding_json(const std::vector<float>& embedding) {
  return fmt::format("{{\"embedding\": {}}}", floats_to_json_text(embedding));
}

std::string plain_line(const std::vector<float>& embedding) {
  std::string text;
  for (const float value : embedding) text += fmt::format("{}{:.9g}", text.empty() ? "" : " ", value);
  return text;
}

/// A line has a text or ids.
std::string answer_line(Model& model, const EmbedOptions& options, const JsonObject& line) {
  const auto text = line.string("text");
  const bool has_ids = line.find("ids") != nullptr;
  if (text && has_ids) line.fail("text", "and ids exclude each other");
  if (!text && !has_ids) line.fail("text", "is missing (or ids)");
  return embedding_json(text ? model.embed(*text, options) : model.embed_ids(require_ids(line), options));
}

}  // namespace

int embed_verb(const Arguments& arguments) {
  std::optional<std::string> ids_text;
  bool no_prompt = false, no_normalize = false, as_json = false, json_lines = false;
  EmbeddingFlags embedding;
  ModelFlags model_flags;
  CommandLine line("embed", "MODEL [TEXT…]",
                   "Turns each TEXT into a vector, a line each. Without TEXT, all of standard input is one text.",
                   "hearth embed model.gguf \"a red car\" \"a crimson automobile\" --json\n"
                   "hearth embed jina-v3/ --task retrieval.query --dimensions 256 \"Where is the key?\"\n"
                   "hearth embed model.gguf --stdin-jsonl < texts.jsonl > vectors.jsonl");
  embedding.add_to(line);
  line.toggle("--no-prompt", "Leave out the prompt that the model puts before texts of this task", no_prompt);
  line.toggle("--no-normalize", "Do not scale the vector to length 1", no_normalize);
  line.value("--ids", "IDS", "Token ids instead of a text, taken as they are: 1,2,3", ids_text);
  line.toggle("--json", "Lines {\"embedding\": […]} instead of plain numbers", as_json);
  line.toggle("--stdin-jsonl", "Lines {\"text\": …} or {\"ids\": […]} in, lines {\"embedding\": […]} out", json_lines);
  model_flags.add_to(line);
  if (!line.parse(arguments)) return kDone;
  const auto& words = line.words();
  if (words.empty()) line.fail("MODEL is missing");
  const std::vector<std::string> texts(words.begin() + 1, words.end());
  if (static_cast<int>(json_lines) + static_cast<int>(ids_text.has_value()) + static_cast<int>(!texts.empty()) > 1) {
    line.fail("TEXT, --ids and --stdin-jsonl exclude each other");
  }
  const auto ids = parse_ids(ids_text.value_or(""), "--ids");
  if (ids_text && ids.empty()) line.fail("--ids holds no id");

  EmbedOptions options = embedding.options();
  options.prompt = !no_prompt;
  options.normalize = !no_normalize;
  Model model = load_model(words[0], settings(model_flags.given()));
  if (json_lines) {
    return answer_json_lines([&](const JsonObject& object) { return answer_line(model, options, object); });
  }
  const auto print = [&](const std::vector<float>& vector) {
    standard_output().raw((as_json ? embedding_json(vector) : plain_line(vector)) + "\n");
    standard_output().flush();
  };
  if (ids_text) {
    print(model.embed_ids(ids, options));
  } else if (texts.empty()) {
    print(model.embed(read_input(), options));
  }
  for (const std::string& text : texts) print(model.embed(text, options));
  return kDone;
}

}  // namespace hearth::cli
