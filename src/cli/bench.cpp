#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cli/benchmark_report.h"
#include "cli/command_line.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/model_flags.h"
#include "cli/notice.h"
#include "cli/numbers.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/benchmark.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

struct BenchFlags {
  std::optional<std::string> n_prompt, n_gen, depth, batch, threads;
  std::optional<std::int64_t> repeat;
  bool as_json = false, as_markdown = false;
  ModelFlags model_flags;
};

CommandLine bench_command_line(BenchFlags& flags) {
  CommandLine line(
      "bench", "MODEL",
      "Measures how fast MODEL reads prompts (pp), writes an answer (tg) or several together (--batch), behind so "
      "many\n"
      "tokens (--depth), and how near that is to what this machine can do: answers read all weights for each token, "
      "so\n"
      "memory limits them; prompts are limited by arithmetic. Of an embedding model: texts of so many tokens (-p), so\n"
      "many at a time (--batch). Each test runs once to warm up, then --repeat times; tokens/s is the median.\n"
      "Lists have commas.",
      "hearth bench model.gguf\n"
      "hearth bench model.gguf -p 512,4096 -n 128 --depth 0,8192\n"
      "hearth bench model.gguf -p 0 -n 64 --batch 1,2,4,8,16,32 --json");
  line.heading("Tests");
  line.value("-p,--n-prompt", "N,…", "Tokens of a prompt (512, or as many as fit; 0: leave that out)", flags.n_prompt);
  line.value("-n,--n-gen", "N,…", "Tokens of an answer (128, or as many as fit; 0: leave that out)", flags.n_gen);
  line.value("-d,--depth", "N,…", "Tokens that were read before (0)", flags.depth);
  line.value("-b,--batch", "N,…", "Answers written together (1)", flags.batch);
  line.value("-t,--threads", "N,…", "Threads that compute (0: one per core)", flags.threads);
  line.integer("-r,--repeat", "N", "Measurements of each test (5)", flags.repeat, 1, 10'000);
  flags.model_flags.add_without_threads_to(line);
  line.heading("Output");
  line.toggle("--json", "One JSON object: model, machine, results", flags.as_json);
  line.toggle("--markdown", "A table for a document", flags.as_markdown);
  return line;
}

/// "512,4096" over the default; each from `minimum` on.
template <typename T>
void read_list(const std::optional<std::string>& text, const char* flag, std::int64_t minimum, std::int64_t maximum,
               std::vector<T>& values) {
  if (!text) return;
  values.clear();
  for (std::size_t begin = 0; begin <= text->size();) {
    const std::size_t end = std::min(text->find(',', begin), text->size());
    values.push_back(
        static_cast<T>(parse_integer(std::string_view(*text).substr(begin, end - begin), flag, minimum, maximum)));
    begin = end + 1;
  }
}

BenchmarkPlan read_plan(const BenchFlags& flags, const std::vector<Setting>& settings) {
  BenchmarkPlan plan;
  plan.threads = {static_cast<int>(parse_integer(setting_value(settings, "threads"), "threads"))};
  read_list(flags.n_prompt, "-p", 0, kMost, plan.n_prompt);
  read_list(flags.n_gen, "-n", 0, kMost, plan.n_gen);
  read_list(flags.depth, "--depth", 0, kMost, plan.depth);
  read_list(flags.batch, "--batch", 1, 4096, plan.batch);
  read_list(flags.threads, "--threads", 0, 1024, plan.threads);
  plan.repeat = flags.repeat.value_or(plan.repeat);
  return plan;
}

/// What nobody asked for is made to fit: `context` tokens, behind the greatest depth.
void fit_usual_tests(BenchmarkPlan& plan, const BenchFlags& flags, std::int64_t context) {
  const std::int64_t depth = *std::max_element(plan.depth.begin(), plan.depth.end());
  const auto fit = [](std::int64_t& tokens, std::int64_t most) {
    if (most > 0) tokens = std::min(tokens, most);  // else the depth alone is too much, which is told
  };
  if (!flags.n_prompt) fit(plan.n_prompt.front(), context - depth);
  if (!flags.n_gen) fit(plan.n_gen.front(), context - std::max<std::int64_t>(depth, 1));
}

}  // namespace

int bench_verb(const Arguments& arguments) {
  BenchFlags flags;
  CommandLine line = bench_command_line(flags);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL"}, 1);
  if (flags.as_json && flags.as_markdown) line.fail("--json and --markdown are two outputs; give one of them");

  const auto settings = hearth::settings(flags.model_flags.given());
  BenchmarkPlan plan = read_plan(flags, settings);
  use_cpu_setting(settings);
  const std::string path = locate_model(line.words()[0]);
  const FileReport file = inspect(path);
  if (file.problem.empty() && file.info.is_encoder && (flags.n_gen || flags.depth)) {
    line.fail(fmt::format("{} is an embedding model: it has no {}", path, flags.n_gen ? "-n" : "--depth"));
  }

  ModelOptions options = model_options(settings);
  if (file.problem.empty()) {
    fit_usual_tests(plan, flags, options.context > 0 ? options.context : file.info.context_length);
  }
  const InterruptScope interrupt(SecondInterrupt::kExits);
  plan.cancel = &InterruptScope::requested();
  const bool as_table = !flags.as_json && !flags.as_markdown;
  const SystemReport system = system_report();
  Output& out = standard_output();
  BenchmarkEvents events;
  events.on_progress = [](std::string_view doing) { progress(doing); };
  if (as_table) {
    events.on_loaded = [&](const BenchmarkReport& report) {
      progress("");
      out.text(benchmark_heading(report, system) + "\n" + benchmark_head());
      out.flush();
    };
    events.on_result = [&](const BenchmarkResult& result) {
      progress("");
      out.text(benchmark_row(result));
      out.flush();
    };
  }
  try {
    const BenchmarkReport report = benchmark(path, options, plan, events);
    progress("");
    if (flags.as_json) out.raw(to_json_text(benchmark_json(report, system)) + "\n");
    if (flags.as_markdown) out.text(benchmark_markdown(report, system));
  } catch (...) {
    progress("");
    throw;
  }
  return kDone;
}

}  // namespace hearth::cli
