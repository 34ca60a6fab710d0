#include <fmt/format.h>

#include <optional>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/local_model_json.h"
#include "cli/model_report.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {

int fits_verb(const Arguments& arguments) {
  bool as_json = false;
  std::optional<std::int64_t> context;
  CommandLine line(
      "fits", "NAME",
      "Tells whether a model fits into the memory that is free, with the numbers. NAME is on this disk or in the\n"
      "catalog; for the latter sizes are estimates. The exit status is 0 for yes and 1 for no.",
      "hearth fits llama3.2:3b\n"
      "hearth fits mistral --ctx 32768 --json");
  line.integer("--ctx,--context", "N", "Tokens of context", context, 0);
  line.toggle("--json", "One JSON object", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"NAME"}, 1);

  const FitReport fit = check_fit(line.words()[0], context.value_or(0));
  if (as_json) {
    standard_output().raw(to_json_text(fit_json(fit)) + "\n");
    return fit.fits ? kDone : kFailed;
  }
  const std::string about = fit.is_estimate ? "about " : "";
  std::string text = fmt::format("{}: {}{} needs {}{} at {} tokens, {} are free\n", fit.fits ? "yes" : "no", fit.name,
                                 fit.quantization.empty() ? "" : " in " + fit.quantization, about,
                                 human_bytes(fit.need.total()), fit.context, human_bytes(fit.memory_available));
  text += memory_text(fit.need) + "\n";
  if (fit.tokens_per_second > 0) {
    text += fmt::format("an answer comes at about {} tokens/s, as fast as the memory is read\n",
                        human_rate(fit.tokens_per_second));
  }
  standard_output().text(text);
  return fit.fits ? kDone : kFailed;
}

}  // namespace hearth::cli
