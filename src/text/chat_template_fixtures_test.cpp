// The vendors' templates among the shared fixtures: each case as Hugging Face transformers renders it.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "hearth/error.h"
#include "support/fixtures.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

std::string text_of(const json::value& value) {
  const json::string& text = value.as_string();
  return {text.data(), text.size()};
}

TemplateInputs inputs_of(const json::object& test_case) {
  TemplateInputs inputs;
  inputs.messages = test_case.at("messages").as_array();
  inputs.tools = test_case.at("tools");
  inputs.add_generation_prompt = test_case.at("add_generation_prompt").as_bool();
  inputs.bos_token = text_of(test_case.at("bos_token"));
  inputs.eos_token = text_of(test_case.at("eos_token"));
  return inputs;
}

/// What the template gives, or nothing where it refuses.
std::optional<std::string> rendered(const std::string& source, const std::string& name, const TemplateInputs& inputs) {
  try {
    return ChatTemplate::parse(source, name).render(inputs).text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
    EXPECT_TRUE(error.message().starts_with(name + ": line ")) << error.message();
    return std::nullopt;
  }
}

TEST(ChatTemplateFixtures, EveryCaseRendersAsTheReferenceDoes) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures / "chat_templates")) {
    if (entry.path().extension() != ".jinja") continue;
    const std::string name = entry.path().filename().string();
    const std::string source = read_file(entry.path());
    const json::value document = load_json(std::filesystem::path(entry.path()).replace_extension(".json"));
    for (const json::value& value : document.as_array()) {
      const json::object& test_case = value.as_object();
      SCOPED_TRACE(name + ": " + text_of(test_case.at("case")));
      const auto text = rendered(source, name, inputs_of(test_case));
      ++cases;
      if (test_case.contains("error")) {
        EXPECT_FALSE(text.has_value()) << "should refuse: " << text_of(test_case.at("error"));
      } else {
        ASSERT_TRUE(text.has_value());
        EXPECT_EQ(*text, text_of(test_case.at("expected")));
      }
    }
  }
  EXPECT_GE(cases, 200);
}

}  // namespace
}  // namespace hearth
