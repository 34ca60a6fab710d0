// tokenizer.json, the file of Hugging Face tokenizers.
#include <fmt/format.h>

#include <limits>
#include <unordered_set>

#include "base/json.h"
#include "text/added_token_registry.h"
#include "text/load_hf_parts.h"
#include "text/load_model.h"

namespace hearth {
namespace {

std::vector<AddedToken> load_added_tokens(const JsonObject& root) {
  std::vector<AddedToken> tokens;
  const json::array* values = root.array("added_tokens");
  if (values == nullptr) return tokens;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const JsonObject object((*values)[i], fmt::format("{}: added_tokens[{}]", root.what(), i));
    const std::int64_t id = object.require_integer("id");
    if (id < 0 || id > std::numeric_limits<TokenId>::max()) object.fail("id", fmt::format("is {}", id));
    tokens.push_back(load_added_token(object));
  }
  return tokens;
}

void check_surrounding(const JsonObject& root, const TokenizerParts& parts) {
  for (const auto* side : {&parts.surrounding.before, &parts.surrounding.after}) {
    for (const TokenId id : *side) {
      if (!parts.vocabulary->contains(id))
        root.fail("post_processor", fmt::format("has the id {}, which is not in the vocabulary", id));
    }
  }
}

/// Hugging Face tokenizers decodes a token that is looked for in normalised text as its normalised form.
void decode_normalized_tokens(TokenizerParts& parts) {
  if (parts.normalizer == nullptr) return;
  for (const AddedToken& token : parts.added_tokens) {
    if (!token.normalized) continue;
    NormalizedText text(token.content, false);
    parts.normalizer->apply(text);
    if (text.text == token.content) continue;
    if (parts.decoder_texts.empty()) {
      for (TokenId id = 0; id < parts.vocabulary->size(); ++id)
        parts.decoder_texts.emplace_back(parts.vocabulary->text(id));
    }
    parts.decoder_texts[static_cast<std::size_t>(token.id)] = std::move(text.text);
  }
}

}  // namespace

TokenizerParts load_tokenizer_json_parts(std::string_view text, const std::string& name) {
  const json::value document = parse_json(text, name);
  const JsonObject root(document, name);
  const auto model_object = root.object("model");
  if (!model_object) root.fail("model", "is missing");

  std::vector<AddedToken> added = load_added_tokens(root);
  std::unordered_set<std::string_view> control;
  for (const AddedToken& token : added) {
    if (token.special) control.insert(token.content);
  }
  LoadedModel model = load_model(*model_object, [&control](std::string_view token) { return control.contains(token); });

  TokenizerParts parts;
  AddedTokenRegistry registry(*model.vocabulary, name);
  for (const AddedToken& token : added) registry.add(token);
  registry.finish(parts);
  parts.model = std::move(model.model);
  if (const json::value* value = root.find("normalizer"))
    parts.normalizer = load_normalizer(*value, name + ": normalizer");
  decode_normalized_tokens(parts);
  if (const json::value* value = root.find("pre_tokenizer")) {
    parts.pre_tokenizer = load_pre_tokenizer(*value, name + ": pre_tokenizer");
  }
  if (const json::value* value = root.find("post_processor")) {
    parts.surrounding = load_post_processor(*value, name + ": post_processor");
  }
  check_surrounding(root, parts);
  const json::value* decoder = root.find("decoder");
  parts.decoder = load_decoder(decoder == nullptr ? json::value() : *decoder, name + ": decoder");
  return parts;
}

std::unique_ptr<const Tokenizer> parse_tokenizer_json(std::string_view text, const std::string& name) {
  return std::make_unique<PipelineTokenizer>(load_tokenizer_json_parts(text, name));
}

}  // namespace hearth
