#include <fmt/format.h>

#include <optional>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/notice.h"
#include "cli/numbers.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/model.h"

namespace hearth::cli {

int logits_verb(const Arguments& arguments) {
  std::optional<std::string> ids_text, file, task;
  std::optional<std::int64_t> chunk;
  bool as_json = false;
  ModelFlags model_flags;
  CommandLine line(
      "logits", "MODEL --ids IDS --out FILE",
      "Writes what a model computes for token ids, taken as they are, to a safetensors file: the tensor 'logits'\n"
      "F32 [tokens, vocabulary], or for encoders 'hidden' F32 [tokens, width].",
      "hearth logits model.gguf --ids 1,15043,29892 --out logits.safetensors\n"
      "hearth logits model.gguf --ids 1,2,3 --chunk 1 --exact --out logits.safetensors");
  line.value("--ids", "IDS", "Token ids: 1,2,3", ids_text);
  line.value("--out", "FILE", "The safetensors file to write", file);
  line.integer("--chunk", "N", "Evaluate N tokens at a time (default: all at once)", chunk, 1);
  line.value("--task", "NAME", "A task adapter of an embedding model", task);
  line.toggle("--json", "Print tensor, shape and file as JSON", as_json);
  model_flags.add_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL"}, 1);
  if (!ids_text) line.fail("--ids is missing");
  if (!file) line.fail("--out is missing");
  const auto ids = parse_ids(*ids_text, "--ids");
  if (ids.empty()) line.fail("--ids holds no id");

  Model model = load_model(line.words()[0], settings(model_flags.given()));
  const std::vector<float> values = model.evaluate(ids, task.value_or(""), chunk.value_or(0));
  const auto rows = static_cast<std::int64_t>(ids.size());
  const auto width = static_cast<std::int64_t>(values.size()) / rows;
  const char* name = model.info().is_encoder ? "hidden" : "logits";
  save_f32_tensor(*file, name, {rows, width}, values);
  if (as_json) {
    const json::object result = {{"tensor", name}, {"shape", {rows, width}}, {"file", json_string(*file)}};
    standard_output().raw(to_json_text(result) + "\n");
  } else {
    notice(fmt::format("{} [{}, {}] written to {}", name, rows, width, *file));
  }
  return kDone;
}

}  // namespace hearth::cli
