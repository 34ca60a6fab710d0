#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command_line.h"
#include "cli/input.h"
#include "cli/json_lines.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"
#include "hearth/text.h"

namespace hearth::cli {
namespace {

json::array ids_json(const std::vector<TokenId>& ids) {
  json::array array;
  array.reserve(ids.size());
  for (const TokenId id : ids) array.push_back(id);
  return array;
}

std::string tokens_json(const TextTokenizer& tokenizer, const std::vector<TokenId>& ids) {
  json::array tokens;
  for (const TokenId id : ids) tokens.push_back(json_string(tokenizer.token_text(id)));
  return to_json_text(json::object{{"ids", ids_json(ids)}, {"tokens", std::move(tokens)}});
}

}  // namespace

int tokenize_verb(const Arguments& arguments) {
  bool special = false, parse_special = false, as_json = false, json_lines = false;
  CommandLine line("tokenize", "MODEL [TEXT]",
                   "Prints the token ids of a text. MODEL is a GGUF file, a Hugging Face folder or a tokenizer.json.\n"
                   "Without TEXT, all of standard input is the text, to its last byte.",
                   "hearth tokenize model.gguf \"Hello there\"\n"
                   "hearth tokenize model.gguf --special --json \"Hello\"\n"
                   "printf '{\"text\": \"Hello\"}\\n' | hearth tokenize tokenizer.json --stdin-jsonl");
  line.toggle("--special", "Add BOS, EOS, CLS, SEP as the model does", special);
  line.toggle("--parse-special", "Names of control tokens in the text are these tokens", parse_special);
  line.toggle("--json", "One JSON object: ids and tokens", as_json);
  line.toggle("--stdin-jsonl", "Lines {\"text\": …} in, lines {\"ids\": […]} out", json_lines);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL", "TEXT"}, 1);
  if (json_lines && line.words().size() > 1) line.fail("TEXT and --stdin-jsonl exclude each other");

  const TextTokenizer tokenizer = TextTokenizer::load(locate_model(line.words()[0]));
  if (json_lines) {
    return answer_json_lines([&](const JsonObject& object) {
      const auto ids = tokenizer.encode(object.require_string("text"), special, parse_special);
      return to_json_text(json::object{{"ids", ids_json(ids)}});
    });
  }
  const std::string text = line.words().size() > 1 ? line.words()[1] : read_input();
  const auto ids = tokenizer.encode(text, special, parse_special);
  standard_output().raw(as_json ? tokens_json(tokenizer, ids) : fmt::format("{}", fmt::join(ids, " ")));
  standard_output().raw("\n");
  return kDone;
}

}  // namespace hearth::cli
