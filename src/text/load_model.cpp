#include "text/load_model.h"

#include <fmt/format.h>

#include "hearth/error.h"
#include "text/bpe.h"
#include "text/unigram.h"
#include "text/wordpiece.h"

namespace hearth {
namespace {

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

/// {"a": 0, …}
std::shared_ptr<Vocabulary> load_vocabulary(const JsonObject& model) {
  const json::value* value = model.find("vocab");
  if (value == nullptr || !value->is_object()) model.fail("vocab", "must be an object of tokens and ids");
  const json::object& tokens = value->get_object();
  auto vocabulary = std::make_shared<Vocabulary>(model.what() + ": vocab", tokens.size());
  for (const auto& entry : tokens) {
    const std::string_view text(entry.key().data(), entry.key().size());
    json::error_code code;
    const auto id = entry.value().to_number<std::int64_t>(code);
    if (code) model.fail("vocab", fmt::format("gives \"{}\" an id that is no whole number", text));
    vocabulary->add(text, id);
  }
  return vocabulary;
}

/// "a b" or ["a", "b"].
MergePair load_merge(const JsonObject& model, const json::value& value, std::size_t index) {
  if (const json::string* text = value.if_string()) {
    const std::string_view merge = view(*text);
    const std::size_t space = merge.find(' ');
    if (space == std::string_view::npos || merge.find(' ', space + 1) != std::string_view::npos) {
      model.fail(fmt::format("merges[{}]", index), "must be two tokens with a space between");
    }
    return {merge.substr(0, space), merge.substr(space + 1)};
  }
  const json::array* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) {
    model.fail(fmt::format("merges[{}]", index), "must be two tokens");
  }
  return {view((*pair)[0].get_string()), view((*pair)[1].get_string())};
}

LoadedModel load_bpe(const JsonObject& model, const IsControl& is_control) {
  if (const double dropout = model.number("dropout").value_or(0); dropout != 0) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: dropout is {}; random merges are not supported", model.what(), dropout),
                "set \"dropout\" to null: it is meant for training");
  }
  auto vocabulary = load_vocabulary(model);
  const json::array* values = model.array("merges");
  if (values == nullptr) model.fail("merges", "is missing");
  std::vector<MergePair> merges;
  merges.reserve(values->size());
  for (std::size_t i = 0; i < values->size(); ++i) merges.push_back(load_merge(model, (*values)[i], i));
  BpeOptions options;
  options.unk_token = model.string("unk_token").value_or("");
  options.continuing_subword_prefix = model.string("continuing_subword_prefix").value_or("");
  options.end_of_word_suffix = model.string("end_of_word_suffix").value_or("");
  options.fuse_unk = model.boolean("fuse_unk").value_or(false);
  options.byte_fallback = model.boolean("byte_fallback").value_or(false);
  options.ignore_merges = model.boolean("ignore_merges").value_or(false);
  options.byte_level = !options.byte_fallback;
  auto bpe = std::make_unique<Bpe>(vocabulary, merges, std::move(options), is_control, model.what() + ": merges");
  return {std::move(bpe), std::move(vocabulary)};
}

LoadedModel load_unigram(const JsonObject& model, const IsControl& is_control) {
  const json::array* values = model.array("vocab");
  if (values == nullptr) model.fail("vocab", "must be an array of tokens and scores");
  auto vocabulary = std::make_shared<Vocabulary>(model.what() + ": vocab", values->size());
  std::vector<double> scores;
  std::vector<bool> usable;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const json::array* entry = (*values)[i].if_array();
    if (entry == nullptr || entry->size() != 2 || !(*entry)[0].is_string() || !(*entry)[1].is_number()) {
      model.fail(fmt::format("vocab[{}]", i), "must be a token and its score");
    }
    const std::string_view text = view((*entry)[0].get_string());
    vocabulary->add(text, static_cast<std::int64_t>(i), Vocabulary::Repeated::kLastCounts);
    scores.push_back((*entry)[1].to_number<double>());
    usable.push_back(!is_control(text));
  }
  UnigramOptions options;
  if (const auto unk = model.integer("unk_id")) {
    if (*unk < 0 || *unk >= vocabulary->size())
      model.fail("unk_id", fmt::format("is {}, outside the vocabulary", *unk));
    options.unk = static_cast<TokenId>(*unk);
  }
  options.byte_fallback = model.boolean("byte_fallback").value_or(false);
  auto unigram = std::make_unique<Unigram>(vocabulary, std::move(scores), usable, options);
  return {std::move(unigram), std::move(vocabulary)};
}

std::optional<TokenId> find_unk(const JsonObject& model, const Vocabulary& vocabulary, const char* fallback) {
  return vocabulary.find(model.string("unk_token").value_or(fallback));
}

LoadedModel load_wordpiece(const JsonObject& model, const IsControl& is_control) {
  auto vocabulary = load_vocabulary(model);
  const std::int64_t longest = model.integer("max_input_chars_per_word").value_or(100);
  if (longest < 0) model.fail("max_input_chars_per_word", "must not be negative");
  auto wordpiece = make_wordpiece(*vocabulary, model.string("continuing_subword_prefix").value_or("##"),
                                  find_unk(model, *vocabulary, "[UNK]"), static_cast<std::size_t>(longest), is_control);
  return {std::move(wordpiece), std::move(vocabulary)};
}

LoadedModel load_wordlevel(const JsonObject& model, const IsControl& is_control) {
  auto vocabulary = load_vocabulary(model);
  WordPiece::Entries words;
  for (TokenId id = 0; id < vocabulary->size(); ++id) {
    const std::string_view text = vocabulary->text(id);
    if (vocabulary->contains(id) && !is_control(text)) words.emplace_back(text, id);
  }
  auto wordlevel = std::make_unique<WordLevel>(std::move(words), find_unk(model, *vocabulary, "<unk>"));
  return {std::move(wordlevel), std::move(vocabulary)};
}

/// Files from before 2021 do not say what they are.
std::string guess_type(const JsonObject& model) {
  if (model.find("merges") != nullptr) return "BPE";
  if (const json::value* vocab = model.find("vocab"); vocab != nullptr && vocab->is_array()) return "Unigram";
  if (model.find("max_input_chars_per_word") != nullptr || model.find("continuing_subword_prefix") != nullptr)
    return "WordPiece";
  return "WordLevel";
}

}  // namespace

std::unique_ptr<const TokenModel> make_wordpiece(const Vocabulary& vocabulary, std::string_view prefix,
                                                 std::optional<TokenId> unk, std::size_t max_characters,
                                                 const IsControl& is_control) {
  WordPiece::Entries beginnings;
  WordPiece::Entries continuations;
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    const std::string_view text = vocabulary.text(id);
    if (!vocabulary.contains(id) || is_control(text)) continue;
    beginnings.emplace_back(text, id);
    if (text.starts_with(prefix)) continuations.emplace_back(text.substr(prefix.size()), id);
  }
  return std::make_unique<WordPiece>(std::move(beginnings), std::move(continuations), unk, max_characters);
}

LoadedModel load_model(const JsonObject& model, const IsControl& is_control) {
  const std::string type = model.string("type").value_or(guess_type(model));
  if (type == "BPE") return load_bpe(model, is_control);
  if (type == "Unigram") return load_unigram(model, is_control);
  if (type == "WordPiece") return load_wordpiece(model, is_control);
  if (type == "WordLevel") return load_wordlevel(model, is_control);
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: type \"{}\" is not supported; supported: BPE, Unigram, WordPiece, WordLevel",
                          model.what(), type));
}

}  // namespace hearth
