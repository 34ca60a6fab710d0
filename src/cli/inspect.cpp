#include <optional>

#include "cli/command_line.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/model_report.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"
#include "hearth/model.h"

namespace hearth::cli {

int inspect_verb(const Arguments& arguments) {
  bool tensors = false, metadata = false, as_json = false;
  ModelFlags flags;
  CommandLine line("inspect", "FILE",
                   "Tells what a model file or folder holds and what running it needs, without loading its weights.",
                   "hearth inspect model.gguf\n"
                   "hearth inspect model.gguf --tensors\n"
                   "hearth inspect model.gguf --ctx 32768 --json");
  line.toggle("--tensors", "List every tensor", tensors);
  line.toggle("--metadata", "List every key and value of the file", metadata);
  line.toggle("--json", "One JSON object", as_json);
  flags.add_memory_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"FILE"}, 1);

  const auto settings = hearth::settings(flags.given());
  const ModelOptions options = model_options(settings);
  const FileReport report = hearth::inspect(locate_model(line.words()[0]));
  const std::int64_t context = options.context > 0 ? options.context : usual_context(report.info);
  const MemoryNeed need = memory_need(report.info, context, options.kv_type);
  Output& out = standard_output();
  if (as_json) {
    json::object object = model_json(report.info);
    object["memory"] = memory_json(need, context);
    if (!report.problem.empty()) object["problem"] = report.problem;
    if (tensors) object["tensors"] = tensors_json(report.tensors);
    if (metadata) object["metadata"] = metadata_json(report);
    out.raw(to_json_text(object) + "\n");
    return kDone;
  }
  out.text(report.problem.empty() ? model_lines(report.info, context, need) : foreign_lines(report));
  if (metadata) out.text("\n" + metadata_lines(report));
  if (tensors) out.text("\n" + tensor_lines(report.tensors));
  return kDone;
}

}  // namespace hearth::cli
