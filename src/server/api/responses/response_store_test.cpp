#include "server/api/responses/response_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "hearth/error.h"

namespace hearth {
namespace {

StoredResponse response(const std::string& id, const std::string& previous = {}, const std::string& owner = {},
                        std::size_t size = 10) {
  return {id, owner, previous, "[]", std::string(size, 'x'), {}};
}

TEST(ResponseStore, GivesBackWhatItWasGiven) {
  ResponseStore store;
  store.put(response("a", "", "", 7));
  ASSERT_NE(store.find("a", ""), nullptr);
  EXPECT_EQ(store.find("a", "")->response, "xxxxxxx");
  EXPECT_EQ(store.find("b", ""), nullptr);
  EXPECT_TRUE(store.remove("a", ""));
  EXPECT_FALSE(store.remove("a", ""));
  EXPECT_EQ(store.find("a", ""), nullptr);
  EXPECT_EQ(store.bytes(), 0U);
}

TEST(ResponseStore, FindsByTheItemsOfTheOutput) {
  ResponseStore store(2);
  StoredResponse with_items = response("a", "", "me");
  with_items.items = {"msg_1", "rs_1"};
  store.put(with_items);
  for (const char* item : {"msg_1", "rs_1"}) {
    ASSERT_NE(store.find_with_item(item, "me"), nullptr) << item;
    EXPECT_EQ(store.find_with_item(item, "me")->id, "a");
    EXPECT_EQ(store.find_with_item(item, "you"), nullptr);
  }
  EXPECT_EQ(store.find_with_item("a", "me"), nullptr);
  store.put(response("b", "", "me"));
  store.put(response("c", "", "me"));
  EXPECT_EQ(store.find_with_item("msg_1", "me"), nullptr);  // it went with its response
  store.put(with_items);
  EXPECT_TRUE(store.remove("a", "me"));
  EXPECT_EQ(store.find_with_item("rs_1", "me"), nullptr);
}

TEST(ResponseStore, DropsWhatWasNotUsedForLongest) {
  ResponseStore store(2);
  store.put(response("a"));
  store.put(response("b"));
  store.find("a", "");
  store.put(response("c"));
  EXPECT_NE(store.find("a", ""), nullptr);
  EXPECT_EQ(store.find("b", ""), nullptr);
  EXPECT_NE(store.find("c", ""), nullptr);
}

TEST(ResponseStore, StaysWithinItsBytes) {
  ResponseStore store(1000, 10'000);
  for (int i = 0; i < 100; ++i) {
    store.put(response(std::to_string(i), "", "", 2000));
    EXPECT_LE(store.bytes(), 10'000U);
  }
  EXPECT_GE(store.count(), 3U);
  EXPECT_NE(store.find("99", ""), nullptr);
  const std::size_t before = store.count();
  store.put(response("large", "", "", 10'000));
  EXPECT_EQ(store.find("large", ""), nullptr);
  EXPECT_EQ(store.count(), before);
  store.put(response("99", "", "", 10));  // in place of the other one
  EXPECT_EQ(store.find("99", "")->response.size(), 10U);
  EXPECT_EQ(store.count(), before);
}

TEST(ResponseStore, AResponseIsItsOwnersOnly) {
  ResponseStore store;
  store.put(response("a", "", "anna"));
  store.put(response("b", "a", "berta"));
  EXPECT_EQ(store.find("a", "berta"), nullptr);
  EXPECT_EQ(store.find("a", ""), nullptr);
  EXPECT_FALSE(store.remove("a", "berta"));
  EXPECT_NE(store.find("a", "anna"), nullptr);
  EXPECT_THROW(store.conversation("b", "berta"), Error);  // goes on with another one's
}

TEST(ResponseStore, WhoKeepsMuchPushesOutHisOwn) {
  ResponseStore store(10);
  for (int i = 0; i < 4; ++i) store.put(response(fmt::format("quiet{}", i), "", "quiet"));
  for (int i = 0; i < 100; ++i) store.put(response(fmt::format("busy{}", i), "", "busy"));
  EXPECT_EQ(store.count(), 10U);
  for (int i = 0; i < 4; ++i) EXPECT_NE(store.find(fmt::format("quiet{}", i), "quiet"), nullptr) << i;
  for (int i = 94; i < 100; ++i) EXPECT_NE(store.find(fmt::format("busy{}", i), "busy"), nullptr) << i;
  EXPECT_EQ(store.find("busy93", "busy"), nullptr);
}

TEST(ResponseStore, ANewcomerGetsAShareOfAFullStore) {
  ResponseStore store(6);
  for (int i = 0; i < 6; ++i) store.put(response(fmt::format("a{}", i), "", "a"));
  for (int i = 0; i < 6; ++i) store.put(response(fmt::format("b{}", i), "", "b"));
  for (int i = 0; i < 6; ++i) store.put(response(fmt::format("c{}", i), "", "c"));
  for (const std::string owner : {"a", "b", "c"}) {
    EXPECT_EQ(store.find(owner + "3", owner), nullptr);
    EXPECT_NE(store.find(owner + "4", owner), nullptr);
    EXPECT_NE(store.find(owner + "5", owner), nullptr);
  }
  // One each at most: the newest of all are there.
  ResponseStore tiny(2);
  for (const std::string owner : {"a", "b", "c"}) tiny.put(response(owner, "", owner));
  EXPECT_EQ(tiny.find("a", "a"), nullptr);
  EXPECT_NE(tiny.find("b", "b"), nullptr);
  EXPECT_NE(tiny.find("c", "c"), nullptr);
}

TEST(ResponseStore, BytesAreSharedToo) {
  ResponseStore store(1000, 40'000);
  for (int i = 0; i < 10; ++i) store.put(response(fmt::format("quiet{}", i), "", "quiet", 1000));
  for (int i = 0; i < 100; ++i) {
    store.put(response(fmt::format("busy{}", i), "", "busy", 5000));
    EXPECT_LE(store.bytes(), 40'000U);
  }
  // More than the others leave: it goes at once, and takes nobody else's place.
  store.put(response("huge", "", "busy", 35'000));
  EXPECT_EQ(store.find("huge", "busy"), nullptr);
  for (int i = 0; i < 10; ++i) EXPECT_NE(store.find(fmt::format("quiet{}", i), "quiet"), nullptr) << i;
}

TEST(ResponseStore, GathersAConversation) {
  ResponseStore store;
  store.put(response("a"));
  store.put(response("b", "a"));
  store.put(response("c", "b"));
  std::vector<std::string> ids;
  for (const auto& part : store.conversation("c", "")) ids.push_back(part->id);
  EXPECT_EQ(ids, (std::vector<std::string>{"a", "b", "c"}));
  store.remove("a", "");
  try {
    store.conversation("c", "");
    FAIL() << "a part is missing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(error.message().find("'a'"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace hearth
