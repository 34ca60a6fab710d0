#include "runtime/manager/model_overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/json.h"
#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

ModelOverlay mario() {
  ModelOverlay overlay;
  overlay.name = "mario";
  overlay.from = "tiny";
  overlay.system = "You are Mario.";
  overlay.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}";
  overlay.parameters_json = R"({"temperature":0.5,"stop":["###","\n"]})";
  overlay.messages = {{"user", "Hi", "", "", "", ""}, {"assistant", "It's-a me!", "hm", "[]", "", "luigi"}};
  overlay.license = {"MIT", "more"};
  return overlay;
}

std::string problem(OverlayStore& store, ModelOverlay overlay) {
  try {
    store.put(std::move(overlay));
  } catch (const Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "";
}

TEST(ModelOverlay, NamesThatAreAndThatAreNot) {
  EXPECT_EQ(overlay_name("mario"), "mario:latest");
  EXPECT_EQ(overlay_name("me/mario:v1.2"), "me/mario:v1.2");
  EXPECT_EQ(overlay_name("hf.co/owner/repo:Q4_K_M"), "hf.co/owner/repo:Q4_K_M");
  for (const char* bad : {"", "/", "..", "../x", "a/../b", "a//b", "/a", "a/", "a:", ":a", "a:b:c", "a b", "a\nb",
                          "a/b/c/d", ".hidden", "a\\b", "~root", "a:../../x", "a%2F"}) {
    EXPECT_THROW(overlay_name(bad), Error) << bad;
  }
  EXPECT_THROW(overlay_name(std::string_view("a\0b", 3).data() + std::string(300, 'a')), Error);
}

TEST(ModelOverlay, WhatIsKeptComesBack) {
  const testing::TemporaryFolder folder;
  OverlayStore store(folder.path() / "new/folder");
  EXPECT_TRUE(store.all().empty());
  EXPECT_EQ(store.find("mario"), nullptr);
  store.put(mario());
  OverlayStore other(folder.path() / "new/folder");
  for (const char* name : {"mario", "mario:latest", "MARIO", "Mario:Latest"}) {
    const auto found = other.find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->name, "mario:latest");
    EXPECT_EQ(found->from, "tiny");
    EXPECT_EQ(found->system, "You are Mario.");
    EXPECT_EQ(found->chat_template, mario().chat_template);
    EXPECT_EQ(parse_json(found->parameters_json, ""), parse_json(mario().parameters_json, ""));
    ASSERT_EQ(found->messages.size(), 2U);
    EXPECT_EQ(found->messages[1].content, "It's-a me!");
    EXPECT_EQ(found->messages[1].reasoning, "hm");
    EXPECT_EQ(found->messages[1].tool_calls_json, "[]");
    EXPECT_EQ(found->messages[1].name, "luigi");
    EXPECT_EQ(found->license, mario().license);
    EXPECT_GT(found->modified, 1'700'000'000);
  }
  EXPECT_EQ(other.find("mario:v2"), nullptr);
  EXPECT_EQ(other.find("../mario"), nullptr);
}

TEST(ModelOverlay, ReplacedAndRemoved) {
  const testing::TemporaryFolder folder;
  OverlayStore store(folder.path());
  store.put(mario());
  ModelOverlay second = mario();
  second.name = "Mario:latest";
  second.system = "Wario now, and longer than before.";
  store.put(second);
  ASSERT_EQ(store.all().size(), 1U);
  EXPECT_EQ(store.find("mario")->system, second.system);
  EXPECT_TRUE(store.remove("mario"));
  EXPECT_FALSE(store.remove("mario"));
  EXPECT_TRUE(store.all().empty());
}

TEST(ModelOverlay, WhatIsWrongIsRefused) {
  const testing::TemporaryFolder folder;
  OverlayStore store(folder.path());
  ModelOverlay overlay = mario();
  overlay.parameters_json = "[1]";
  EXPECT_THAT(problem(store, overlay), HasSubstr("parameters must be an object"));
  overlay.parameters_json = "{";
  EXPECT_THAT(problem(store, overlay), HasSubstr("parameters"));
  overlay = mario();
  overlay.chat_template = "{{ if .System }}<|system|>{{ .System }}{{ end }}{{ .Prompt }}";
  EXPECT_THAT(problem(store, overlay), HasSubstr("not in Go's language"));
  overlay.chat_template = "{% for %}";
  EXPECT_THAT(problem(store, overlay), HasSubstr("written in Jinja"));
  overlay = mario();
  overlay.system = "\xff";
  EXPECT_THAT(problem(store, overlay), HasSubstr("system is not UTF-8"));
  overlay = mario();
  overlay.messages.assign(2000, {});
  EXPECT_THAT(problem(store, overlay), HasSubstr("more than 1000 messages"));
  overlay = mario();
  overlay.license = {std::string(5 << 20, 'x')};
  EXPECT_THAT(problem(store, overlay), HasSubstr("more than 4194304 bytes"));
  EXPECT_TRUE(fs::is_empty(folder.path())) << "nothing of these was written";
}

TEST(ModelOverlay, DamagedAndStrangeFilesAreLeftOut) {
  const testing::TemporaryFolder folder;
  OverlayStore store(folder.path());
  store.put(mario());
  std::ofstream(folder.path() / "broken@latest.json") << "{\"name\": ";
  std::ofstream(folder.path() / "other@latest.json") << R"({"name":"mario","from":"x"})";  // the name of another file
  std::ofstream(folder.path() / "notes.txt") << "x";
  ASSERT_EQ(store.all().size(), 1U);
  EXPECT_EQ(store.all()[0].name, "mario:latest");
  EXPECT_EQ(store.find("broken"), nullptr);
  std::ofstream(folder.path() / "broken@latest.json") << R"({"name":"broken:latest","from":"tiny"})";
  EXPECT_NE(store.find("broken"), nullptr) << "mended";
}

}  // namespace
}  // namespace hearth
