#include "hub/convert/tokenizer_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/file.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hub/convert/pre_tokenizer_name.h"
#include "text/base64.h"
#include "text/byte_tokens.h"
#include "text/word_boundary.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using Kind = HfTokenizer::Kind;

// What SentencePiece's files give to tokens that no merge makes (gguf-py's converters do the same).
constexpr float kAddedScore = -1000.0F;
constexpr float kUnusedScore = -10000.0F;

std::string model_type(const JsonObject& model) {
  if (const auto type = model.string("type")) return *type;
  return model.find("merges") != nullptr ? "BPE" : "";  // files from before 2021 do not say it
}

Kind kind_of(const JsonObject& root) {
  const auto model = root.object("model");
  if (!model) root.fail("model", "is missing");
  const std::string type = model_type(*model);
  if (type == "BPE") {
    return model->boolean("byte_fallback").value_or(false) ? Kind::kSentencePieceBpe : Kind::kByteLevelBpe;
  }
  if (type == "Unigram") return Kind::kUnigram;
  if (type == "WordPiece") return Kind::kWordPiece;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: GGUF has no tokenizer of type {}", root.what(), quote(type)),
              "use the folder as it is");
}

std::vector<std::string> merge_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with("#version")) lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

/// Calls f(first, second) for every merge; load_tokenizer_json_parts has checked their form.
template <typename F>
void for_each_merge(const JsonObject& model, const F& f) {
  const json::array* merges = model.array("merges");
  if (merges == nullptr) return;
  for (const json::value& merge : *merges) {
    if (const json::string* line = merge.if_string()) {
      const std::string_view text(line->data(), line->size());
      const std::size_t space = text.find(' ');
      f(text.substr(0, space), text.substr(space + 1));
    } else {
      const json::array& pair = merge.as_array();
      f(std::string_view(pair[0].as_string()), std::string_view(pair[1].as_string()));
    }
  }
}

/// "a b"; GGUF has no way to write a token with a space in it.
std::vector<std::string> merges_of(const HfTokenizer& tokenizer) {
  if (tokenizer.document.is_null()) return tokenizer.merges;
  const JsonObject root(tokenizer.document, tokenizer.name);
  std::vector<std::string> merges;
  for_each_merge(*root.object("model"), [&](std::string_view a, std::string_view b) {
    if (a.find(' ') != std::string_view::npos || b.find(' ') != std::string_view::npos)
      root.fail("model.merges", "has a token with a space, which GGUF cannot write");
    merges.push_back(fmt::format("{} {}", a, b));
  });
  return merges;
}

void set_byte_level_bpe(GgufWriter& writer, const HfTokenizer& tokenizer, std::string_view architecture) {
  writer.set("tokenizer.ggml.model", "gpt2");
  std::string pre;
  if (tokenizer.document.is_null()) {
    const std::string cls = tokenizer.companions.string("tokenizer_class").value_or("");
    pre = cls.starts_with("Qwen2") ? "qwen2" : cls.starts_with("CodeGen") ? "phi-2" : "gpt-2";
  } else {
    pre = pre_tokenizer_name(JsonObject(tokenizer.document, tokenizer.name), architecture);
  }
  writer.set("tokenizer.ggml.pre", pre);
  const std::vector<std::string> merges = merges_of(tokenizer);
  writer.set("tokenizer.ggml.merges", std::span<const std::string>(merges));
}

bool contains_step(const json::value* value, std::string_view list, std::string_view type, const std::string& what,
                   const auto& holds) {
  if (value == nullptr || !value->is_object()) return false;
  const JsonObject step(*value, what);
  if (const json::array* steps = step.array(list)) {
    return std::any_of(steps->begin(), steps->end(),
                       [&](const json::value& inner) { return contains_step(&inner, list, type, what, holds); });
  }
  return step.string("type").value_or("") == type && holds(step);
}

/// Whether a text gets a space in front: by a Prepend normaliser, or by a Metaspace step.
bool adds_space_prefix(const JsonObject& root) {
  const auto any = [](const JsonObject&) { return true; };
  const auto prepends = [](const JsonObject& step) {
    return step.string("prepend_scheme")
               .value_or(step.boolean("add_prefix_space").value_or(true) ? "always" : "never") != "never";
  };
  return contains_step(root.find("normalizer"), "normalizers", "Prepend", root.what(), any) ||
         contains_step(root.find("pre_tokenizer"), "pretokenizers", "Metaspace", root.what(), prepends);
}

/// The earlier a token can be merged, the higher its score: SentencePiece merges by scores alone.
std::vector<float> merge_scores(const HfTokenizer& tokenizer, const JsonObject& root, std::int64_t n_tokens) {
  const Vocabulary& vocabulary = *tokenizer.parts.vocabulary;
  const auto size = static_cast<std::size_t>(n_tokens);
  std::vector<float> scores(size, kUnusedScore);
  std::vector<bool> merged(size, false);
  float rank = 0;
  std::string both;
  for_each_merge(*root.object("model"), [&](std::string_view a, std::string_view b) {
    both.assign(a).append(b);
    const auto id = vocabulary.find(both);
    if (!id || *id >= n_tokens || merged[static_cast<std::size_t>(*id)]) return;
    merged[static_cast<std::size_t>(*id)] = true;
    scores[static_cast<std::size_t>(*id)] = rank;
    rank -= 1;
  });
  const auto model_size = static_cast<std::int64_t>(root.object("model")->object("vocab")->raw().size());
  for (std::int64_t i = 0; i < n_tokens; ++i) {
    const auto id = static_cast<TokenId>(i);
    const auto at = static_cast<std::size_t>(i);
    if (merged[at] || !vocabulary.contains(id)) continue;
    const bool plain = !tokenizer.is_special(id) && !byte_of_token(vocabulary.text(id));
    if (i >= model_size) {
      scores[at] = kAddedScore;
    } else if (plain) {
      scores[at] = rank;  // single characters, which nothing is merged into
      rank -= 1;
    } else {
      scores[at] = 0;
    }
  }
  return scores;
}

void set_sentencepiece_bpe(GgufWriter& writer, const HfTokenizer& tokenizer) {
  const JsonObject root(tokenizer.document, tokenizer.name);
  writer.set("tokenizer.ggml.model", "llama");
  writer.set("tokenizer.ggml.pre", "default");
  if (!adds_space_prefix(root)) writer.set("tokenizer.ggml.add_space_prefix", false);
}

std::optional<std::string> charsmap_of(const json::value* value, const std::string& what) {
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const JsonObject step(*value, what);
  if (const json::array* steps = step.array("normalizers")) {
    for (const json::value& inner : *steps) {
      if (auto found = charsmap_of(&inner, what)) return found;
    }
  }
  return step.string("type").value_or("") == "Precompiled" ? step.string("precompiled_charsmap") : std::nullopt;
}

/// White space is squeezed by a WhitespaceSplit, or by a Replace of runs of spaces.
bool squeezes_spaces(const JsonObject& root) {
  const auto any = [](const JsonObject&) { return true; };
  return contains_step(root.find("pre_tokenizer"), "pretokenizers", "WhitespaceSplit", root.what(), any) ||
         contains_step(root.find("normalizer"), "normalizers", "Replace", root.what(), [](const JsonObject& step) {
           const auto pattern = step.object("pattern");
           return pattern && pattern->string("Regex").value_or("").starts_with(" {2,}");
         });
}

void set_unigram(GgufWriter& writer, const HfTokenizer& tokenizer) {
  const JsonObject root(tokenizer.document, tokenizer.name);
  writer.set("tokenizer.ggml.model", "t5");
  writer.set("tokenizer.ggml.pre", "default");
  writer.set("tokenizer.ggml.add_space_prefix", adds_space_prefix(root));
  writer.set("tokenizer.ggml.remove_extra_whitespaces", squeezes_spaces(root));
  const auto charsmap = charsmap_of(root.find("normalizer"), root.what());
  if (!charsmap) return;
  const auto blob = decode_base64(*charsmap);
  if (!blob) root.fail("normalizer.precompiled_charsmap", "is no base64");
  GgufArray array;
  array.type = GgufType::kU8;
  array.count = blob->size();
  array.raw = std::as_bytes(std::span(*blob));
  writer.set_raw("tokenizer.ggml.precompiled_charsmap", {GgufType::kArray, array});
}

std::vector<float> unigram_scores(const JsonObject& root, std::int64_t n_tokens) {
  std::vector<float> scores(static_cast<std::size_t>(n_tokens), 0.0F);
  const auto model = root.object("model");
  const json::array* entries = model ? model->array("vocab") : nullptr;
  for (std::size_t i = 0; entries != nullptr && i < entries->size() && i < scores.size(); ++i) {
    scores[i] = (*entries)[i].as_array().at(1).to_number<float>();  // load_tokenizer_json_parts has checked the form
  }
  return scores;
}

void set_wordpiece(GgufWriter& writer, const HfTokenizer& tokenizer) {
  if (!tokenizer.document.is_null()) {
    const JsonObject root(tokenizer.document, tokenizer.name);
    const std::string prefix = root.object("model")->string("continuing_subword_prefix").value_or("##");
    if (prefix != "##")
      root.fail("model.continuing_subword_prefix", fmt::format("is {}; GGUF knows '##' only", quote(prefix)));
  }
  writer.set("tokenizer.ggml.model", "bert");
  writer.set("tokenizer.ggml.pre", "default");
  bool lowercase = tokenizer.companions.flag("do_lower_case").value_or(true);
  std::optional<bool> strip_accents = tokenizer.companions.flag("strip_accents");
  if (!tokenizer.document.is_null()) {
    const JsonObject root(tokenizer.document, tokenizer.name);
    if (const auto normalizer = root.object("normalizer")) {
      lowercase = normalizer->boolean("lowercase").value_or(true);
      strip_accents = normalizer->boolean("strip_accents");
    }
  }
  if (!lowercase) writer.set("tokenizer.ggml.normalizer.lowercase", false);
  if (strip_accents && *strip_accents != lowercase)
    writer.set("tokenizer.ggml.normalizer.strip_accents", *strip_accents);
}

}  // namespace

HfTokenizer HfTokenizer::load(const fs::path& folder) {
  HfTokenizer tokenizer;
  tokenizer.companions = HfCompanions::load(folder);
  const fs::path json_path = folder / "tokenizer.json";
  if (fs::is_regular_file(json_path)) {
    tokenizer.name = json_path.string();
    const std::string text = read_file(json_path);
    tokenizer.parts = load_tokenizer_json_parts(text, tokenizer.name);
    tokenizer.document = parse_json(text, tokenizer.name);
    tokenizer.kind = kind_of(JsonObject(tokenizer.document, tokenizer.name));
  } else if (fs::is_regular_file(folder / "vocab.json")) {
    tokenizer.name = (folder / "merges.txt").string();
    tokenizer.parts = load_vocab_json_parts(folder, tokenizer.companions);
    tokenizer.merges = merge_lines(read_file(folder / "merges.txt"));
  } else if (fs::is_regular_file(folder / "vocab.txt")) {
    tokenizer.name = (folder / "vocab.txt").string();
    tokenizer.kind = Kind::kWordPiece;
    tokenizer.parts = load_vocab_txt_parts(folder, tokenizer.companions);
  } else {
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: there is no tokenizer.json, vocab.json or vocab.txt", folder.string()),
                "download the model's tokenizer files into this folder");
  }
  apply_companions(tokenizer.parts, tokenizer.companions);
  return tokenizer;
}

bool HfTokenizer::is_special(TokenId id) const {
  const auto at = static_cast<std::size_t>(id);
  return id >= 0 && at < parts.special.size() && parts.special[at];
}

std::optional<TokenId> HfTokenizer::named(const char* key) const {
  if (const auto text = companions.token(key)) return parts.vocabulary->find(*text);
  if (std::string_view(key) != "unk_token" || document.is_null()) return std::nullopt;
  const JsonObject root(document, name);
  const auto model = root.object("model");
  if (const auto text = model ? model->string("unk_token") : std::nullopt) return parts.vocabulary->find(*text);
  const auto id = model ? model->integer("unk_id") : std::nullopt;
  return id && *id >= 0 && *id < parts.vocabulary->size() ? std::optional(static_cast<TokenId>(*id)) : std::nullopt;
}

void set_tokenizer_model(GgufWriter& writer, const HfTokenizer& tokenizer, std::string_view architecture) {
  switch (tokenizer.kind) {
    case Kind::kByteLevelBpe: return set_byte_level_bpe(writer, tokenizer, architecture);
    case Kind::kSentencePieceBpe: return set_sentencepiece_bpe(writer, tokenizer);
    case Kind::kUnigram: return set_unigram(writer, tokenizer);
    case Kind::kWordPiece: return set_wordpiece(writer, tokenizer);
  }
}

std::vector<float> token_scores(const HfTokenizer& tokenizer, std::int64_t n_tokens) {
  if (tokenizer.document.is_null()) return {};
  const JsonObject root(tokenizer.document, tokenizer.name);
  if (tokenizer.kind == Kind::kSentencePieceBpe) return merge_scores(tokenizer, root, n_tokens);
  if (tokenizer.kind == Kind::kUnigram) return unigram_scores(root, n_tokens);
  return {};
}

std::vector<GgufTokenType> token_types(const HfTokenizer& tokenizer, std::int64_t n_tokens) {
  const Vocabulary& vocabulary = *tokenizer.parts.vocabulary;
  std::vector<GgufTokenType> types;
  types.reserve(static_cast<std::size_t>(n_tokens));
  for (std::int64_t i = 0; i < n_tokens; ++i) {
    const auto id = static_cast<TokenId>(i);
    const std::string_view text = vocabulary.text(id);
    const bool is_unused_slot =
        tokenizer.kind == Kind::kWordPiece && text.starts_with("[unused") && text.ends_with(']');
    GgufTokenType type = GgufTokenType::kNormal;
    if (!vocabulary.contains(id) || (is_unused_slot && !tokenizer.is_special(id))) {
      type = GgufTokenType::kUnused;
    } else if (tokenizer.is_special(id)) {
      type = GgufTokenType::kControl;
    } else if (tokenizer.kind == Kind::kSentencePieceBpe && byte_of_token(text)) {
      type = GgufTokenType::kByte;
    }
    types.push_back(type);
  }
  for (const AddedToken& token : tokenizer.parts.added_tokens) {
    if (token.id >= 0 && token.id < n_tokens && !token.special)
      types[static_cast<std::size_t>(token.id)] = GgufTokenType::kUserDefined;
  }
  const auto unk = tokenizer.named("unk_token");
  if (unk && *unk < n_tokens && tokenizer.kind != Kind::kByteLevelBpe)
    types[static_cast<std::size_t>(*unk)] = GgufTokenType::kUnknown;
  return types;
}

std::string gguf_text(const HfTokenizer& tokenizer, TokenId id, GgufTokenType type) {
  const std::string_view text = tokenizer.parts.vocabulary->text(id);
  if (tokenizer.kind != Kind::kWordPiece || type != GgufTokenType::kNormal) return std::string(text);
  return text.starts_with("##") ? std::string(text.substr(2)) : std::string(kMetaspace) + std::string(text);
}

}  // namespace hearth
