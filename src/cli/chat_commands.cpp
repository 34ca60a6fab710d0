#include "cli/chat_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/quote.h"
#include "cli/answer_json.h"
#include "cli/chat_file.h"
#include "cli/human.h"
#include "cli/notice.h"
#include "cli/suggest.h"
#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

struct Command {
  std::string_view name, arguments, help;
  AfterCommand (*run)(const std::string& argument, ChatContext& context);
};

AfterCommand help_command(const std::string&, ChatContext&);

AfterCommand system_command(const std::string& text, ChatContext& context) {
  ChatSession& session = context.session;
  if (text.empty()) {
    notice(session.system().empty() ? "there is no system prompt" : session.system());
    return AfterCommand::kGoOn;
  }
  session.set_system(text == "none" ? "" : text);
  notice(text == "none" ? "no system prompt from now on" : "the system prompt is set");
  return AfterCommand::kGoOn;
}

void list_parameters(const ChatSession& session) {
  for (const Parameter& parameter : generation_parameters()) {
    notice(
        fmt::format("{:<22} {:<10} {}", parameter.name, parameter_text(parameter, session.params()), parameter.help));
  }
}

AfterCommand set_command(const std::string& argument, ChatContext& context) {
  ChatSession& session = context.session;
  if (argument.empty()) {
    list_parameters(session);
    return AfterCommand::kGoOn;
  }
  const std::size_t space = argument.find_first_of(" \t");
  const std::string name = argument.substr(0, space);
  const std::size_t start = argument.find_first_not_of(" \t", space);
  if (space != std::string::npos && start != std::string::npos) session.set_param(name, argument.substr(start));
  const Parameter* parameter = find_parameter(name);
  if (parameter == nullptr) session.set_param(name, "default");  // refuses it, with the nearest name
  notice(fmt::format("{} is {}", name, parameter_text(*parameter, session.params())));
  return AfterCommand::kGoOn;
}

AfterCommand clear_command(const std::string&, ChatContext& context) {
  context.session.clear();
  notice("the conversation begins anew");
  return AfterCommand::kGoOn;
}

AfterCommand regenerate_command(const std::string&, ChatContext& context) {
  if (context.session.params().temperature == 0.0F) {
    notice("temperature is 0: the answer will be the same; /set temperature 0.8 makes it vary");
  }
  return AfterCommand::kRegenerate;
}

std::string require_file(const std::string& argument, std::string_view command) {
  if (argument.empty()) throw UsageError(fmt::format("/{} needs the name of a file", command), "for example chat.json");
  return argument;
}

AfterCommand title_command(const std::string& title, ChatContext& context) {
  if (context.keeper == nullptr) throw UsageError("this conversation is not kept, so it has no title", "");
  if (!title.empty()) context.keeper->set_title(title);
  const std::string now = context.keeper->title();
  notice(now.empty() ? "there is no title yet" : now);
  return AfterCommand::kGoOn;
}

AfterCommand save_command(const std::string& argument, ChatContext& context) {
  const std::string path = require_file(argument, "save");
  save_chat(context.session, path);
  notice(fmt::format("{} messages saved in {}", context.session.messages().size(), path));
  return AfterCommand::kGoOn;
}

AfterCommand load_command(const std::string& argument, ChatContext& context) {
  ChatSession& session = context.session;
  SavedChat chat = load_chat(require_file(argument, "load"), session.default_params());
  session.set_messages(std::move(chat.messages));
  session.set_params(chat.params);
  notice(fmt::format("{} messages loaded", session.messages().size()));
  if (!chat.model.empty() && chat.model != session.model_path()) {
    notice(fmt::format("they were saved with {}; /model changes to it", chat.model));
  }
  return AfterCommand::kGoOn;
}

AfterCommand model_command(const std::string& argument, ChatContext& context) {
  ChatSession& session = context.session;
  if (!argument.empty()) context.change_model(session, argument);
  const ModelInfo& info = session.model().info();
  notice(fmt::format("{} ({}, {} parameters, context {})", session.model_path(), info.architecture,
                     human_count(info.parameters), session.model().context()));
  return AfterCommand::kGoOn;
}

AfterCommand stats_command(const std::string&, ChatContext& context) {
  const ChatSession& session = context.session;
  notice(fmt::format("{} messages, {} of {} tokens of context, {} memory", session.messages().size(),
                     session.used_tokens(), session.model().context(), human_bytes(session.model().memory_bytes())));
  if (session.forgotten() > 0)
    notice(fmt::format("the first {} messages no longer fit and are forgotten", session.forgotten()));
  if (context.last_answer != nullptr) notice(fmt::format("last answer: {}", answer_stats(*context.last_answer)));
  return AfterCommand::kGoOn;
}

AfterCommand quit_command(const std::string&, ChatContext&) { return AfterCommand::kQuit; }

constexpr std::array kCommands = {
    Command{"help", "", "this list", help_command},
    Command{"system", "[TEXT|none]", "show or set what the model is told beforehand", system_command},
    Command{"set", "[NAME [VALUE|default]]", "show or set what shapes the answers", set_command},
    Command{"clear", "", "forget the conversation", clear_command},
    Command{"regenerate", "", "another answer to the last message", regenerate_command},
    Command{"title", "[TEXT]", "show or set the title under which the conversation is kept", title_command},
    Command{"save", "FILE", "write the conversation to a file", save_command},
    Command{"load", "FILE", "go on with a saved conversation", load_command},
    Command{"model", "[PATH]", "show or change the model; the conversation stays", model_command},
    Command{"stats", "", "tokens, speed and memory", stats_command},
    Command{"quit", "", "leave (also /exit, /bye, Ctrl-D)", quit_command},
    Command{"exit", "", "", quit_command},
    Command{"bye", "", "", quit_command},
};

AfterCommand help_command(const std::string&, ChatContext&) {
  for (const Command& command : kCommands) {
    if (command.help.empty()) continue;
    notice(fmt::format("/{:<34}{}", fmt::format("{} {}", command.name, command.arguments), command.help));
  }
  notice("A message over several lines stands between two lines of \"\"\", or its lines end with a backslash.");
  notice("A message that begins with '/' is typed with two. Ctrl-C stops an answer.");
  return AfterCommand::kGoOn;
}

}  // namespace

AfterCommand run_chat_command(const std::string& line, ChatContext& context) {
  const std::size_t space = line.find_first_of(" \t\n");
  const std::string name = line.substr(0, space);
  std::string argument;
  if (const std::size_t start = line.find_first_not_of(" \t\n", space); start != std::string::npos && space != start) {
    argument = line.substr(start, line.find_last_not_of(" \t\n") + 1 - start);
  }
  const auto* found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& command) { return command.name == name; });
  if (found == kCommands.end()) {
    std::vector<std::string> names = chat_command_names();
    throw UsageError(
        fmt::format("there is no command {}", quote("/" + name)),
        did_you_mean("/" + name, names, "/help lists them; a message that begins with '/' is typed with two"));
  }
  if (found->arguments.empty() && !argument.empty()) {
    throw UsageError(fmt::format("/{} takes nothing after it", name), "/help lists the commands");
  }
  return found->run(argument, context);
}

std::vector<std::string> chat_command_names() {
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const Command& command : kCommands) names.push_back("/" + std::string(command.name));
  return names;
}

}  // namespace hearth::cli
