// What `hearth chat` keeps, going on with it, and `hearth conversations`.
#include <csignal>

#include "chat_program_test.h"

namespace hearth::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Conversations : public ChatProgramTest {
 protected:
  std::vector<json::object> list(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"conversations", "list", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.status, 0) << finished.err;
    std::vector<json::object> all;
    for (std::size_t begin = 0; begin < finished.out.size();) {
      const std::size_t end = finished.out.find('\n', begin);
      all.push_back(parse_json(finished.out.substr(begin, end - begin), "a line").as_object());
      begin = end + 1;
    }
    return all;
  }
  static std::string text(const json::object& object, const char* key) {
    return std::string(object.at(key).as_string());
  }
  std::string shown(const std::string& which) const { return run({"conversations", "show", which}).out; }
};

TEST_F(Conversations, ChatKeepsWhatIsSaid) {
  const Finished finished = chat("Hello, what is a pea?\nand two\n", {"--system", "be"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  const auto all = list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(text(all[0], "title"), "what is a pea?");
  EXPECT_EQ(all[0].at("message_count"), 4);
  EXPECT_THAT(text(all[0], "model"), HasSubstr("chat"));
  const std::string markdown = shown("pea");
  EXPECT_THAT(markdown,
              StartsWith("# what is a pea?\n\n## System\n\nbe\n\n## You\n\nHello, what is a pea?\n\n## Assistant ("));
  EXPECT_THAT(markdown, HasSubstr(")\n\nabc\n\n## You\n\nand two\n"));
}

TEST_F(Conversations, ResumeGoesOnWithTheConversationAndItsModel) {
  chat("one");
  chat("two");
  const std::string id = text(list()[1], "id");  // of "one"
  // Without a model: that of the conversation.
  const Finished finished = run({"chat", "--resume", id.substr(0, 10), "-n", "3", "--json"}, "more\n");
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("going on with 'one' (2 messages)"));
  EXPECT_EQ(parsed(finished).at("text"), "abc");
  EXPECT_THAT(shown("one"), AllOf(HasSubstr("## You\n\none\n"), HasSubstr("## You\n\nmore\n")));
  EXPECT_EQ(list().size(), 2U);
  // The last one is now "one".
  EXPECT_THAT(run({"chat", "--resume", "-n", "3"}, "again\n").err, HasSubstr("going on with 'one' (4 messages)"));
  EXPECT_THAT(run({"chat", "--resume", "TWO", "-n", "3"}, "x\n").err, HasSubstr("going on with 'two'"));
  const std::string other = llama({.context = 256, .chat_template = kChatTemplate}, "other.gguf");
  EXPECT_EQ(run({"chat", other, "--resume", "one", "-n", "3"}, "y\n").status, 0);
  EXPECT_THAT(shown("one"), HasSubstr("other"));
  const Finished none = run({"chat", "--resume", "nothing"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err,
              StartsWith("hearth: there is no conversation 'nothing'\n'hearth conversations list' lists them\n"));
}

TEST_F(Conversations, AChangedEndIsAnAlternativeAndClearBeginsAnother) {
  chat("one\n/set max_tokens 5\n/regenerate\n/clear\ntwo\n/title My two\n");
  const auto all = list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(text(all[0], "title"), "My two");
  EXPECT_EQ(all[1].at("message_count"), 3);
  EXPECT_THAT(shown("one"), HasSubstr("abcde\n"));
}

TEST_F(Conversations, NothingIsKeptWhereNobodyWantsIt) {
  EXPECT_EQ(chat("one", {"--no-save"}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(home() / ".local/share/hearth/hearth.db"));
  EXPECT_THAT(chat("/title x\n", {"--no-save"}).err, HasSubstr("hearth: this conversation is not kept"));
  EXPECT_EQ(chat("one", {"--no-save", "--resume"}).status, 2);
  EXPECT_THAT(list(), IsEmpty());
}

TEST_F(Conversations, ABrokenStoreEndsNoConversation) {
  std::filesystem::create_directories(home() / ".local/share/hearth");
  file(".local/share/hearth/hearth.db", std::string(5000, 'x'));
  const Finished finished = chat("one\ntwo\n");
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "abc\nabc\n");
  EXPECT_THAT(finished.err, StartsWith("this conversation is not kept: "));
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  const Finished listed = run({"conversations"});
  EXPECT_EQ(listed.status, 1);
  EXPECT_THAT(listed.err, AllOf(HasSubstr("hearth.db"), HasSubstr("move it away")));
}

TEST_F(Conversations, AreListedSearchedDeletedAndRestored) {
  chat("peas and beans");
  chat("bread");
  const Finished table = run({"conversations"});
  EXPECT_THAT(table.out, AllOf(HasSubstr("peas and beans\n"), HasSubstr("bread\n"), StartsWith("id ")));
  EXPECT_THAT(run({"conversations", "search", "bea"}).out, AllOf(HasSubstr("peas and beans"), Not(HasSubstr("bread"))));
  EXPECT_THAT(run({"conversations", "search", "\"*:"}).err, HasSubstr("nothing was found"));
  EXPECT_EQ(run({"conversations", "rm", "bread"}).status, 0);
  EXPECT_EQ(list().size(), 1U);
  EXPECT_EQ(list({"--deleted"}).size(), 1U);
  EXPECT_EQ(run({"conversations", "restore", "bread"}).status, 0);
  EXPECT_EQ(list().size(), 2U);
  EXPECT_EQ(run({"conversations", "rm", "bread", "--forever"}).status, 0);
  EXPECT_EQ(run({"conversations", "restore", "bread"}).status, 1);
  EXPECT_EQ(run({"conversations", "show", "bread"}).status, 1);
  EXPECT_EQ(run({"conversations", "lst"}).status, 2);
  EXPECT_THAT(run({"conversations", "lst"}).err, HasSubstr("did you mean 'list'?"));
  EXPECT_EQ(run({"conversations", "rm"}).status, 2);
}

TEST_F(Conversations, ExportsComeBack) {
  chat("one");
  chat("two");
  EXPECT_EQ(run({"conversations", "export", "--all", "-o", (home() / "all.json").string()}).status, 0);
  EXPECT_EQ(run({"conversations", "import", (home() / "all.json").string()}).status, 0);
  EXPECT_EQ(list().size(), 4U);
  const Finished markdown = run({"conversations", "export", "one", "--format", "markdown"});
  EXPECT_THAT(markdown.out, StartsWith("# one\n"));
  EXPECT_EQ(run({"conversations", "import", "-"}, markdown.out).status, 0);
  EXPECT_EQ(list().size(), 5U);
  EXPECT_EQ(parsed(run({"conversations", "show", "two", "--json"})).at("format"), "hearth conversations 1");
  const Finished wrong = run({"conversations", "import", file("x.json", "{\"format\":\"other\"}")});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("format"));
}

TEST_F(Conversations, KilledInTheMiddleOfAnAnswerTheRestIsThere) {
  const std::string model =
      llama({.context = 4096, .chat_template = kChatTemplate, .next = {{"z", "a"}}}, "endless.gguf");
  HearthProcess process(home(), {.arguments = {"chat", model, "-n", "3"}});
  process.write("one\n");
  ASSERT_TRUE(process.wait_for("abc\n"));
  process.write("/set max_tokens -1\ntwo\n");
  ASSERT_TRUE(process.wait_for("abcdefghijklmnopqrstuvwxyzabc"));
  process.signal(SIGKILL);
  EXPECT_EQ(process.finish().status, 128 + SIGKILL);
  EXPECT_THAT(shown("one"), HasSubstr("## You\n\none\n\n## Assistant"));
  EXPECT_EQ(run({"chat", "--resume", "-n", "3"}, "three\n").status, 0);
}

}  // namespace
}  // namespace hearth::testing
