#include "text/gguf_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearth {
namespace {

/// Ends of turns and texts, and marks of fill-in-the-middle: converters have given them other types often enough that
/// llama.cpp goes by these names too.
constexpr std::string_view kControlNames[] = {"</s>",
                                              "<|eot_id|>",
                                              "<|eom_id|>",
                                              "<|im_end|>",
                                              "<|im_start|>",
                                              "<|end|>",
                                              "<|endoftext|>",
                                              "<|end_of_text|>",
                                              "<end_of_turn>",
                                              "<start_of_turn>",
                                              "<end_of_utterance>",
                                              "<|return|>",
                                              "<|call|>",
                                              "<EOT>",
                                              "[EOT]",
                                              "[EOS]",
                                              "<｜end▁of▁sentence｜>",
                                              "<|fim_prefix|>",
                                              "<|fim_suffix|>",
                                              "<|fim_middle|>",
                                              "<|fim_pad|>",
                                              "<fim_prefix>",
                                              "<fim_suffix>",
                                              "<fim_middle>",
                                              "<fim_pad>",
                                              "▁<PRE>",
                                              "▁<SUF>",
                                              "▁<MID>",
                                              "▁<EOT>",
                                              "<|file_sep|>"};

std::optional<TokenId> load_id(const GgufFile& file, std::string_view key, std::int64_t n_tokens) {
  const auto id = file.integer(key);
  if (!id) return std::nullopt;
  if (*id < 0 || *id >= n_tokens) file.fail(key, fmt::format("is {}; the vocabulary has {} tokens", *id, n_tokens));
  return static_cast<TokenId>(*id);
}

std::vector<GgufTokenType> load_types(const GgufFile& file, std::size_t n_tokens) {
  constexpr const char* kKey = "tokenizer.ggml.token_type";
  std::vector<GgufTokenType> types(n_tokens, GgufTokenType::kNormal);
  const auto numbers = file.integers(kKey);
  if (!numbers) return types;
  if (numbers->size() != n_tokens)
    file.fail(kKey, fmt::format("has {} elements for {} tokens", numbers->size(), n_tokens));
  for (std::size_t i = 0; i < n_tokens; ++i) {
    const std::int64_t number = (*numbers)[i];
    if (number < 0 || number > 6) file.fail(kKey, fmt::format("has {} at {}, which is no type of token", number, i));
    types[i] = static_cast<GgufTokenType>(number);
  }
  return types;
}

std::vector<float> load_scores(const GgufFile& file, std::size_t n_tokens) {
  constexpr const char* kKey = "tokenizer.ggml.scores";
  std::vector<float> scores;
  const auto numbers = file.numbers(kKey);
  if (!numbers) return scores;
  if (numbers->size() != n_tokens)
    file.fail(kKey, fmt::format("has {} elements for {} tokens", numbers->size(), n_tokens));
  scores.reserve(n_tokens);
  for (const double number : *numbers) {
    if (number != number) file.fail(kKey, "has an element that is not a number");
    scores.push_back(static_cast<float>(number));
  }
  return scores;
}

bool is_in(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [text](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return text;
}

}  // namespace

GgufVocabulary GgufVocabulary::load(const GgufFile& file) {
  constexpr const char* kTokens = "tokenizer.ggml.tokens";
  const std::vector<std::string_view>* tokens = file.strings(kTokens);
  if (tokens == nullptr) file.fail(kTokens, "is missing");
  if (tokens->size() > (std::size_t{1} << 28)) file.fail(kTokens, fmt::format("has {} elements", tokens->size()));
  const auto n = static_cast<std::int64_t>(tokens->size());

  GgufVocabulary result;
  result.vocabulary = std::make_shared<Vocabulary>(fmt::format("{}: {}", file.name(), kTokens), tokens->size());
  for (std::int64_t id = 0; id < n; ++id) {
    const std::string_view text = (*tokens)[static_cast<std::size_t>(id)];
    result.vocabulary->add(text.empty() ? std::string_view(fmt::format("[EMPTY_{}]", id)) : text, id);
  }
  result.types = load_types(file, tokens->size());
  result.scores = load_scores(file, tokens->size());
  result.bos = load_id(file, "tokenizer.ggml.bos_token_id", n);
  result.eos = load_id(file, "tokenizer.ggml.eos_token_id", n);
  result.unk = load_id(file, "tokenizer.ggml.unknown_token_id", n);
  result.sep = load_id(file, "tokenizer.ggml.seperator_token_id", n);  // the format spells it so
  result.cls = load_id(file, "tokenizer.ggml.cls_token_id", n);
  const auto make_control = [&result](std::optional<TokenId> id) {
    if (!id) return;
    GgufTokenType& type = result.types[static_cast<std::size_t>(*id)];
    if (type == GgufTokenType::kNormal || type == GgufTokenType::kUserDefined) type = GgufTokenType::kControl;
  };
  for (const char* key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id",
                          "tokenizer.ggml.padding_token_id", "tokenizer.ggml.mask_token_id"}) {
    const auto id = load_id(file, key, n);
    if (file.find("tokenizer.ggml.token_type") == nullptr) make_control(id);
  }
  for (const auto id : {result.bos, result.eos, result.sep, result.cls}) make_control(id);
  for (const std::string_view name : kControlNames) make_control(result.vocabulary->find(name));
  return result;
}

bool GgufVocabulary::is_control_text(std::string_view text) const {
  const auto id = vocabulary->find(text);
  return id && is_control(*id);
}

std::vector<AddedToken> GgufVocabulary::added_tokens(const GgufFile& file) const {
  // The file does not say which tokens take white space; llama.cpp knows these families by name.
  const std::string name = lower_ascii(file.string("general.name").value_or(""));
  const std::string pre = file.string("tokenizer.ggml.pre").value_or("");
  const std::string architecture = file.string("general.architecture").value_or("");
  const bool mask_takes_space = is_in(pre, {"jina-v2-de", "jina-v2-es", "jina-v2-code"}) ||
                                is_in(architecture, {"nomic-bert-moe", "jina-bert-v3"});
  const bool phi3 = is_in(name, {"phi-3", "phi3"});
  const bool modern_bert = is_in(name, {"modern-bert"});

  std::vector<AddedToken> tokens;
  for (TokenId id = 0; id < vocabulary->size(); ++id) {
    if (!is_control(id) && type(id) != GgufTokenType::kUserDefined) continue;
    AddedToken token;
    token.id = id;
    token.content = vocabulary->text(id);
    token.special = is_control(id);
    token.lstrip = (mask_takes_space && token.content == "<mask>") || (modern_bert && token.content == "[MASK]");
    token.rstrip = phi3 && token.content != "<unk>" && token.content != "<s>" && token.content != "<|endoftext|>";
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace hearth
