#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/embedding_flags.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/model.h"

namespace hearth::cli {

int similarity_verb(const Arguments& arguments) {
  bool as_json = false;
  EmbeddingFlags embedding;
  ModelFlags model_flags;
  CommandLine line("similarity", "MODEL A B",
                   "Prints how alike two texts are: the cosine of their vectors, 1 for the same direction, 0 for none.",
                   "hearth similarity model.gguf \"a red car\" \"a crimson automobile\"");
  embedding.add_to(line);
  line.toggle("--json", "One JSON object: similarity", as_json);
  model_flags.add_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL", "A", "B"}, 3);

  const EmbedOptions options = embedding.options();
  Model model = load_model(line.words()[0], settings(model_flags.given()));
  const auto a = model.embed(line.words()[1], options);
  const auto b = model.embed(line.words()[2], options);
  const double similarity = cosine_similarity(a, b);
  standard_output().raw(as_json ? to_json_text(json::object{{"similarity", similarity}}) + "\n"
                                : fmt::format("{:.4f}\n", similarity));
  return kDone;
}

}  // namespace hearth::cli
