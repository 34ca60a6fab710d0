#include <chrono>
#include <thread>

#include "store/store_id.h"
#include "store/store_test_house.h"

namespace hearth {
namespace {

using hearth::testing::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreConversations : public hearth::testing::StoreHouse {
 protected:
  /// Times are milliseconds: what comes later shall be seen to.
  static void tick() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }
};

TEST_F(StoreConversations, KeepsEveryField) {
  Conversation made;
  made.title = "Suppen – «heiß»";
  made.title_is_automatic = false;
  made.model = "qwen2.5:0.5b";
  made.preset_id = "pre_code";
  made.system = "";
  made.parameters_json = R"({"temperature":0.5})";
  made.folder = "Küche";
  made.tags = {"b", "a", "b"};
  made.pinned = true;
  const std::string id = store().create("", made).id;
  reopen();
  const Conversation found = store().find("", id);
  EXPECT_EQ(found.title, made.title);
  EXPECT_FALSE(found.title_is_automatic);
  EXPECT_EQ(found.model, made.model);
  EXPECT_EQ(found.preset_id, made.preset_id);
  EXPECT_EQ(found.system, "");
  EXPECT_EQ(found.parameters_json, made.parameters_json);
  EXPECT_EQ(found.folder, made.folder);
  EXPECT_THAT(found.tags, ElementsAre("b", "a"));
  EXPECT_TRUE(found.pinned);
  EXPECT_EQ(found.deleted_ms, std::nullopt);
  EXPECT_EQ(found.message_count, 0);
  EXPECT_NEAR(static_cast<double>(found.created_ms), static_cast<double>(now_ms()), 60'000);
  EXPECT_EQ(store().find("", conversation().id).system, std::nullopt);
}

TEST_F(StoreConversations, BelongToTheirOwners) {
  const std::string id = conversation("mine", "anna").id;
  EXPECT_EQ(store().find("anna", id).title, "mine");
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { store().find("", id); }, [&] { store().change("bert", id, {}); }, [&] { store().remove("", id); },
           [&] { store().remove_forever("bert", id); }, [&] { store().restore("", id); }, [&] { store().tree("", id); },
           [&] { store().path("", id); }, [&] { store().branch("", id, "msg_x", ""); },
           [&] { store().add("", id, {message("user", "x")}); }, [&] { store().message("", id, "msg_x"); },
           [&] { store().remove_message("", id, "msg_x"); }}) {
    EXPECT_EQ(error_of(call), ErrorCode::kNotFound);
  }
  EXPECT_THAT(titles({}), IsEmpty());
  EXPECT_THAT(titles({}, "anna"), ElementsAre("mine"));
}

TEST_F(StoreConversations, AreListedByPinAndNewestMessage) {
  const std::string a = conversation("a").id;
  tick();
  const std::string b = conversation("b").id;
  tick();
  conversation("c");
  EXPECT_THAT(titles({}), ElementsAre("c", "b", "a"));
  tick();
  add(a, "user", "hi");
  EXPECT_THAT(titles({}), ElementsAre("a", "c", "b"));
  ConversationChanges pin;
  pin.pinned = true;
  store().change("", b, pin);
  EXPECT_THAT(titles({}), ElementsAre("b", "a", "c"));
  ConversationFilter only;
  only.pinned = true;
  EXPECT_THAT(titles(only), ElementsAre("b"));
  only.pinned = false;
  EXPECT_THAT(titles(only), ElementsAre("a", "c"));
}

TEST_F(StoreConversations, PagesHoldEachEntryOnce) {
  for (int i = 0; i < 25; ++i) {
    const std::string id = conversation("t" + std::to_string(i)).id;
    if (i % 7 != 0) continue;
    ConversationChanges pin;
    pin.pinned = true;
    store().change("", id, pin);
  }
  ConversationFilter filter;
  filter.limit = 200;
  const std::vector<std::string> all = titles(filter);
  ASSERT_THAT(all, SizeIs(25));
  std::vector<std::string> in_pages;
  filter.limit = 4;
  do {
    const ConversationPage page = store().list("", filter);
    for (const Conversation& each : page.conversations) in_pages.push_back(each.title);
    filter.cursor = page.next_cursor;
  } while (!filter.cursor.empty());
  EXPECT_EQ(in_pages, all);
  for (const char* wrong : {"x", "1", "1.2", "1.2.", "1.2.3.4", "1.2.99999999999999999999999"}) {
    filter.cursor = wrong;
    EXPECT_EQ(error_of([&] { store().list("", filter); }), ErrorCode::kInvalidArgument) << wrong;
  }
}

TEST_F(StoreConversations, FoldersAndTagsFilterAndAreCounted) {
  Conversation made;
  made.folder = "work";
  made.tags = {"x", "y"};
  made.title = "one";
  store().create("", made);
  made.tags = {"y"};
  made.title = "two";
  const std::string two = store().create("", made).id;
  conversation("three");
  ConversationFilter filter;
  filter.folder = "work";
  EXPECT_THAT(titles(filter), SizeIs(2));
  filter.folder = "";
  EXPECT_THAT(titles(filter), ElementsAre("three"));
  filter.folder.reset();
  filter.tag = "x";
  EXPECT_THAT(titles(filter), ElementsAre("one"));
  ASSERT_THAT(store().tags(""), SizeIs(2));
  EXPECT_EQ(store().tags("")[1].name, "y");
  EXPECT_EQ(store().tags("")[1].count, 2);
  ASSERT_THAT(store().folders(""), SizeIs(1));
  EXPECT_EQ(store().folders("")[0].count, 2);
  store().remove("", two);
  EXPECT_EQ(store().folders("")[0].count, 1);
  EXPECT_THAT(store().folders("anna"), IsEmpty());
}

TEST_F(StoreConversations, ChangesWhatIsSetAndNothingElse) {
  Conversation made;
  made.title = "old";
  made.model = "m";
  made.system = "s";
  made.tags = {"t"};
  const std::string id = store().create("", made).id;
  ConversationChanges changes;
  changes.title = "new";
  Conversation now = store().change("", id, changes);
  EXPECT_EQ(now.title, "new");
  EXPECT_FALSE(now.title_is_automatic);
  EXPECT_EQ(now.model, "m");
  EXPECT_EQ(now.system, "s");
  EXPECT_THAT(now.tags, ElementsAre("t"));
  changes = {};
  changes.model = "";
  changes.system = std::optional<std::string>();
  changes.tags = std::vector<std::string>();
  changes.folder = "f";
  now = store().change("", id, changes);
  EXPECT_EQ(now.title, "new");
  EXPECT_EQ(now.model, "");
  EXPECT_EQ(now.system, std::nullopt);
  EXPECT_THAT(now.tags, IsEmpty());
  EXPECT_EQ(now.folder, "f");
}

TEST_F(StoreConversations, TitleIsMadeOfTheFirstExchangeUntilSomebodyGivesOne) {
  const std::string id = conversation().id;
  const std::string question = add(id, "user", "Hello, how do I boil an egg?").id;
  EXPECT_EQ(store().find("", id).title, "how do I boil an egg?");
  ConversationChanges changes;
  changes.title = "Eggs";
  EXPECT_EQ(store().change("", id, changes).title, "Eggs");
  add(id, "assistant", "In water.", question);
  EXPECT_EQ(store().find("", id).title, "Eggs");
  changes.title = "";
  EXPECT_EQ(store().change("", id, changes).title, "how do I boil an egg?");

  const std::string other = conversation().id;
  const std::string greeting = add(other, "user", "Hi!").id;
  EXPECT_EQ(store().find("", other).title, "");
  add(other, "assistant", "Nice to meet you", greeting);
  EXPECT_EQ(store().find("", other).title, "Nice to meet you");
}

TEST_F(StoreConversations, DeletedOnesComeBackOrGoForGood) {
  const std::string id = conversation("a").id;
  add(id, "user", "hi");
  const std::int64_t until = store().remove("", id);
  EXPECT_NEAR(static_cast<double>(until - now_ms()), static_cast<double>(kKeepDeletedMs), 60'000);
  EXPECT_EQ(store().remove("", id), until);
  EXPECT_THAT(titles({}), IsEmpty());
  ConversationFilter deleted;
  deleted.deleted = true;
  EXPECT_THAT(titles(deleted), ElementsAre("a"));
  EXPECT_EQ(error_of([&] { add(id, "user", "more"); }), ErrorCode::kInvalidArgument);
  store().restore("", id);
  EXPECT_THAT(titles({}), ElementsAre("a"));
  EXPECT_THAT(shown(id), ElementsAre("hi"));

  store().remove_forever("", id);
  EXPECT_EQ(error_of([&] { store().find("", id); }), ErrorCode::kNotFound);
  Database database(path());
  EXPECT_EQ(database.integer("SELECT count(*) FROM messages"), 0);
  EXPECT_EQ(database.integer("SELECT count(*) FROM message_search WHERE message_search MATCH 'hi'"), 0);
}

TEST_F(StoreConversations, WhatWasDeletedLongAgoIsPurgedWhenItIsOpened) {
  const std::string old = conversation("old").id, young = conversation("young").id;
  const std::string question = add(old, "user", "hi").id;
  add(old, "assistant", "ho", question);
  store().remove("", old);
  store().remove("", young);
  const std::int64_t long_ago = now_ms() - kKeepDeletedMs - 1000;
  Database(path()).run("UPDATE conversations SET deleted_ms = " + std::to_string(long_ago) + " WHERE title = 'old'");
  reopen();
  EXPECT_EQ(error_of([&] { store().find("", old); }), ErrorCode::kNotFound);
  EXPECT_EQ(store().restore("", young).title, "young");
  EXPECT_EQ(hearth::testing::StoreHouse::integrity(path()), "ok");
}

TEST_F(StoreConversations, SearchFindsTitlesAndMessages) {
  const std::string a = conversation("Pea soup").id, b = conversation("Bread").id;
  add(a, "user", "How long do I boil the Café beans?");
  add(b, "user", "flour, water and salt");
  const auto find = [&](const std::string& query) {
    ConversationFilter filter;
    filter.query = query;
    return titles(filter);
  };
  EXPECT_THAT(find("pea"), ElementsAre("Pea soup"));
  EXPECT_THAT(find("flo"), ElementsAre("Bread"));  // the last word may be begun
  EXPECT_THAT(find("flo water"), IsEmpty());       // others may not
  EXPECT_THAT(find("water FLOUR"), ElementsAre("Bread"));
  EXPECT_THAT(find("cafe"), ElementsAre("Pea soup"));
  EXPECT_THAT(find("\"water and\""), ElementsAre("Bread"));
  EXPECT_THAT(find("\"and water\""), IsEmpty());
  EXPECT_THAT(find("nothing"), IsEmpty());
  EXPECT_THAT(find("!!!"), IsEmpty());

  ConversationFilter filter;
  filter.query = "boil";
  EXPECT_EQ(store().list("", filter).conversations.front().snippet,
            "How long do I \x01"
            "boil\x02 the Café beans?");
  filter.query = "bre";
  EXPECT_EQ(store().list("", filter).conversations.front().snippet,
            "\x01"
            "Bread\x02");
  ConversationChanges changes;
  changes.title = "Rolls";
  store().change("", b, changes);
  EXPECT_THAT(find("bread"), IsEmpty());
  EXPECT_THAT(find("rolls"), ElementsAre("Rolls"));
  store().remove("", b);
  EXPECT_THAT(find("rolls"), IsEmpty());
}

TEST_F(StoreConversations, NoSearchIsAnErrorOfSyntax) {
  add(conversation("a").id, "user", "text");
  for (const char* query : {"\"",    "\"\"", "*",   "a*b",  "title:x",  "a AND",    "NOT",       "NEAR(a b)", "^a",
                            "(",     ")",    "-a",  "a+b",  "{a}",      "'",        "a\"b",      "\"a b",     "%",
                            "a:b:c", "\\",   ";--", "a OR", "\xff\xfe", "\xcc\x88", "a\xcc\x88", "😀"}) {
    ConversationFilter filter;
    filter.query = query;
    EXPECT_EQ(error_of([&] { store().list("", filter); }), std::nullopt) << query;
  }
  ConversationFilter filter;
  filter.query = std::string(100'000, 'a') + " " + std::string(10'000, '"');
  EXPECT_EQ(error_of([&] { store().list("", filter); }), std::nullopt);
}

TEST_F(StoreConversations, RefusesWhatIsBeyondTheLimits) {
  const auto refused = [&](Conversation wrong) {
    return error_of([&] { store().create("", std::move(wrong)); }) == ErrorCode::kInvalidArgument;
  };
  Conversation wrong;
  wrong.title = std::string(301, 'x');
  EXPECT_TRUE(refused(wrong));
  wrong.title.clear();
  for (int i = 0; i < 300; ++i) wrong.title += "ä";
  EXPECT_FALSE(refused(wrong));
  wrong = {};
  wrong.title = "two\nlines";
  EXPECT_TRUE(refused(wrong));
  wrong = {};
  wrong.system = "bad \xff UTF-8";
  EXPECT_TRUE(refused(wrong));
  wrong = {};
  for (int i = 0; i < 33; ++i) wrong.tags.push_back(std::to_string(i));
  EXPECT_TRUE(refused(wrong));
  wrong = {};
  wrong.parameters_json = "[1]";
  EXPECT_TRUE(refused(wrong));
  wrong.parameters_json = "{";
  EXPECT_TRUE(refused(wrong));
}

}  // namespace
}  // namespace hearth
