// Conversations that are kept: in SQLite, shared by the page, `hearth chat` and every other process of this user. It
// knows no model and no network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/error.h"

namespace hearth {

/// Times are milliseconds since 1970. Texts are valid UTF-8 and kept as they are, NUL characters too. JSON is an
/// object.
struct Conversation {
  std::string id;  ///< "cnv_…"
  std::string title;
  bool title_is_automatic = true;  ///< made from the first exchange; false: a person's
  std::string model;               ///< empty: none was chosen
  std::string preset_id;           ///< empty: none
  std::optional<std::string> system;
  std::string parameters_json = "{}";  ///< as /v1/chat/completions names them
  std::string folder;                  ///< empty: in none
  std::vector<std::string> tags;
  bool pinned = false;
  std::int64_t created_ms = 0, updated_ms = 0;  ///< updated by messages
  std::optional<std::int64_t> deleted_ms;
  std::int64_t message_count = 0;
  std::string leaf_id;  ///< the last message of the path that is shown; empty: there is none
  std::string snippet;  ///< of a search: plain text, what was found stands between U+0001 and U+0002
};

struct Attachment {
  std::string name, text;
  std::optional<std::int64_t> tokens;
};

enum class MessageState {
  kRunning,  ///< the answer is being written
  kDone,
  kCut,    ///< its process ended before it did
  kFailed  ///< see error_message
};
const char* message_state_name(MessageState state);  ///< "running", "done", "cut", "failed"

/// What is known of an answer; all may be unknown.
struct AnswerFacts {
  std::optional<std::int64_t> prompt_tokens, cached_tokens, completion_tokens;
  std::optional<double> tokens_per_second;
  std::optional<std::int64_t> time_to_first_token_ms, context_length;
};

/// A node of the tree that a conversation is; messages with one parent are alternatives.
struct StoredMessage {
  std::string id;         ///< "msg_…"
  std::string parent_id;  ///< empty: it begins the conversation
  std::string role;       ///< "user", "assistant"
  std::string content, reasoning;
  /// Of an answer: what the model wrote, reasoning and its marks included, where that is not `content`. Continuing goes
  /// on from here.
  std::string raw;
  std::vector<Attachment> attachments;
  std::string model;                   ///< empty: unknown
  std::string parameters_json = "{}";  ///< that the answer was made with
  MessageState state = MessageState::kDone;
  std::string finish_reason;  ///< "stop", "length", "cancelled" or empty
  std::string error_message, error_code;
  AnswerFacts facts;
  std::int64_t created_ms = 0;
  std::vector<std::string> siblings;  ///< ids, the oldest first, itself among them

  /// What the model wrote.
  const std::string& written() const { return raw.empty() ? content : raw; }
};

struct ConversationFilter {
  std::string query;  ///< words of titles and messages, the last one may be begun; empty: all
  std::optional<std::string> folder, tag;
  std::optional<bool> pinned;
  bool deleted = false;  ///< those that were deleted and can still be restored, instead of the others
  std::size_t limit = 50;
  std::string cursor;  ///< `next_cursor` of the page before
};

/// Pinned ones first, then by the newest message.
struct ConversationPage {
  std::vector<Conversation> conversations;
  std::string next_cursor;  ///< empty: it is the last page
};

/// What is not set stays. An empty text takes model, preset and folder away.
struct ConversationChanges {
  std::optional<std::string> title;  ///< a person's from now on; empty: automatic again
  std::optional<bool> pinned;
  std::optional<std::string> folder, model, preset_id;
  std::optional<std::optional<std::string>> system;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> parameters_json;
  std::optional<std::string> leaf_id;  ///< any message: the path goes on to its newest descendants
};

struct NameCount {
  std::string name;
  std::int64_t count = 0;
};

/// Of an answer that is running or has ended.
struct AnswerUpdate {
  std::string message_id;
  std::string content, reasoning, raw;
  MessageState state = MessageState::kRunning;
  std::string finish_reason, error_message, error_code;
  AnswerFacts facts;
};

struct Preset {
  std::string id;  ///< "pre_…"
  std::string name, description;
  std::optional<std::string> system;
  std::string model;  ///< empty: none
  std::string parameters_json = "{}";
  std::optional<std::string> chat_template;  ///< Jinja, instead of the model's own
  bool shipped = false;                      ///< comes with Hearth: it can be copied, and not changed
};

struct SavedPrompt {
  std::string id;    ///< "prm_…"
  std::string name;  ///< of its slash command
  std::string description, text;
  bool shipped = false;
};

/// Limits of what is kept, in bytes unless it says otherwise.
struct StoreLimits {
  static constexpr std::size_t kTitleCharacters = 300, kFolderCharacters = 100, kTagCharacters = 60, kTags = 32;
  static constexpr std::size_t kText = std::size_t{16}
                                       << 20;  ///< of a message, a system prompt, all attachments of one
  static constexpr std::size_t kAttachments = 256;
  static constexpr std::size_t kNameCharacters = 300;  ///< of attachments, models, presets, prompts
  static constexpr std::size_t kParameters = std::size_t{2} << 20;
  static constexpr std::size_t kMessages = 100'000;  ///< of one conversation
  static constexpr std::size_t kPage = 200;          ///< entries of one page of a list
};

/// How long a deleted conversation can be restored.
inline constexpr std::int64_t kKeepDeletedMs = std::int64_t{30} * 24 * 3600 * 1000;

/// Thread-safe; any number of processes may have the same file open. What a method has written is on the disk when it
/// returns. Whose conversations are meant is said by `owner`: the name of a server's key, or empty; another one's are
/// not there. Errors of all: kNotFound for ids; kInvalidArgument for texts that are no UTF-8 or beyond the limits;
/// StoreError for what the database or the disk refuses.
class ConversationStore {
 public:
  /// The usual place of the database: "hearth.db" in the data folder.
  static std::string usual_path();
  /// Opens the database, or makes it; older ones are backed up beside it and brought up to date. Answers that a dead
  /// process was writing become kCut. Errors: StoreError.
  static std::shared_ptr<ConversationStore> open(const std::string& path);
  virtual ~ConversationStore() = default;

  // Conversations.
  virtual Conversation create(const std::string& owner, Conversation conversation) = 0;  ///< gives id and times
  virtual Conversation find(const std::string& owner, const std::string& id) = 0;        ///< deleted ones, too
  virtual ConversationPage list(const std::string& owner, const ConversationFilter& filter) = 0;
  virtual Conversation change(const std::string& owner, const std::string& id, const ConversationChanges& changes) = 0;
  /// For a while restore() brings it back. Gives the time when that ends.
  virtual std::int64_t remove(const std::string& owner, const std::string& id) = 0;
  virtual void remove_forever(const std::string& owner, const std::string& id) = 0;
  virtual Conversation restore(const std::string& owner, const std::string& id) = 0;
  /// Those deleted longer ago than kKeepDeletedMs, of all owners. Gives how many; done when it is opened, too.
  virtual std::int64_t purge() = 0;
  virtual std::vector<NameCount> folders(const std::string& owner) = 0;
  virtual std::vector<NameCount> tags(const std::string& owner) = 0;

  // Messages.
  /// In an order in which parents come before their children, the oldest first.
  virtual std::vector<StoredMessage> tree(const std::string& owner, const std::string& id) = 0;
  /// From the root to the leaf, or to `to`.
  virtual std::vector<StoredMessage> path(const std::string& owner, const std::string& id,
                                          const std::string& to = {}) = 0;
  virtual StoredMessage message(const std::string& owner, const std::string& id, const std::string& message_id) = 0;
  /// All or none, at once; each gets an id where it has none, a time, and siblings. A parent may be one of the list.
  /// The path that is shown then leads to the first of them and on to its first child. An automatic title is made of
  /// the first exchange.
  virtual std::vector<StoredMessage> add(const std::string& owner, const std::string& id,
                                         std::vector<StoredMessage> messages) = 0;
  /// With all that follows it. Gives how many.
  virtual std::int64_t remove_message(const std::string& owner, const std::string& id,
                                      const std::string& message_id) = 0;
  /// Of any owners, all at once; those that are gone are skipped.
  virtual void update_answers(const std::vector<AnswerUpdate>& updates) = 0;
  /// An answer that goes on: running, without finish reason and error.
  virtual StoredMessage reopen_answer(const std::string& owner, const std::string& id, const std::string& message_id,
                                      const std::string& model, const std::string& parameters_json) = 0;
  virtual void set_attachment_tokens(const std::string& message_id, const std::vector<std::int64_t>& tokens) = 0;
  /// A copy of the path to a message as a conversation of its own. Without a title: that of the old one.
  virtual Conversation branch(const std::string& owner, const std::string& id, const std::string& message_id,
                              const std::string& title) = 0;
  /// A whole conversation with ids of its own: those in it only tie parents to children. Errors: kInvalidArgument for
  /// a tree that is none.
  virtual Conversation import(const std::string& owner, Conversation conversation,
                              std::vector<StoredMessage> messages) = 0;

  // Presets and prompts: the shipped ones first.
  virtual std::vector<Preset> presets(const std::string& owner) = 0;
  virtual Preset preset(const std::string& owner, const std::string& id) = 0;
  virtual Preset add_preset(const std::string& owner, Preset preset) = 0;
  virtual void change_preset(const std::string& owner, const Preset& preset) = 0;
  virtual void remove_preset(const std::string& owner, const std::string& id) = 0;
  virtual std::vector<SavedPrompt> prompts(const std::string& owner) = 0;
  virtual SavedPrompt prompt(const std::string& owner, const std::string& id) = 0;
  virtual SavedPrompt add_prompt(const std::string& owner, SavedPrompt prompt) = 0;
  virtual void change_prompt(const std::string& owner, const SavedPrompt& prompt) = 0;
  virtual void remove_prompt(const std::string& owner, const std::string& id) = 0;
};

/// The database cannot be used: it is damaged, locked, newer than this program or read-only, or the disk is full. Its
/// message names the file.
class StoreError : public Error {
 public:
  using Error::Error;
};

/// The first meaningful line of the question, without Markdown and greetings, cut at a word; where it has none, that of
/// the answer; empty where both have none. The same texts give the same title.
std::string conversation_title(std::string_view question, std::string_view answer);

/// What a model reads of a user's message: its attachments as fenced blocks with their names, then its text.
std::string message_text(const StoredMessage& message);

/// What is exported, whole and in JSON: {"format":"hearth conversations 1","conversations":[…]}.
struct ExportedConversation {
  Conversation conversation;
  std::vector<StoredMessage> messages;  ///< parents before children
};
std::string export_json(const std::vector<ExportedConversation>& conversations);
/// The path that is shown, as people read it.
std::string export_markdown(const Conversation& conversation, const std::vector<StoredMessage>& path);
/// What export_json() wrote. Errors: kInvalidArgument naming the field.
std::vector<ExportedConversation> parse_exported_json(std::string_view text);
/// What export_markdown() wrote, or another text with headings "## You" and "## Assistant". Errors: kInvalidArgument
/// where it has no message.
ExportedConversation parse_exported_markdown(std::string_view text);

}  // namespace hearth
