#include <fmt/format.h>

#include <optional>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/local_model_json.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/purpose.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

constexpr std::size_t kUsualCount = 5;

}  // namespace

int recommend_verb(const Arguments& arguments) {
  bool as_json = false;
  std::optional<std::string> purpose, environment;
  std::optional<std::int64_t> context, count;
  CommandLine line(
      "recommend", "",
      "Ranks the catalog's models for this machine: what fits into the free memory with its context, and how\n"
      "fast it answers at the memory bandwidth measured now. production wants the most capable one that answers\n"
      "as fast as one reads; dev one that answers at once.",
      "hearth recommend\n"
      "hearth recommend --for code --env dev\n"
      "hearth recommend --for embed --json");
  line.value("--for", "PURPOSE", "chat (default), code, embed or shell", purpose);
  line.value("--env", "ENV", "production (default) or dev", environment);
  line.integer("--ctx,--context", "N", "Tokens of context that are wanted", context, 0);
  line.integer("-n,--count", "N", "How many (default 5; 0: all)", count, 0, 1000);
  line.toggle("--json", "One JSON object a model, best first", as_json);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({}, 0);
  check_purpose(line, purpose);
  if (environment && *environment != "production" && *environment != "dev") line.fail("--env takes production or dev");

  auto found = recommend_models(purpose.value_or("chat"), environment != "dev", context.value_or(0));
  const auto wanted = static_cast<std::size_t>(count.value_or(kUsualCount));
  if (wanted > 0 && found.size() > wanted) found.resize(wanted);
  for (const Recommendation& one : found) {
    if (as_json) {
      json::object object = catalog_model_json(one.model);
      object["fit"] = fit_json(one.fit);
      object["why"] = json_string(one.why);
      standard_output().raw(to_json_text(object) + "\n");
    } else {
      standard_output().text(fmt::format("{:<20}  {}\n", one.model.name, one.why));
    }
  }
  if (found.empty() && !as_json) standard_output().text("nothing in the catalog does that\n");
  if (!found.empty() && !as_json && found.front().fit.fits) {
    const Recommendation& first = found.front();
    const std::string which = first.model.quantizations.size() > 1 ? "-" + first.fit.quantization : "";
    standard_output().text(fmt::format("\n'hearth pull {}{}' fetches the first\n", first.model.name, which));
  }
  return found.empty() || !found.front().fit.fits ? kFailed : kDone;
}

}  // namespace hearth::cli
