#include <fmt/format.h>

#include <optional>

#include "cli/command_line.h"
#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/notice.h"
#include "cli/obtain_model.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

json::object plan_json(const PullPlan& plan, const std::string& path) {
  json::array files;
  for (const PullFile& file : plan.files) {
    files.push_back({{"name", json_string(file.name)},
                     {"bytes", file.bytes},
                     {"id", json_string(file.id)},
                     {"present", file.present}});
  }
  return {{"name", json_string(plan.name)},
          {"path", json_string(path)},
          {"source", json_string(plan.source)},
          {"repository", json_string(plan.repository)},
          {"revision", json_string(plan.revision)},
          {"commit", json_string(plan.commit)},
          {"quantization", json_string(plan.quantization)},
          {"reason", json_string(plan.reason)},
          {"fits", plan.fits},
          {"store", plan.store.empty() ? json::value(nullptr) : json_string(plan.store)},
          {"license", json_string(plan.license)},
          {"commercial", plan.commercial},
          {"bytes", plan.bytes},
          {"fetched_bytes", plan.missing_bytes},
          {"files", std::move(files)}};
}

/// A file that came whole may still be one that Hearth cannot run; better known now than later.
void warn_if_useless(const std::string& path) {
  try {
    const FileReport report = inspect(path);
    if (!report.problem.empty()) notice(fmt::format("fetched, but Hearth cannot run it: {}", report.problem));
  } catch (const Error& error) {
    notice(fmt::format("fetched, but Hearth cannot read it: {}", error.message()));
  }
}

}  // namespace

int pull_verb(const Arguments& arguments) {
  bool as_json = false;
  bool dry_run = false;
  bool quiet = false;
  std::optional<std::string> quantization, revision;
  std::optional<std::int64_t> context, connections;
  CommandLine line(
      "pull", "NAME…",
      "Fetches models. NAME is one of 'hearth search', OWNER/REPO[:QUANT] of the hub, hf://OWNER/REPO or the\n"
      "https address of a GGUF file. Without a quantisation the best that fits into the free memory is taken.\n"
      "What was interrupted goes on where it was; what is on this disk is not fetched again. They lie in\n"
      "Hugging Face's cache (HF_HOME), where other programs find them. HF_TOKEN opens what is gated or\n"
      "private, HF_ENDPOINT names a mirror.",
      "hearth pull qwen2.5:0.5b\n"
      "hearth pull llama3.2:1b --quant Q4_K_M\n"
      "hearth pull Qwen/Qwen3-0.6B-GGUF:Q8_0\n"
      "hearth pull --dry-run --json mistral");
  line.value("--quant", "TYPE", "The quantisation: Q8_0, Q6_K, Q5_K_M, Q4_K_M …", quantization);
  line.value("--revision", "REV", "Branch, tag or commit", revision);
  line.integer("--ctx,--context", "N", "Tokens of context that shall fit with it", context, 0);
  line.integer("--connections", "N", "Connections at once (default 6)", connections, 1, 64);
  line.toggle("--dry-run", "Only tell what would be fetched", dry_run);
  line.toggle("-q,--quiet", "No progress", quiet);
  line.toggle("--json", "One JSON object a model: name, path, files, bytes …", as_json);
  if (!line.parse(arguments)) return kDone;
  if (line.words().empty()) line.fail("NAME is missing");

  for (const std::string& name : line.words()) {
    PullRequest request;
    request.name = name;
    request.quantization = quantization.value_or("");
    request.revision = revision.value_or("");
    request.context = context.value_or(0);
    request.connections = static_cast<int>(connections.value_or(6));
    const PullPlan plan = plan_pull(request);
    if (!quiet) announce_pull(plan);
    std::string path = plan.path;
    if (!dry_run) {
      path = pull_with_progress(request, plan, quiet);
      warn_if_useless(path);
    }
    standard_output().text(as_json ? to_json_text(plan_json(plan, path)) + "\n" : dry_run ? "" : path + "\n");
    standard_output().flush();
  }
  return kDone;
}

}  // namespace hearth::cli
