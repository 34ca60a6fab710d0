#include <fmt/format.h>

#include <optional>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/input.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/notice.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/model.h"

namespace hearth::cli {
namespace {

std::string as_json_text(const PerplexityResult& result) {
  json::object object = {{"perplexity", result.perplexity},
                         {"mean_nll", result.mean_nll},
                         {"tokens", result.tokens},
                         {"tokens_per_second", result.tokens_per_second}};
  if (result.mean_kl) object["mean_kl"] = *result.mean_kl;
  if (result.p99_kl) object["p99_kl"] = *result.p99_kl;
  if (result.same_top) object["same_top"] = *result.same_top;
  return to_json_text(object) + "\n";
}

std::string as_table(const PerplexityResult& result) {
  std::string text = fmt::format("perplexity     {:.4f}\n", result.perplexity);
  text += fmt::format("mean nll       {:.6f} nats a token\n", result.mean_nll);
  text += fmt::format("tokens         {}\n", result.tokens);
  text += fmt::format("speed          {} tokens/s\n", human_rate(result.tokens_per_second));
  if (result.mean_kl) text += fmt::format("mean KL        {:.6g} nats\n", *result.mean_kl);
  if (result.p99_kl) text += fmt::format("99 % KL        {:.6g} nats\n", *result.p99_kl);
  if (result.same_top) text += fmt::format("same best      {}\n", human_percent(*result.same_top));
  return text;
}

}  // namespace

int perplexity_verb(const Arguments& arguments) {
  std::optional<std::string> reference_path;
  bool as_json = false;
  ModelFlags model_flags;
  CommandLine line(
      "perplexity", "MODEL FILE",
      "Measures how well a model predicts a text (lower is better) and how fast. With --reference, also how far its\n"
      "predictions are from another model's: the Kullback-Leibler divergence, mean and 99th percentile.\n"
      "A FILE named '-' is standard input.",
      "hearth perplexity model.q4_0.gguf book.txt\n"
      "hearth perplexity model.q4_0.gguf book.txt --reference model.f16.gguf --ctx 512");
  line.value("--reference", "MODEL", "The model to compare with; both must have the same vocabulary", reference_path);
  line.toggle("--json", "One JSON object", as_json);
  model_flags.add_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL", "FILE"}, 2);

  const std::string text = read_file_or_input(line.words()[1]);
  const auto settings = hearth::settings(model_flags.given());
  Model model = load_model(line.words()[0], settings);
  std::optional<Model> reference;
  if (reference_path) reference.emplace(load_model(*reference_path, settings));
  const auto result = model.perplexity(
      text, reference ? &*reference : nullptr,
      [](std::int64_t done, std::int64_t total) { progress(fmt::format("{} of {} tokens", done, total)); });
  progress("");
  standard_output().raw(as_json ? as_json_text(result) : as_table(result));
  return kDone;
}

}  // namespace hearth::cli
