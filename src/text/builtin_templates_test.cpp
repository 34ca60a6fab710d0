// The built-in chat formats, against the prompts that the models' cards show.
#include "text/builtin_templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/file.h"
#include "hearth/error.h"
#include "support/fixtures.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

constexpr std::string_view kConversation = R"([
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": "Bye"}])";

TemplateInputs inputs_of(std::string_view messages) {
  TemplateInputs inputs;
  inputs.messages = parse_json(messages, "messages").as_array();
  inputs.bos_token = "<s>";
  inputs.eos_token = "</s>";
  return inputs;
}

std::string prompt(std::string_view name, std::string_view messages = kConversation) {
  return ChatTemplate::builtin(name).render(inputs_of(messages)).text;
}

TEST(BuiltinTemplates, FollowTheModelsCards) {
  EXPECT_EQ(prompt("chatml"),
            "<|im_start|>system\nBe "
            "kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n"
            "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(prompt("phi4"),
            "<|im_start|>system<|im_sep|>Be "
            "kind.<|im_end|><|im_start|>user<|im_sep|>Hi<|im_end|><|im_start|>assistant<|im_sep|>Hello!"
            "<|im_end|><|im_start|>user<|im_sep|>Bye<|im_end|><|im_start|>assistant<|im_sep|>");
  EXPECT_EQ(prompt("llama2"), "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello! </s><s>[INST] Bye [/INST]");
  EXPECT_EQ(prompt("mistral"), "<s>[INST] Be kind.\n\nHi [/INST] Hello!</s>[INST] Bye [/INST]");
  EXPECT_EQ(prompt("llama3"),
            "<s><|start_header_id|>system<|end_header_id|>\n\nBe "
            "kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>user<|end_header_id|>"
            "\n\nBye<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
  EXPECT_EQ(prompt("phi2"), "Be kind.\nInstruct: Hi\nOutput: Hello!\nInstruct: Bye\nOutput:");
  EXPECT_EQ(prompt("phi3"),
            "<|system|>\nBe "
            "kind.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n");
  EXPECT_EQ(prompt("gemma"),
            "<s><start_of_turn>user\nBe "
            "kind.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nBye"
            "<end_of_turn>\n<start_of_turn>model\n");
  const std::string zephyr =
      "<|system|>\nBe kind.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello!</s>\n<|user|>\nBye</s>\n<|assistant|>\n";
  EXPECT_EQ(prompt("zephyr"), zephyr);
  EXPECT_EQ(prompt("tinyllama"), zephyr);
  EXPECT_EQ(
      prompt("deepseek-coder"),
      "<s>Be kind.\n### Instruction:\nHi\n### Response:\nHello!\n<|EOT|>\n### Instruction:\nBye\n### Response:\n");
  EXPECT_EQ(prompt("deepseek-r1"),
            "<s>Be kind.<｜User｜>Hi<｜Assistant｜>Hello!<｜end▁of▁sentence｜><｜User｜>Bye<｜Assistant｜>");
  EXPECT_EQ(
      prompt("alpaca"),
      "Be kind.\n\n### Instruction:\nHi\n\n### Response:\nHello!</s>\n\n### Instruction:\nBye\n\n### Response:\n");
  EXPECT_EQ(prompt("vicuna"), "<s>Be kind. USER: Hi ASSISTANT: Hello!</s>USER: Bye ASSISTANT:");
  EXPECT_EQ(
      prompt("openchat"),
      "<s>Be kind.<|end_of_turn|>GPT4 Correct User: Hi<|end_of_turn|>GPT4 Correct Assistant: Hello!<|end_of_turn|>"
      "GPT4 Correct User: Bye<|end_of_turn|>GPT4 Correct Assistant:");
  EXPECT_EQ(
      prompt("command-r"),
      "<s><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>Be kind.<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>Hi"
      "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Hello!<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|>"
      "<|USER_TOKEN|>Bye<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>");
  EXPECT_EQ(prompt("falcon"), "Be kind.\n\nUser: Hi\n\nAssistant: Hello!\n\nUser: Bye\n\nAssistant:");
}

TEST(BuiltinTemplates, AgreeWithTheVendorsTemplates) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  constexpr std::string_view kWithoutSystem =
      R"([{"role": "user", "content": "  Hi\n"}, {"role": "assistant", "content": "Hello!"},
      {"role": "user", "content": "Bye"}])";
  const auto vendors = [&](const char* file, std::string_view messages) {
    return ChatTemplate::parse(read_file(fixtures / "chat_templates" / file), file).render(inputs_of(messages)).text;
  };
  EXPECT_EQ(prompt("gemma", kWithoutSystem), vendors("google-gemma-2-2b-it.jinja", kWithoutSystem));
  EXPECT_EQ(prompt("phi3", kWithoutSystem), vendors("microsoft-Phi-3.5-mini-instruct.jinja", kWithoutSystem));
  EXPECT_EQ(prompt("phi3"), vendors("microsoft-Phi-3.5-mini-instruct.jinja", kConversation));
  EXPECT_EQ(prompt("chatml"), vendors("Qwen-Qwen2.5-7B-Instruct.jinja", kConversation));
  // R1's own template opens the reasoning at the end.
  EXPECT_TRUE(vendors("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja", kConversation)
                  .starts_with(prompt("deepseek-r1") + "<think>"));
}

TEST(BuiltinTemplates, TakeContentInPartsAndMissingContent) {
  const char* parts = R"([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
      {"role": "assistant", "content": null, "tool_calls": []}])";
  for (const std::string_view name : ChatTemplate::builtin_names()) {
    SCOPED_TRACE(name);
    EXPECT_NE(prompt(name, parts).find("ab"), std::string::npos);
    EXPECT_EQ(prompt(name, parts).find("None"), std::string::npos);
  }
}

TEST(BuiltinTemplates, LeaveTheGenerationPromptOutOnRequest) {
  for (const std::string_view name : ChatTemplate::builtin_names()) {
    SCOPED_TRACE(name);
    auto inputs = inputs_of(R"([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}])");
    const std::string with = ChatTemplate::builtin(name).render(inputs).text;
    inputs.add_generation_prompt = false;
    const std::string without = ChatTemplate::builtin(name).render(inputs).text;
    EXPECT_TRUE(with.starts_with(without));
    // Llama-2 and Mistral answer right after [/INST].
    EXPECT_EQ(with == without, name == "llama2" || name == "mistral");
  }
}

TEST(BuiltinTemplates, KeepUsersTextUntrusted) {
  for (const std::string_view name : ChatTemplate::builtin_names()) {
    SCOPED_TRACE(name);
    const auto rendered =
        ChatTemplate::builtin(name).render(inputs_of(R"([{"role": "user", "content": "<|im_end|>"}])"));
    ASSERT_EQ(rendered.untrusted.size(), 1u);
    const auto [begin, end] = rendered.untrusted[0];
    EXPECT_EQ(rendered.text.substr(begin, end - begin), "<|im_end|>");
  }
}

TEST(BuiltinTemplates, AnUnknownNameIsAnErrorThatListsTheKnownOnes) {
  try {
    ChatTemplate::builtin("nonsense");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(error.message().find("nonsense"), std::string::npos);
    EXPECT_NE(error.hint().find("chatml, llama2"), std::string::npos);
  }
}

std::optional<std::string_view> guess(std::string_view architecture, std::string_view name,
                                      std::set<std::string, std::less<>> tokens = {}) {
  return guess_builtin_template(architecture, name, [&](std::string_view token) { return tokens.contains(token); });
}

TEST(GuessBuiltinTemplate, KnowsFormatsByTheirControlTokens) {
  EXPECT_EQ(guess("qwen2", "Qwen2.5-0.5B-Instruct", {"<|im_start|>", "<|im_end|>"}), "chatml");
  EXPECT_EQ(guess("llama", "", {"<|im_start|>", "<|im_end|>"}), "chatml");
  EXPECT_EQ(guess("phi3", "phi-4", {"<|im_start|>", "<|im_sep|>"}), "phi4");
  EXPECT_EQ(guess("llama", "Meta-Llama-3-8B-Instruct", {"<|start_header_id|>", "<|eot_id|>"}), "llama3");
  EXPECT_EQ(guess("llama", "My finetune", {"<|start_header_id|>", "<|eot_id|>"}), "llama3");
  EXPECT_EQ(guess("gemma", "gemma-2b-it", {"<start_of_turn>"}), "gemma");
  EXPECT_EQ(guess("gemma2", "", {"<start_of_turn>"}), "gemma");
  EXPECT_EQ(guess("phi3", "Phi-3-mini-4k-instruct", {"<|user|>", "<|assistant|>", "<|end|>"}), "phi3");
  EXPECT_EQ(guess("stablelm", "stablelm-zephyr-3b", {"<|user|>", "<|assistant|>"}), "zephyr");
  EXPECT_EQ(guess("command-r", "c4ai", {"<|START_OF_TURN_TOKEN|>"}), "command-r");
  EXPECT_EQ(guess("qwen2", "DeepSeek-R1-Distill-Qwen-7B", {"<｜User｜>", "<｜Assistant｜>"}), "deepseek-r1");
  EXPECT_EQ(guess("starcoder", "starchat-beta", {"<|user|>", "<|assistant|>", "<|end|>"}), "phi3");
}

TEST(GuessBuiltinTemplate, KnowsModelsByTheirNames) {
  EXPECT_EQ(guess("llama", "Llama-2-7b-chat-hf"), "llama2");
  EXPECT_EQ(guess("llama", "CodeLlama-7b-Instruct-hf"), "llama2");
  EXPECT_EQ(guess("llama", "Mistral-7B-Instruct-v0.2"), "mistral");
  EXPECT_EQ(guess("llama", "TinyLlama-1.1B-Chat-v1.0"), "tinyllama");
  EXPECT_EQ(guess("llama", "zephyr-7b-beta"), "zephyr");
  EXPECT_EQ(guess("llama", "vicuna-13b-v1.5"), "vicuna");
  EXPECT_EQ(guess("llama", "deepseek-coder-6.7b-instruct"), "deepseek-coder");
  EXPECT_EQ(guess("phi2", "phi-2"), "phi2");
  EXPECT_EQ(guess("phi2", ""), "phi2");
  EXPECT_EQ(guess("falcon", "falcon-7b-instruct"), "falcon");
}

TEST(GuessBuiltinTemplate, LeavesCompletionModelsWithoutOne) {
  EXPECT_EQ(guess("gpt2", "gpt2", {"<|endoftext|>"}), std::nullopt);
  EXPECT_EQ(guess("starcoder", "starcoderbase-1b", {"<|endoftext|>", "<fim_prefix>"}), std::nullopt);
  EXPECT_EQ(guess("llama", "CodeLlama-7b-hf"), std::nullopt);
  EXPECT_EQ(guess("llama", "Llama-2-7b-hf"), std::nullopt);
  EXPECT_EQ(guess("llama", "Mistral-7B-v0.1"), std::nullopt);
  EXPECT_EQ(guess("llama", "Meta-Llama-3-8B", {"<|start_header_id|>", "<|eot_id|>"}), std::nullopt);
  EXPECT_EQ(guess("gemma", "gemma-2b", {"<start_of_turn>"}), std::nullopt);
  EXPECT_EQ(guess("qwen3", "Qwen3-0.6B-Base", {"<|im_start|>"}), std::nullopt);
  EXPECT_EQ(guess("llama", ""), std::nullopt);
  EXPECT_EQ(guess("bert", "all-MiniLM-L6-v2"), std::nullopt);
}

TEST(GuessBuiltinTemplate, GuessesOnlyNamesThatExist) {
  EXPECT_THAT(ChatTemplate::builtin_names(),
              ::testing::IsSupersetOf({"chatml", "phi4", "llama3", "gemma", "phi3", "zephyr", "command-r",
                                       "deepseek-r1", "llama2", "mistral", "tinyllama", "vicuna", "alpaca", "openchat",
                                       "deepseek-coder", "phi2", "falcon"}));
}

}  // namespace
}  // namespace hearth
