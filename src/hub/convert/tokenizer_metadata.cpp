#include "hub/convert/tokenizer_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "base/quote.h"
#include "hub/convert/tokenizer_models.h"
#include "model/model_metadata.h"
#include "text/gguf_vocabulary.h"
#include "text/load_hf_parts.h"

namespace hearth {
namespace {

constexpr const char* kPrefix = "tokenizer.ggml.";

void set_id(GgufWriter& writer, const char* key, std::optional<TokenId> id, std::int64_t n_tokens) {
  if (id && *id >= 0 && *id < n_tokens) writer.set(fmt::format("{}{}", kPrefix, key), static_cast<std::uint32_t>(*id));
}

bool contains(const std::vector<TokenId>& tokens, std::optional<TokenId> id) {
  return id && std::find(tokens.begin(), tokens.end(), *id) != tokens.end();
}

/// What surrounds a text. Files without a word about it are taken by the kind of tokenizer, so it is always said; but
/// WordPiece puts its CLS and SEP there by itself.
void set_surrounding(GgufWriter& writer, const HfTokenizer& tokenizer) {
  if (tokenizer.kind == HfTokenizer::Kind::kWordPiece) return;
  const auto& [before, after] = tokenizer.parts.surrounding;
  writer.set("tokenizer.ggml.add_bos_token", contains(before, tokenizer.bos()));
  writer.set("tokenizer.ggml.add_eos_token", contains(after, tokenizer.eos()));
}

/// The first token of `names` that the vocabulary has as a control token.
std::optional<TokenId> find_named(const HfTokenizer& tokenizer, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto id = tokenizer.parts.vocabulary->find(name); id && tokenizer.is_special(*id)) return id;
  }
  return std::nullopt;
}

/// config.json's word for a token that the tokenizer leaves open: llama.cpp takes GPT-2's ids where a file says
/// nothing.
std::optional<TokenId> config_id(const HfFolder& folder, const char* key) {
  const auto ids = hf_token_ids(JsonObject(folder.config, (folder.path / "config.json").string()), key);
  if (ids.empty() || ids[0] < 0 || ids[0] > std::numeric_limits<TokenId>::max()) return std::nullopt;
  return static_cast<TokenId>(ids[0]);
}

void set_special_ids(GgufWriter& writer, const HfFolder& folder, const HfTokenizer& tokenizer, std::int64_t n_tokens) {
  const auto id_of = [&](const char* key) { return tokenizer.named(key); };
  const bool is_encoder = tokenizer.kind == HfTokenizer::Kind::kWordPiece;
  const auto cls = id_of("cls_token");
  const auto bos = is_encoder && cls ? cls : tokenizer.bos();
  set_id(writer, "bos_token_id", bos ? bos : config_id(folder, "bos_token_id"), n_tokens);
  set_id(writer, "eos_token_id", tokenizer.eos() ? tokenizer.eos() : config_id(folder, "eos_token_id"), n_tokens);
  // A byte-level vocabulary can write everything: what its configuration calls unknown never stands for a text.
  if (tokenizer.kind != HfTokenizer::Kind::kByteLevelBpe)
    set_id(writer, "unknown_token_id", id_of("unk_token"), n_tokens);
  set_id(writer, "seperator_token_id", id_of("sep_token"), n_tokens);  // the format spells it so
  set_id(writer, "padding_token_id", id_of("pad_token"), n_tokens);
  if (is_encoder) set_id(writer, "cls_token_id", cls, n_tokens);
  set_id(writer, "mask_token_id", id_of("mask_token"), n_tokens);
  // Fill-in-the-middle, by the names that the families have.
  set_id(writer, "fim_pre_token_id", find_named(tokenizer, {"<fim_prefix>", "<|fim_prefix|>", "▁<PRE>"}), n_tokens);
  set_id(writer, "fim_suf_token_id", find_named(tokenizer, {"<fim_suffix>", "<|fim_suffix|>", "▁<SUF>"}), n_tokens);
  set_id(writer, "fim_mid_token_id", find_named(tokenizer, {"<fim_middle>", "<|fim_middle|>", "▁<MID>"}), n_tokens);
}

/// Tokens that end an answer besides EOS: GGUF has room for two.
void set_stop_ids(GgufWriter& writer, const HfFolder& folder, const HfTokenizer& tokenizer, std::int64_t n_tokens,
                  std::vector<std::string>& notes) {
  std::vector<std::int64_t> stops = hf_token_ids(JsonObject(folder.config, "config.json"), "eos_token_id");
  if (folder.generation_config.is_object()) {
    const JsonObject generation(folder.generation_config, "generation_config.json");
    const auto more = hf_token_ids(generation, "eos_token_id");
    stops.insert(stops.end(), more.begin(), more.end());
  }
  if (const auto turn = find_named(tokenizer, {"<end_of_turn>", "▁<EOT>"})) stops.push_back(*turn);
  std::sort(stops.begin(), stops.end());
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
  std::erase_if(stops, [&](std::int64_t id) { return id < 0 || id >= n_tokens || id == tokenizer.eos(); });
  // <|eom_id|> ends a message, the others a turn.
  const auto eom = find_named(tokenizer, {"<|eom_id|>"});
  std::stable_partition(stops.begin(), stops.end(), [&](std::int64_t id) { return id != eom; });
  constexpr std::array kKeys = {"eot_token_id", "eom_token_id"};
  for (std::size_t i = 0; i < stops.size() && i < kKeys.size(); ++i)
    set_id(writer, kKeys[i], static_cast<TokenId>(stops[i]), n_tokens);
  if (stops.size() > kKeys.size()) {
    notes.push_back(fmt::format("{} tokens end an answer; GGUF has room for three", stops.size() + 1));
  }
}

/// Tokens and types, one for each row of the embedding.
void set_tokens(GgufWriter& writer, const HfTokenizer& tokenizer, std::int64_t n_tokens,
                std::vector<std::string>& notes) {
  std::vector<std::string> texts;
  std::vector<std::int32_t> types;
  const std::vector<GgufTokenType> all_types = token_types(tokenizer, n_tokens);
  for (std::int64_t i = 0; i < n_tokens; ++i) {
    const auto id = static_cast<TokenId>(i);
    const GgufTokenType type = all_types[static_cast<std::size_t>(i)];
    texts.push_back(tokenizer.parts.vocabulary->contains(id) ? gguf_text(tokenizer, id, type)
                                                             : fmt::format("[PAD{}]", i));
    types.push_back(static_cast<std::int32_t>(type));
  }
  writer.set("tokenizer.ggml.tokens", std::span<const std::string>(texts));
  const std::vector<float> scores = token_scores(tokenizer, n_tokens);
  if (!scores.empty()) writer.set("tokenizer.ggml.scores", std::span<const float>(scores));
  writer.set("tokenizer.ggml.token_type", std::span<const std::int32_t>(types));
  if (tokenizer.parts.vocabulary->size() > n_tokens) {
    notes.push_back(fmt::format("{} tokens without a row in the embedding are left out",
                                tokenizer.parts.vocabulary->size() - n_tokens));
  }
}

constexpr std::string_view kProbes[] = {
    "Hello, world! It's 2024, isn't it?",
    "  two  spaces\tand a tab\n\n\nthree line ends ",
    "1234567890 3.14159 1,000,000 42nd",
    "def f(x):\n    return x ** 2  # comment\n\n\treturn None",
    "naïve café — “quotes” … €100 ½",
    "Привет мир; 你好，世界; こんにちは; 한국어; مرحبا",
    "🙂👍🏽 ok",
    "WE'LL they're I'M SHE'D",
    "a_b-c.d/e\\f@g#h$i%j^k&l*m(n)o",
    "https://example.org/path?query=1&other=two#end",
};

}  // namespace

void set_tokenizer_metadata(GgufWriter& writer, const HfFolder& folder, const TransformerSpec& spec,
                            std::vector<std::string>& notes) {
  const HfTokenizer tokenizer = HfTokenizer::load(folder.path);
  const std::int64_t n_tokens = spec.n_vocab;
  set_tokenizer_model(writer, tokenizer, spec.architecture);
  set_tokens(writer, tokenizer, n_tokens, notes);
  set_special_ids(writer, folder, tokenizer, n_tokens);
  set_stop_ids(writer, folder, tokenizer, n_tokens, notes);
  set_surrounding(writer, tokenizer);
  if (!folder.chat_template.empty()) writer.set("tokenizer.chat_template", folder.chat_template);
}

void compare_tokenizers(const std::string& written, const HfFolder& folder, std::vector<std::string>& notes) {
  const auto bytes = std::make_shared<std::string>(written);
  const auto file = GgufFile::parse(std::as_bytes(std::span(*bytes)), folder.path.string() + " as GGUF", bytes);
  const auto read = load_gguf_tokenizer(*file);
  const auto original = load_hf_tokenizer(folder.path);
  EncodeOptions options;
  options.add_special = true;
  for (const std::string_view probe : kProbes) {
    if (read->encode(probe, options) == original->encode(probe, options)) continue;
    notes.push_back(
        fmt::format("GGUF cannot say exactly what this tokenizer does: {} gives other tokens", quote(probe)));
    return;
  }
}

}  // namespace hearth
