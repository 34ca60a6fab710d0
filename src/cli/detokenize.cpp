#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command_line.h"
#include "cli/input.h"
#include "cli/json_lines.h"
#include "cli/json_text.h"
#include "cli/numbers.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"
#include "hearth/text.h"

namespace hearth::cli {
namespace {

std::string text_json(const std::string& text) { return to_json_text(json::object{{"text", json_string(text)}}); }

}  // namespace

int detokenize_verb(const Arguments& arguments) {
  bool skip_special = false, as_json = false, json_lines = false;
  CommandLine line("detokenize", "MODEL [IDS…]",
                   "Prints the text of token ids, byte for byte and without a line end of its own.\n"
                   "Without IDS they are read from standard input.",
                   "hearth detokenize model.gguf 15043 727\n"
                   "hearth detokenize model.gguf 15043,727 --json\n"
                   "printf '{\"ids\": [15043]}\\n' | hearth detokenize tokenizer.json --stdin-jsonl");
  line.toggle("--skip-special", "Leave control tokens out", skip_special);
  line.toggle("--json", "One JSON object: text (bytes that are no UTF-8 become U+FFFD)", as_json);
  line.toggle("--stdin-jsonl", "Lines {\"ids\": […]} in, lines {\"text\": …} out", json_lines);
  if (!line.parse(arguments)) return kDone;
  const auto& words = line.words();
  if (words.empty()) line.fail("MODEL is missing");
  if (json_lines && words.size() > 1) line.fail("IDS and --stdin-jsonl exclude each other");

  std::vector<TokenId> ids;
  if (!json_lines) {
    const std::string text =
        words.size() > 1 ? fmt::format("{}", fmt::join(words.begin() + 1, words.end(), " ")) : read_input();
    ids = parse_ids(text, "an id");
  }
  const TextTokenizer tokenizer = TextTokenizer::load(locate_model(words[0]));
  if (json_lines) {
    return answer_json_lines(
        [&](const JsonObject& object) { return text_json(tokenizer.decode(require_ids(object), skip_special)); });
  }
  const std::string text = tokenizer.decode(ids, skip_special);
  Output& out = standard_output();
  if (as_json) {
    out.raw(text_json(text) + "\n");
    return kDone;
  }
  out.text(text);
  if (out.is_terminal() && !out.at_line_start()) out.raw("\n");
  return kDone;
}

}  // namespace hearth::cli
