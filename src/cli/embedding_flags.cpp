#include "cli/embedding_flags.h"

namespace hearth::cli {

void EmbeddingFlags::add_to(CommandLine& line) {
  line.value("--task", "NAME", "A task adapter of the model, e.g. retrieval.query", task_);
  line.integer("--dimensions", "D", "Keep the first D dimensions (Matryoshka models)", dimensions_, 1);
}

EmbedOptions EmbeddingFlags::options() const {
  EmbedOptions options;
  options.task = task_.value_or("");
  options.dimensions = dimensions_.value_or(0);
  return options;
}

}  // namespace hearth::cli
