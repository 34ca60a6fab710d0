#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/file.h"
#include "cli/command_line.h"
#include "cli/find_conversation.h"
#include "cli/input.h"
#include "cli/json_text.h"
#include "cli/notice.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/suggest.h"
#include "cli/terminal_text.h"
#include "cli/usage_error.h"
#include "cli/verbs.h"
#include "hearth/conversations.h"

namespace hearth::cli {
namespace {

struct Flags {
  bool as_json = false, forever = false, deleted = false, all = false;
  std::optional<std::string> format, output, folder, tag;
};

using Words = std::vector<std::string>;

std::string time_text(std::int64_t ms) {
  const auto time = static_cast<std::time_t>(ms / 1000);
  std::tm local = {};
  if (::localtime_r(&time, &local) == nullptr) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M}", local);
}

json::object conversation_json(const Conversation& conversation) {
  json::array tags;
  for (const std::string& tag : conversation.tags) tags.push_back(json_string(tag));
  json::object object{{"id", json_string(conversation.id)},
                      {"title", json_string(conversation.title)},
                      {"model", json_string(conversation.model)},
                      {"folder", json_string(conversation.folder)},
                      {"tags", std::move(tags)},
                      {"pinned", conversation.pinned},
                      {"message_count", conversation.message_count},
                      {"created_ms", conversation.created_ms},
                      {"updated_ms", conversation.updated_ms}};
  if (!conversation.snippet.empty()) object["snippet"] = json_string(conversation.snippet);
  return object;
}

/// The marks around what was found are for programs.
std::string plain_snippet(std::string text) {
  std::erase_if(text, [](char c) { return c == '\x01' || c == '\x02'; });
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void print_list(const std::vector<Conversation>& all, const Flags& flags, const char* nothing) {
  if (flags.as_json) {
    for (const Conversation& each : all) standard_output().raw(to_json_text(conversation_json(each)) + "\n");
    return;
  }
  if (all.empty()) return notice(nothing);
  // Enough of an id to be typed; 12 characters behind "cnv_" are never the same by chance.
  constexpr std::size_t kShownId = 16;
  std::string text = fmt::format("{:<{}}  {:<16}  {:>8}  {}\n", "id", kShownId, "last message", "messages", "title");
  for (const Conversation& each : all) {
    text += fmt::format("{:<{}}  {:<16}  {:>8}  {}{}\n", each.id.substr(0, kShownId), kShownId,
                        time_text(each.updated_ms), each.message_count, each.pinned ? "* " : "",
                        each.title.empty() ? "(no title)" : one_line(each.title));
    if (!each.snippet.empty()) text += fmt::format("{:<{}}  {}\n", "", kShownId, one_line(plain_snippet(each.snippet)));
  }
  standard_output().text(text);
}

void need_words(const CommandLine& line, const Words& words, const char* name, std::size_t least, std::size_t most) {
  if (words.size() < least) line.fail(fmt::format("{} is missing", name));
  if (words.size() > most) line.fail("there is one argument too many; put quotes around text with spaces");
}

void list(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& flags) {
  need_words(line, words, "", 0, 0);
  ConversationFilter filter;
  filter.deleted = flags.deleted;
  filter.folder = flags.folder;
  filter.tag = flags.tag;
  print_list(
      all_conversations(store, filter), flags,
      flags.deleted ? "nothing was deleted in the last 30 days" : "no conversations yet; 'hearth chat' begins one");
}

void search(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& flags) {
  if (words.empty()) line.fail("the words to look for are missing");
  ConversationFilter filter;
  for (const std::string& word : words) filter.query += (filter.query.empty() ? "" : " ") + word;
  print_list(all_conversations(store, filter), flags, "nothing was found");
}

std::string exported(ConversationStore& store, const Conversation& conversation, bool markdown) {
  if (markdown) return export_markdown(conversation, store.path("", conversation.id));
  return export_json({{conversation, store.tree("", conversation.id)}}) + "\n";
}

void show(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& flags) {
  need_words(line, words, "CONVERSATION", 0, 1);
  const Conversation conversation = find_conversation(store, words.empty() ? "" : words[0]);
  standard_output().text(exported(store, conversation, !flags.as_json));
}

void export_some(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& flags) {
  need_words(line, words, "CONVERSATION", flags.all ? 0 : 1, flags.all ? 0 : 1);
  const bool markdown = flags.format == "markdown";
  if (flags.format && !markdown && *flags.format != "json") line.fail("--format must be json or markdown");
  if (flags.all && markdown) line.fail("all conversations are exported as JSON");
  std::string text;
  if (flags.all) {
    std::vector<ExportedConversation> all;
    for (const Conversation& each : all_conversations(store)) all.push_back({each, store.tree("", each.id)});
    text = export_json(all) + "\n";
  } else {
    text = exported(store, find_conversation(store, words[0]), markdown);
  }
  if (flags.output) {
    write_file_atomic(*flags.output, text);
  } else {
    standard_output().text(text);
  }
}

void import(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& flags) {
  need_words(line, words, "FILE", 1, 1);
  const std::string text = read_file_or_input(words[0]);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && text[first] == '{';
  std::vector<ExportedConversation> all;
  if (is_json) {
    all = parse_exported_json(text);
  } else {
    all.push_back(parse_exported_markdown(text));
  }
  std::vector<Conversation> made;
  for (ExportedConversation& each : all)
    made.push_back(store.import("", std::move(each.conversation), std::move(each.messages)));
  print_list(made, flags, "there was no conversation in it");
}

void remove(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& flags) {
  if (words.empty()) line.fail("CONVERSATION is missing");
  for (const std::string& word : words) {
    const Conversation conversation = find_conversation(store, word, flags.deleted);
    if (flags.forever) {
      store.remove_forever("", conversation.id);
    } else {
      store.remove("", conversation.id);
    }
    notice(flags.forever ? fmt::format("{} is gone", conversation.title)
                         : fmt::format("{} is deleted; for 30 days 'hearth conversations restore {}' brings it back",
                                       conversation.title, conversation.id.substr(0, 16)));
  }
}

void restore(ConversationStore& store, const CommandLine& line, const Words& words, const Flags& /*flags*/) {
  need_words(line, words, "CONVERSATION", 0, 1);
  const Conversation conversation = find_conversation(store, words.empty() ? "" : words[0], true);
  store.restore("", conversation.id);
  notice(fmt::format("{} is back", conversation.title));
}

struct Action {
  const char* name;
  void (*run)(ConversationStore&, const CommandLine&, const Words&, const Flags&);
};

constexpr std::array kActions = {Action{"list", list},          Action{"search", search}, Action{"show", show},
                                 Action{"export", export_some}, Action{"import", import}, Action{"rm", remove},
                                 Action{"restore", restore}};

const Action& find_action(const std::string& name) {
  const auto* found =
      std::find_if(kActions.begin(), kActions.end(), [&](const Action& each) { return each.name == name; });
  if (found != kActions.end()) return *found;
  std::vector<std::string> names;
  for (const Action& action : kActions) names.emplace_back(action.name);
  throw UsageError(fmt::format("conversations: there is no {}", name),
                   did_you_mean(name, names, "it takes list, search, show, export, import, rm and restore"));
}

}  // namespace

int conversations_verb(const Arguments& arguments) {
  Flags flags;
  CommandLine line(
      "conversations", "list|search|show|export|import|rm|restore [CONVERSATION|WORDS|FILE]",
      "What was said is kept on this machine, for the page and 'hearth chat --resume'. CONVERSATION is an id,\n"
      "the beginning of one, or a part of a title; without it show and restore take the last one.",
      "hearth conversations list\n"
      "hearth conversations search pea soup\n"
      "hearth conversations show soup\n"
      "hearth conversations export --all -o all.json\n"
      "hearth conversations import all.json\n"
      "hearth conversations rm cnv_4f2k");
  line.toggle("--json", "list, search, import: one JSON object a line; show: what export writes", flags.as_json);
  line.toggle("--deleted", "list, rm: those that were deleted in the last 30 days", flags.deleted);
  line.value("--folder", "NAME", "list: only of this folder", flags.folder);
  line.value("--tag", "NAME", "list: only with this tag", flags.tag);
  line.toggle("--forever", "rm: at once, and for good", flags.forever);
  line.toggle("--all", "export: all of them", flags.all);
  line.value("--format", "FORMAT", "export: json (whole) or markdown (to be read); default: json", flags.format);
  line.value("-o,--output", "FILE", "export: write there instead of stdout", flags.output);
  if (!line.parse(arguments)) return kDone;
  const std::string name = line.words().empty() ? "list" : line.words()[0];
  const Action& action = find_action(name);
  const Words words(line.words().begin() + (line.words().empty() ? 0 : 1), line.words().end());
  const auto store = ConversationStore::open(ConversationStore::usual_path());
  action.run(*store, line, words, flags);
  return kDone;
}

}  // namespace hearth::cli
