#include "server/api/conversations/conversations_test_house.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ManageConversations : public hearth::testing::ConversationsHouse {
 protected:
  std::vector<std::string> titles(const std::string& query = {}) {
    std::vector<std::string> found;
    const json::value list = get("/api/conversations" + query);
    for (const json::value& each : list.at("conversations").as_array()) found.push_back(text(each.at("title")));
    return found;
  }
};

TEST_F(ManageConversations, AreMadeShownChangedAndDeleted) {
  const json::value made = post("/api/conversations",
                                {{"title", "Soups"},
                                 {"model", "parrot"},
                                 {"system", "Be brief."},
                                 {"parameters", {{"temperature", 0.5}, {"stop", {"x"}}}},
                                 {"folder", "Kitchen"},
                                 {"tags", {"a", "b"}}},
                                201);
  const std::string id = text(made.at("id")), path = "/api/conversations/" + id;
  EXPECT_TRUE(id.starts_with("cnv_"));
  EXPECT_EQ(made.at("title_is_automatic"), false);
  EXPECT_EQ(made.at("parameters"), parse_json(R"({"temperature":0.5,"stop":["x"]})", ""));
  EXPECT_EQ(made.at("message_count"), 0);
  EXPECT_TRUE(made.at("leaf_id").is_null());
  json::value shown = get(path);
  EXPECT_TRUE(shown.at("messages").as_array().empty());
  shown.as_object().erase("messages");
  EXPECT_EQ(shown, made);
  EXPECT_FALSE(get(path + "?messages=false").as_object().contains("messages"));

  const json::value changed = ask(
      "PATCH", path, {{"title", "Stews"}, {"pinned", true}, {"system", nullptr}, {"folder", nullptr}, {"tags", {"c"}}});
  EXPECT_EQ(changed.at("title"), "Stews");
  EXPECT_EQ(changed.at("pinned"), true);
  EXPECT_TRUE(changed.at("system").is_null());
  EXPECT_TRUE(changed.at("folder").is_null());
  EXPECT_EQ(changed.at("tags"), parse_json(R"(["c"])", ""));
  EXPECT_EQ(changed.at("model"), "parrot");
  EXPECT_EQ(get("/api/folders"), parse_json(R"({"folders":[],"tags":[{"name":"c","count":1}]})", ""));

  const json::value deleted = ask("DELETE", path);
  EXPECT_EQ(deleted.at("deleted"), true);
  EXPECT_GT(deleted.at("purged_ms").as_int64(), made.at("created_ms").as_int64());
  EXPECT_THAT(titles(), IsEmpty());
  EXPECT_THAT(titles("?deleted=true"), ElementsAre("Stews"));
  EXPECT_FALSE(get(path).at("deleted_ms").is_null());
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", "x"}}), "");
  EXPECT_TRUE(ask("POST", path + "/restore").at("deleted_ms").is_null());
  EXPECT_THAT(titles(), ElementsAre("Stews"));
  EXPECT_TRUE(ask("DELETE", path + "?forever=true").at("purged_ms").is_null());
  EXPECT_EQ(ask("GET", path, nullptr, 404).at("error").at("code"), "not_found");
}

TEST_F(ManageConversations, BelongToKeys) {
  const std::string id = text(ask("POST", "/api/conversations", json::object{}, 201, "anna").at("id"));
  const std::string path = "/api/conversations/" + id;
  EXPECT_EQ(ask("GET", path, nullptr, 200, "anna").at("id"), json::value(id));
  for (const auto& [method, at] :
       std::vector<std::pair<std::string, std::string>>{{"GET", path},
                                                        {"DELETE", path},
                                                        {"POST", path + "/restore"},
                                                        {"GET", path + "/export"},
                                                        {"GET", path + "/context"},
                                                        {"DELETE", path + "/messages/m"},
                                                        {"POST", path + "/messages/m/stop"},
                                                        {"POST", path + "/messages/m/continue"},
                                                        {"GET", path + "/messages/m/events"}}) {
    ask(method, at, nullptr, 404, "bert");
    ask(method, at, nullptr, 404);
  }
  ask("PATCH", path, json::object{}, 404, "bert");
  ask("POST", path + "/messages", {{"content", "x"}, {"model", "parrot"}}, 404, "bert");
  ask("POST", path + "/answers", {{"parent_id", "x"}, {"model", "parrot"}}, 404, "bert");
  ask("POST", path + "/branch", {{"message_id", "x"}}, 404, "bert");
  EXPECT_THAT(titles(), IsEmpty());
  const std::string preset = text(ask("POST", "/api/presets", {{"name", "p"}}, 201, "anna").at("id"));
  ask("GET", "/api/presets/" + preset, nullptr, 404, "bert");
  const std::string prompt = text(ask("POST", "/api/prompts", {{"name", "p"}, {"text", "t"}}, 201, "anna").at("id"));
  ask("DELETE", "/api/prompts/" + prompt, nullptr, 404, "bert");
}

TEST_F(ManageConversations, ListsAreFilteredAndPaged) {
  for (int i = 0; i < 5; ++i)
    post("/api/conversations", {{"title", "t" + std::to_string(i)}, {"tags", {i % 2 ? "odd" : "even"}}}, 201);
  EXPECT_THAT(titles("?tag=odd"), SizeIs(2));
  const json::value first = get("/api/conversations?limit=3");
  EXPECT_THAT(first.at("conversations").as_array(), SizeIs(3));
  const json::value rest = get("/api/conversations?limit=3&cursor=" + text(first.at("next_cursor")));
  EXPECT_THAT(rest.at("conversations").as_array(), SizeIs(2));
  EXPECT_TRUE(rest.at("next_cursor").is_null());
  EXPECT_THAT(titles("?q=t3"), ElementsAre("t3"));
  EXPECT_EQ(refused("GET", "/api/conversations?limit=x", nullptr), "limit");
  EXPECT_EQ(refused("GET", "/api/conversations?limit=201", nullptr), "limit");
  EXPECT_EQ(refused("GET", "/api/conversations?cursor=x", nullptr), "cursor");
  EXPECT_EQ(refused("GET", "/api/conversations?pinned=perhaps", nullptr), "pinned");
}

TEST_F(ManageConversations, WrongFieldsAreNamed) {
  const std::string path = "/api/conversations/" + conversation();
  EXPECT_EQ(refused("POST", "/api/conversations", {{"title", std::string(301, 'x')}}), "title");
  EXPECT_EQ(refused("POST", "/api/conversations", {{"parameters", {{"temperature", "hot"}}}}),
            "parameters.temperature");
  EXPECT_EQ(refused("POST", "/api/conversations", {{"parameters", {{"response_format", {{"type", "xml"}}}}}}),
            "parameters.response_format.type");
  EXPECT_EQ(refused("POST", "/api/conversations", {{"parameters", 7}}), "parameters");
  EXPECT_EQ(refused("POST", "/api/conversations", {{"preset_id", "pre_none"}}), "preset_id");
  EXPECT_EQ(refused("PATCH", path, {{"tags", json::array(33, "t")}}), "tags");
  EXPECT_EQ(refused("PATCH", path, {{"pinned", "yes"}}), "pinned");
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", 7}}), "content");
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", ""}}), "content");
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", "x"}, {"attachments", {{{"name", "a"}}}}}),
            "attachments[0].text");
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", "x"}, {"attachments", {{{"name", ""}, {"text", "t"}}}}}),
            "attachments[0].name");
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", "x"}, {"model", "a"}, {"models", {"b"}}}), "models");
  EXPECT_EQ(refused("POST", path + "/messages", {{"content", "x"}, {"model", "nobody"}}, 404), "model");
  ask("PATCH", path, {{"leaf_id", "msg_none"}}, 404);
  EXPECT_EQ(send("POST", "/api/conversations", "{")->status(), 400);
  EXPECT_EQ(send("POST", "/api/conversations", "{\"title\":\"\xff\"}")->status(), 400);
  EXPECT_EQ(get(path).at("message_count"), 0);
}

TEST_F(ManageConversations, PresetsGiveWhatIsNotSaidOtherwise) {
  const json::value preset = post(
      "/api/presets",
      {{"name", "Pirate"}, {"system", "Arr."}, {"model", "parrot"}, {"parameters", {{"top_k", 3}, {"seed", 1}}}}, 201);
  const std::string id = text(preset.at("id"));
  const json::value made = post("/api/conversations", {{"preset_id", id}, {"parameters", {{"seed", 2}}}}, 201);
  EXPECT_EQ(made.at("system"), "Arr.");
  EXPECT_EQ(made.at("model"), "parrot");
  EXPECT_EQ(made.at("parameters"), parse_json(R"({"top_k":3,"seed":2})", ""));
  ask("DELETE", "/api/presets/" + id);
  EXPECT_EQ(get("/api/conversations/" + text(made.at("id"))).at("system"), "Arr.");

  const json::value changed =
      ask("PATCH", "/api/conversations/" + text(made.at("id")), {{"preset_id", "pre_json"}, {"model", "other"}});
  EXPECT_EQ(changed.at("model"), "other");
  EXPECT_EQ(changed.at("parameters").at("response_format"), parse_json(R"({"type":"json_object"})", ""));
  EXPECT_THAT(text(changed.at("system")), HasSubstr("JSON"));
}

TEST_F(ManageConversations, ShippedPresetsAndPromptsStayAsTheyAre) {
  const json::value presets = get("/api/presets");
  EXPECT_THAT(presets.at("presets").as_array(), SizeIs(6));
  for (const json::value& preset : presets.at("presets").as_array()) {
    EXPECT_EQ(preset.at("shipped"), true);
    ask("PATCH", "/api/presets/" + text(preset.at("id")), {{"name", "x"}}, 409);
    ask("DELETE", "/api/presets/" + text(preset.at("id")), nullptr, 409);
    // What it says can be used.
    post("/api/conversations", {{"preset_id", text(preset.at("id"))}}, 201);
  }
  const json::value prompts = get("/api/prompts");
  EXPECT_GE(prompts.at("prompts").as_array().size(), 8U);
  for (const json::value& prompt : prompts.at("prompts").as_array()) {
    EXPECT_THAT(text(prompt.at("text")), HasSubstr("{{"));
    ask("DELETE", "/api/prompts/" + text(prompt.at("id")), nullptr, 409);
    post("/api/prompts", {{"name", text(prompt.at("name"))}, {"text", "t"}}, 409);
  }
}

TEST_F(ManageConversations, OwnPresetsAndPromptsCanBeChanged) {
  const std::string preset = "/api/presets/" + text(post("/api/presets", {{"name", "a"}}, 201).at("id"));
  EXPECT_EQ(ask("PATCH", preset, {{"description", "d"}, {"template", "{{ messages[0].content }}"}}).at("name"), "a");
  EXPECT_EQ(get(preset).at("template"), "{{ messages[0].content }}");
  EXPECT_TRUE(ask("PATCH", preset, {{"template", nullptr}}).at("template").is_null());
  EXPECT_EQ(refused("PATCH", preset, {{"template", "{% if %}"}}), "template");
  EXPECT_EQ(refused("PATCH", preset, {{"name", ""}}), "name");
  EXPECT_EQ(refused("POST", "/api/presets", json::object{}), "name");
  EXPECT_EQ(ask("DELETE", preset).at("deleted"), true);
  ask("GET", preset, nullptr, 404);

  const std::string prompt =
      "/api/prompts/" + text(post("/api/prompts", {{"name", "haiku"}, {"text", "{{topic}}"}}, 201).at("id"));
  post("/api/prompts", {{"name", "haiku"}, {"text", "again"}}, 409);
  EXPECT_EQ(ask("PATCH", prompt, {{"text", "About {{topic}}"}}).at("name"), "haiku");
  EXPECT_EQ(refused("PATCH", prompt, {{"name", "Has Blanks"}}), "name");
  EXPECT_EQ(refused("POST", "/api/prompts", {{"name", "x"}, {"text", ""}}), "text");
  EXPECT_EQ(ask("DELETE", prompt).at("deleted"), true);
}

TEST_F(ManageConversations, WhatIsExportedCanBeImported) {
  script_.pieces = {"Boil it."};
  const std::string id = conversation({{"title", "Soup"}, {"tags", {"t"}}, {"system", "Be brief."}});
  const json::value sent = say(id, {{"content", "How?"}, {"attachments", {{{"name", "a.py"}, {"text", "print(1)"}}}}});
  finished(id, answer_of(sent));
  say(id, {{"content", "How?!"}, {"parent_id", nullptr}, {"answer", false}});
  const auto file = send("GET", "/api/conversations/" + id + "/export", "");
  EXPECT_THAT(file->body(), HasSubstr("hearth conversations 1"));
  const json::value imported = post("/api/conversations/import", parse_json(file->body(), "", 200), 201);
  const std::string copy = text(imported.at("conversations").at(0).at("id"));
  EXPECT_NE(copy, id);
  json::value before = get("/api/conversations/" + id + "?tree=true"),
              after = get("/api/conversations/" + copy + "?tree=true");
  ASSERT_EQ(before.at("messages").as_array().size(), 3U);
  for (json::value* each : {&before, &after}) {
    for (const char* changing : {"id", "leaf_id", "updated_ms"}) each->as_object().erase(changing);
    for (json::value& message : each->at("messages").as_array())
      for (const char* changing : {"id", "parent_id", "siblings"}) message.as_object().erase(changing);
  }
  EXPECT_EQ(after, before);
  EXPECT_THAT(shown(copy), ElementsAre("user: How?!"));
  EXPECT_EQ(
      parse_json(send("GET", "/api/conversations/export", "")->body(), "", 200).at("conversations").as_array().size(),
      2U);

  ask("PATCH", "/api/conversations/" + id, {{"leaf_id", answer_of(sent)}});
  const std::string markdown = send("GET", "/api/conversations/" + id + "/export?format=markdown", "")->body();
  EXPECT_EQ(markdown,
            "# Soup\n\n## System\n\nBe brief.\n\n## You\n\na.py\n```py\nprint(1)\n```\n\nHow?\n\n## Assistant "
            "(parrot)\n\nBoil it.\n");
  const json::value read = post("/api/conversations/import", {{"format", "markdown"}, {"text", markdown}}, 201);
  EXPECT_THAT(shown(text(read.at("conversations").at(0).at("id"))),
              ElementsAre("user: a.py\n```py\nprint(1)\n```\n\nHow?", "assistant: Boil it."));
  EXPECT_EQ(refused("POST", "/api/conversations/import", {{"format", "markdown"}, {"text", "nothing"}}), "");
  EXPECT_EQ(refused("POST", "/api/conversations/import", {{"format", "other"}}), "");
  EXPECT_EQ(refused("GET", "/api/conversations/" + id + "/export?format=pdf", nullptr), "format");
}

TEST_F(ManageConversations, ABrokenStoreIsToldAndNothingElseSuffers) {
  const std::filesystem::path file = database();
  conversations_.reset();
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::trunc) << std::string(10'000, 'x');
  open();
  const json::value error = ask("GET", "/api/conversations", nullptr, 503).at("error");
  EXPECT_EQ(error.at("code"), "store_unavailable");
  EXPECT_THAT(text(error.at("message")), HasSubstr(file.string()));
  EXPECT_THAT(text(error.at("message")), HasSubstr("move it away"));
  ask("GET", "/api/presets", nullptr, 503);
  ask("POST", "/api/conversations", json::object{}, 503);
}

}  // namespace
}  // namespace hearth
