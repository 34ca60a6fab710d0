// Tokenizers out of GGUF metadata, built of the same parts as those out of tokenizer.json. What each
// "tokenizer.ggml.model" means is llama.cpp's word (src/llama-vocab.cpp).
#include <fmt/format.h>

#include <algorithm>

#include "format/gguf.h"
#include "hearth/error.h"
#include "text/bpe.h"
#include "text/byte_alphabet.h"
#include "text/byte_tokens.h"
#include "text/gguf_pre_tokenizers.h"
#include "text/gguf_vocabulary.h"
#include "text/pipeline_tokenizer.h"
#include "text/replace_all.h"
#include "text/sentencepiece_bpe.h"
#include "text/sentencepiece_normalizer.h"
#include "text/unigram.h"
#include "text/word_boundary.h"
#include "text/wordpiece.h"

namespace hearth {
namespace {

/// Whether BOS and EOS stand around a text where the file does not say.
struct Surround {
  bool bos = false;
  bool eos = false;
};

void surround(const GgufFile& file, const GgufVocabulary& vocabulary, const Surround& defaults, TokenizerParts& parts) {
  const auto decide = [&file](const char* key, bool fallback, std::optional<TokenId> id, const char* id_key) {
    const auto said = file.boolean(key);
    if (said.value_or(false) && !id) file.fail(key, fmt::format("is true, but {} is missing", id_key));
    return said.value_or(fallback) && id.has_value();
  };
  if (decide("tokenizer.ggml.add_bos_token", defaults.bos, vocabulary.bos, "tokenizer.ggml.bos_token_id")) {
    parts.surrounding.before.push_back(*vocabulary.bos);
  }
  if (decide("tokenizer.ggml.add_eos_token", defaults.eos, vocabulary.eos, "tokenizer.ggml.eos_token_id")) {
    parts.surrounding.after.push_back(*vocabulary.eos);
  }
}

// --- byte-level BPE ---

std::vector<MergePair> load_merges(const GgufFile& file) {
  constexpr const char* kKey = "tokenizer.ggml.merges";
  const std::vector<std::string_view>* lines = file.strings(kKey);
  if (lines == nullptr) file.fail(kKey, "is missing");
  std::vector<MergePair> merges;
  merges.reserve(lines->size());
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const std::string_view line = (*lines)[i];
    const std::size_t space = line.find(' ', 1);  // a token may be a space
    if (line.empty() || space == std::string_view::npos || space + 1 == line.size()) {
      file.fail(kKey, fmt::format("has \"{}\" at {}, which is not two tokens with a space between", line, i));
    }
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

const GgufPreTokenizer& require_pre_tokenizer(const GgufFile& file) {
  const std::string name = file.string("tokenizer.ggml.pre").value_or("default");
  const GgufPreTokenizer* found = find_gguf_pre_tokenizer(name);
  if (found != nullptr) return *found;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: tokenizer.ggml.pre \"{}\" is not supported; supported: {}",
                                                   file.name(), name, fmt::join(gguf_pre_tokenizer_names(), ", ")));
}

std::unique_ptr<const PreTokenizer> make_pre_tokenizer(const GgufPreTokenizer& pre) {
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  for (const char* expression : pre.expressions) {
    steps.push_back(std::make_unique<SplitPreTokenizer>(
        Pattern::regex(expression, fmt::format("tokenizer.ggml.pre {}", pre.name)), SplitBehavior::kIsolated, false));
  }
  steps.push_back(std::make_unique<ByteLevelPreTokenizer>(false, false));
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

void load_byte_level_bpe(const GgufFile& file, GgufVocabulary& vocabulary, TokenizerParts& parts) {
  const GgufPreTokenizer& pre = require_pre_tokenizer(file);
  BpeOptions options;
  options.ignore_merges = pre.ignore_merges;
  const auto is_control = [&vocabulary](std::string_view text) { return vocabulary.is_control_text(text); };
  parts.model = std::make_unique<Bpe>(vocabulary.vocabulary, load_merges(file), std::move(options), is_control,
                                      file.name() + ": tokenizer.ggml.merges");
  parts.pre_tokenizer = make_pre_tokenizer(pre);
  parts.decoder.push_back(make_fuse_decoder());
  for (TokenId id = 0; id < vocabulary.vocabulary->size(); ++id) {
    const std::string_view text = vocabulary.vocabulary->text(id);
    const bool written_in_bytes = vocabulary.type(id) == GgufTokenType::kNormal;
    auto bytes = written_in_bytes ? bytes_of_alphabet(text) : std::nullopt;
    parts.decoder_texts.push_back(bytes ? *std::move(bytes) : std::string(text));
  }
  surround(file, vocabulary, {.bos = pre.add_bos}, parts);
}

// --- SentencePiece: BPE by scores, and Unigram ---

std::string sentencepiece_bytes(std::string_view text) {
  if (const auto byte = byte_of_token(text)) return {static_cast<char>(*byte)};
  return replace_all(text, kMetaspace, " ");
}

void decode_sentencepiece(const GgufVocabulary& vocabulary, bool strip_space, TokenizerParts& parts) {
  for (TokenId id = 0; id < vocabulary.vocabulary->size(); ++id) {
    parts.decoder_texts.push_back(sentencepiece_bytes(vocabulary.vocabulary->text(id)));
  }
  parts.decoder.push_back(make_fuse_decoder());
  if (strip_space) parts.decoder.push_back(make_strip_decoder(" ", 1, 0));
}

void require_scores(const GgufFile& file, const GgufVocabulary& vocabulary) {
  if (vocabulary.scores.empty() && vocabulary.vocabulary->size() > 0) file.fail("tokenizer.ggml.scores", "is missing");
}

void use_default_id(const GgufVocabulary& vocabulary, std::optional<TokenId>& id, TokenId fallback,
                    std::string_view text) {
  if (!id && vocabulary.vocabulary->text(fallback) == text) id = fallback;
}

void load_sentencepiece_bpe(const GgufFile& file, GgufVocabulary& vocabulary, TokenizerParts& parts) {
  require_scores(file, vocabulary);
  use_default_id(vocabulary, vocabulary.unk, 0, "<unk>");
  use_default_id(vocabulary, vocabulary.bos, 1, "<s>");
  use_default_id(vocabulary, vocabulary.eos, 2, "</s>");
  std::vector<bool> mergeable;
  mergeable.reserve(static_cast<std::size_t>(vocabulary.vocabulary->size()));
  for (TokenId id = 0; id < vocabulary.vocabulary->size(); ++id) {
    mergeable.push_back(!vocabulary.is_control(id) && vocabulary.type(id) != GgufTokenType::kByte);
  }
  parts.model = std::make_unique<SentencePieceBpe>(vocabulary.vocabulary, vocabulary.scores, mergeable, vocabulary.unk);
  const bool add_space_prefix = file.boolean("tokenizer.ggml.add_space_prefix").value_or(true);
  std::vector<std::unique_ptr<const Normalizer>> steps;
  if (add_space_prefix) steps.push_back(std::make_unique<PrependNormalizer>(" "));
  steps.push_back(std::make_unique<ReplaceNormalizer>(Pattern::literal(" "), std::string(kMetaspace)));
  parts.normalizer = std::make_unique<NormalizerSequence>(std::move(steps));
  decode_sentencepiece(vocabulary, add_space_prefix, parts);
  surround(file, vocabulary, {.bos = true}, parts);
}

std::optional<PrecompiledCharsmap> load_charsmap(const GgufFile& file) {
  constexpr const char* kKey = "tokenizer.ggml.precompiled_charsmap";
  const GgufValue* value = file.find(kKey);
  if (value == nullptr) return std::nullopt;
  const GgufArray* array = std::get_if<GgufArray>(&value->value);
  if (array == nullptr || (array->type != GgufType::kU8 && array->type != GgufType::kI8))
    file.fail(kKey, "must be an array of bytes");
  if (array->raw.empty()) return std::nullopt;
  const std::string_view blob(reinterpret_cast<const char*>(array->raw.data()), array->raw.size());
  return PrecompiledCharsmap(blob, fmt::format("{}: {}", file.name(), kKey));
}

void load_unigram(const GgufFile& file, GgufVocabulary& vocabulary, TokenizerParts& parts) {
  require_scores(file, vocabulary);
  use_default_id(vocabulary, vocabulary.eos, 1, "</s>");
  use_default_id(vocabulary, vocabulary.unk, 2, "<unk>");
  std::vector<double> scores;
  std::vector<bool> usable;
  std::optional<double> least;
  for (TokenId id = 0; id < vocabulary.vocabulary->size(); ++id) {
    const double score = vocabulary.scores[static_cast<std::size_t>(id)];
    const GgufTokenType type = vocabulary.type(id);
    if (type == GgufTokenType::kNormal) least = std::min(least.value_or(score), score);
    scores.push_back(type == GgufTokenType::kUserDefined ? 0 : score);
    usable.push_back(type == GgufTokenType::kNormal || type == GgufTokenType::kUserDefined ||
                     type == GgufTokenType::kUnused);
  }
  parts.model = std::make_unique<Unigram>(vocabulary.vocabulary, std::move(scores), usable,
                                          UnigramOptions{vocabulary.unk, false}, least);
  SentencePieceRules rules;
  rules.add_space_prefix = file.boolean("tokenizer.ggml.add_space_prefix").value_or(true);
  rules.remove_extra_whitespaces = file.boolean("tokenizer.ggml.remove_extra_whitespaces").value_or(false);
  parts.normalizer = std::make_unique<SentencePieceNormalizer>(load_charsmap(file), rules);
  decode_sentencepiece(vocabulary, rules.add_space_prefix || rules.remove_extra_whitespaces, parts);
  surround(file, vocabulary, {.eos = true}, parts);
}

// --- WordPiece ---

/// As BERT's own tokenizers have it; llama.cpp knows no limit.
constexpr std::size_t kLongestBertWord = 100;

/// "▁the" begins a word here, and "ing" continues one; BERT's own files write "the" and "##ing".
std::string bert_text(std::string_view text, GgufTokenType type) {
  const bool in_brackets = text.starts_with('[') && text.ends_with(']');
  if (type != GgufTokenType::kNormal || in_brackets) return std::string(text);
  return text.starts_with(kMetaspace) ? std::string(text.substr(kMetaspace.size())) : "##" + std::string(text);
}

void load_bert(const GgufFile& file, GgufVocabulary& vocabulary, TokenizerParts& parts) {
  if (!vocabulary.bos) vocabulary.bos = vocabulary.cls ? vocabulary.cls : vocabulary.vocabulary->find("[CLS]");
  if (!vocabulary.sep) vocabulary.sep = vocabulary.vocabulary->find("[SEP]");
  if (!vocabulary.unk) vocabulary.unk = vocabulary.vocabulary->find("[UNK]");
  WordPiece::Entries beginnings;
  WordPiece::Entries continuations;
  for (TokenId id = 0; id < vocabulary.vocabulary->size(); ++id) {
    const std::string_view text = vocabulary.vocabulary->text(id);
    parts.decoder_texts.push_back(bert_text(text, vocabulary.type(id)));
    if (vocabulary.is_control(id)) continue;
    if (text.starts_with(kMetaspace)) {
      beginnings.emplace_back(text.substr(kMetaspace.size()), id);
    } else {
      continuations.emplace_back(text, id);
    }
  }
  parts.model =
      std::make_unique<WordPiece>(std::move(beginnings), std::move(continuations), vocabulary.unk, kLongestBertWord);
  BertNormalizerOptions options;
  options.lowercase = file.boolean("tokenizer.ggml.normalizer.lowercase").value_or(true);
  options.strip_accents = file.boolean("tokenizer.ggml.normalizer.strip_accents").value_or(options.lowercase);
  parts.normalizer = std::make_unique<BertNormalizer>(options);
  parts.pre_tokenizer = make_bert_pre_tokenizer();
  parts.decoder.push_back(make_word_piece_decoder("##", true));
  if (vocabulary.bos) parts.surrounding.before.push_back(*vocabulary.bos);
  if (vocabulary.sep) parts.surrounding.after.push_back(*vocabulary.sep);
}

}  // namespace

std::unique_ptr<const Tokenizer> load_gguf_tokenizer(const GgufFile& file) {
  constexpr const char* kModel = "tokenizer.ggml.model";
  const std::string model = file.require_string(kModel);
  using Load = void (*)(const GgufFile&, GgufVocabulary&, TokenizerParts&);
  Load load = nullptr;
  if (model == "gpt2") load = load_byte_level_bpe;
  if (model == "llama") load = load_sentencepiece_bpe;
  if (model == "t5") load = load_unigram;
  if (model == "bert") load = load_bert;
  if (load == nullptr) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} \"{}\" is not supported; supported: gpt2, llama, t5, bert",
                                                     file.name(), kModel, model));
  }
  GgufVocabulary vocabulary = GgufVocabulary::load(file);
  TokenizerParts parts;
  load(file, vocabulary, parts);
  parts.added_tokens = vocabulary.added_tokens(file);
  parts.special.reserve(vocabulary.types.size());
  for (TokenId id = 0; id < vocabulary.vocabulary->size(); ++id) parts.special.push_back(vocabulary.is_control(id));
  parts.bos = vocabulary.bos;
  parts.eos = vocabulary.eos;
  parts.vocabulary = std::move(vocabulary.vocabulary);
  return std::make_unique<PipelineTokenizer>(std::move(parts));
}

}  // namespace hearth
