#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/quote.h"
#include "cli/chat_commands.h"
#include "cli/chat_keeper.h"
#include "cli/chat_program.h"
#include "cli/chat_session.h"
#include "cli/command_line.h"
#include "cli/constraint_flags.h"
#include "cli/find_conversation.h"
#include "cli/generation_flags.h"
#include "cli/human.h"
#include "cli/input.h"
#include "cli/model_choice.h"
#include "cli/model_flags.h"
#include "cli/notice.h"
#include "cli/obtain_model.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/prompt_request.h"
#include "cli/terminal_reader.h"
#include "cli/verbs.h"

namespace hearth::cli {
namespace {

struct ChatFlags {
  std::optional<std::string> model, system;
  std::optional<std::string> resume;
  bool yes = false, as_json = false, no_save = false;
  ModelFlags model_flags;
  GenerationFlags generation;
  ConstraintFlags constraint;
};

CommandLine chat_command_line(ChatFlags& flags) {
  CommandLine line(
      "chat", "[MODEL]",
      "Holds a conversation. MODEL is a name (qwen2.5:0.5b), a GGUF file or a Hugging Face folder; without it: "
      "HEARTH_MODEL, the\n"
      "project's .env, the config, the model used last. /help lists the commands; Ctrl-C stops an answer.\n"
      "From a pipe, each line is a message and only the answers go to stdout.",
      "hearth chat model.gguf\n"
      "hearth chat model.gguf --system \"Answer in one sentence.\" --temp 0.2\n"
      "hearth chat --resume\n"
      "hearth chat --resume soup -m qwen2.5:7b\n"
      "printf 'Hello\\nWhat did I say?\\n' | hearth chat model.gguf");
  line.heading("Conversation");
  line.value("-m,--model", "MODEL", "The model, as the word MODEL", flags.model);
  line.toggle("-y,--yes", "Fetch the model without asking when it is not on this disk", flags.yes);
  line.value("--system", "TEXT", "What the model is told before the conversation", flags.system);
  line.optional_value("--resume", "[ID|TITLE]", "Go on with a kept conversation: the last one, or by id or title",
                      flags.resume);
  line.toggle("--no-save", "Do not keep this conversation", flags.no_save);
  line.toggle("--json", "Each answer as a JSON object on a line", flags.as_json);
  flags.constraint.add_to(line);
  flags.generation.add_to(line);
  flags.model_flags.add_to(line);
  return line;
}

void greet(const ChatSession& session) {
  const ModelInfo& info = session.model().info();
  notice(fmt::format("{} ({}, {} parameters, context {})", info.name.empty() ? session.model_path() : info.name,
                     info.architecture, human_count(info.parameters), session.model().context()));
  notice("/help lists the commands; Ctrl-D leaves");
}

/// nullptr: the conversation is not kept. Errors: StoreError where a kept one is asked for.
std::shared_ptr<ChatKeeper> open_keeper(const ChatFlags& flags) {
  if (flags.no_save) return nullptr;
  if (!flags.resume) return ChatKeeper::open();
  return std::make_shared<ChatKeeper>(ConversationStore::open(ConversationStore::usual_path()));
}

/// Prompts need a terminal to type at and one to show them on.
bool is_interactive() { return input_is_terminal() && (standard_output().is_terminal() || stderr_is_terminal()); }

}  // namespace

int chat_verb(const Arguments& arguments) {
  ChatFlags flags;
  CommandLine line = chat_command_line(flags);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"MODEL"}, 0);
  if (flags.model && !line.words().empty()) line.fail("the model is given twice");
  flags.generation.check();
  Constraint constraint = flags.constraint.resolve(line);

  const auto settings = hearth::settings(flags.model_flags.given());
  if (flags.resume && flags.no_save) line.fail("--resume goes on with what is kept, and --no-save keeps nothing");
  auto named = !line.words().empty() ? std::optional(line.words()[0]) : flags.model;
  const std::shared_ptr<ChatKeeper> keeper = open_keeper(flags);
  std::optional<Conversation> resumed;
  if (flags.resume) {
    resumed = find_conversation(keeper->store(), *flags.resume);
    if (!named && !resumed->model.empty()) named = resumed->model;
  }
  const ModelChoice choice = choose_model(named, {}, default_model(), is_model_name);
  const ChatStyle style{is_interactive(), flags.as_json};
  if (!choice.origin.empty()) notice(choice_notice(choice));

  const auto params_of = [&](const Model& model) {
    return flags.generation.resolve(model.default_sampling(), settings);
  };
  const auto change_model = [&](ChatSession& session, const std::string& name) {
    const std::string path = locate_model(name);
    Model model = load_generator(path, settings);
    const GenerationParams defaults = params_of(model);
    session.change_model(std::move(model), path, defaults);
    if (keeper != nullptr) keeper->set_model(name, path);
  };
  const std::string path = obtain_model(choice.path, flags.yes);
  Model model = load_generator(path, settings);
  const std::string about = continues_text_notice(model.info());
  if (!about.empty()) notice(about);

  GenerationParams params = params_of(model);
  ChatSession session(std::move(model), path, std::move(params),
                      flags.system ? *flags.system : setting_value(settings, "system"));
  session.set_constraint(std::move(constraint));
  if (keeper != nullptr) keeper->set_model(choice.path, path);
  if (resumed) {
    keeper->resume(*resumed, session);
    if (flags.system) session.set_system(*flags.system);
    notice(fmt::format("going on with {} ({} messages)", quote(resumed->title), session.messages().size()));
  }
  std::unique_ptr<LineReader> reader;
  if (style.interactive) {
    greet(session);
    reader = std::make_unique<TerminalReader>(paths().history_file, chat_command_names());
  } else {
    reader = std::make_unique<PipedReader>();
  }
  return ChatProgram(std::move(session), change_model, std::move(reader), style, keeper).run();
}

}  // namespace hearth::cli
