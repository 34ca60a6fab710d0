#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>

#include "cli/answer_json.h"
#include "cli/command_line.h"
#include "cli/constraint_flags.h"
#include "cli/generation_flags.h"
#include "cli/human.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/model_choice.h"
#include "cli/model_flags.h"
#include "cli/notice.h"
#include "cli/obtain_model.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/prompt_request.h"
#include "cli/verbs.h"

namespace hearth::cli {
namespace {

struct RunFlags {
  std::optional<std::string> model, prompt, system;
  bool yes = false, raw = false, parse_special = false, stats = false, as_json = false;
  ModelFlags model_flags;
  GenerationFlags generation;
  ConstraintFlags constraint;
};

CommandLine run_command_line(RunFlags& flags) {
  CommandLine line(
      "run", "[MODEL] [PROMPT…]",
      "Answers one prompt. The answer goes to stdout as it is made and nothing else does; notices go to stderr.\n"
      "The prompt is the words, or -p, or standard input; input from a pipe or file is put behind the words.\n"
      "MODEL is a name (qwen2.5:0.5b), a GGUF file or a Hugging Face folder. Without it: HEARTH_MODEL, the project's "
      ".env, the config,\n"
      "the model used last. Ctrl-C stops the answer.",
      "hearth run model.gguf \"Why is the sky blue?\"\n"
      "hearth run model.gguf -p \"Once upon a time\" --raw -n 100 --temp 0\n"
      "cat notes.txt | hearth run model.gguf -p \"Summarise:\"\n"
      "hearth run model.gguf \"Invent a person\" --json-schema person.json\n"
      "hearth run --json --seed 7 Name a colour");
  line.heading("Prompt");
  line.value("-m,--model", "MODEL", "The model; all words are then the prompt", flags.model);
  line.value("-p,--prompt", "TEXT", "The prompt", flags.prompt);
  line.value("--system", "TEXT", "What the model is told before the conversation", flags.system);
  line.toggle("--raw", "Leave the chat template out and continue the text", flags.raw);
  line.toggle("--parse-special", "With --raw: names of control tokens are these tokens", flags.parse_special);
  line.toggle("-y,--yes", "Fetch the model without asking when it is not on this disk", flags.yes);
  flags.constraint.add_to(line);
  flags.generation.add_to(line);
  flags.model_flags.add_to(line);
  line.heading("Output");
  line.toggle("--stats", "Tokens, speed, memory and seed on stderr", flags.stats);
  line.toggle("--json", "One JSON object: text, ids, finish_reason, seed, stats, model", flags.as_json);
  return line;
}

std::string read_prompt(const CommandLine& line, const RunFlags& flags, const std::vector<std::string>& words) {
  if (flags.prompt && !words.empty()) {
    line.fail(fmt::format("the prompt is given twice: by -p and by '{}'", fmt::join(words, " ")));
  }
  const bool has_words = flags.prompt || !words.empty();
  std::string prompt = flags.prompt ? *flags.prompt : fmt::format("{}", fmt::join(words, " "));
  if (!has_words && input_is_terminal()) line.fail("there is no prompt; give words, -p TEXT or standard input");
  if (has_words && !input_is_fed()) return prompt;
  const std::string input = read_input();
  if (prompt.empty() || input.empty()) return prompt + input;
  return prompt + "\n\n" + input;
}

void print_stats(const Model& model, const Generation& answer) {
  dim_notice(fmt::format("{}, {} memory", answer_stats(answer), human_bytes(model.memory_bytes())));
}

}  // namespace

int run_verb(const Arguments& arguments) {
  RunFlags flags;
  CommandLine line = run_command_line(flags);
  if (!line.parse(arguments)) return kDone;
  flags.generation.check();
  if (flags.parse_special && !flags.raw) line.fail("--parse-special needs --raw");
  if (flags.raw && flags.system) line.fail("--raw leaves the chat template out, and --system with it");

  const Constraint constraint = flags.constraint.resolve(line);
  const auto settings = hearth::settings(flags.model_flags.given());
  const ModelChoice choice = choose_model(flags.model, line.words(), default_model(), is_model_name);
  PromptText text;
  text.prompt = read_prompt(line, flags, choice.words);
  text.system = flags.system ? *flags.system : flags.raw ? "" : setting_value(settings, "system");
  text.raw = flags.raw;
  text.parse_special = flags.parse_special;
  if (!choice.origin.empty()) notice(choice_notice(choice));

  const std::string path = obtain_model(choice.path, flags.yes);
  Model model = load_generator(path, settings);
  const std::string about = flags.raw ? "" : continues_text_notice(model.info());
  if (!about.empty()) notice(about);

  GenerateRequest request = make_request(model, text);
  flags.generation.resolve(model.default_sampling(), settings).put_into(request);
  request.constraint = constraint;
  const InterruptScope interrupt(SecondInterrupt::kExits);
  request.cancel = &InterruptScope::requested();

  Output& out = standard_output();
  const Generation answer = model.generate(request, [&](std::string_view piece) {
    if (!flags.as_json) {
      out.text(piece);
      out.flush();
    }
    return true;
  });
  if (flags.as_json) out.raw(to_json_text(answer_json(answer, path)) + "\n");
  // On a terminal the prompt of the shell belongs on a line of its own; in a pipe the answer stays as it is.
  if (!flags.as_json && out.is_terminal() && !out.at_line_start()) out.raw("\n");
  out.flush();
  if (flags.stats) print_stats(model, answer);
  return answer.finish_reason == FinishReason::kCancelled ? kInterrupted : kDone;
}

}  // namespace hearth::cli
