// vocab.json + merges.txt and vocab.txt: tokenizers from before tokenizer.json, whose rules are those of a class by
// name.
#include <fmt/format.h>

#include <limits>
#include <unordered_set>

#include "base/file.h"
#include "hearth/error.h"
#include "text/added_token_registry.h"
#include "text/bpe.h"
#include "text/load_hf_parts.h"
#include "text/load_model.h"
#include "text/wordpiece.h"

namespace hearth {
namespace {

const char* const kQwen2Expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr const char* kTokenKeys[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                      "pad_token", "cls_token", "mask_token"};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<MergePair> parse_merges(std::string_view text, const std::string& name) {
  std::vector<MergePair> merges;
  const std::vector<std::string_view> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line.empty() || line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}: line {} is not two tokens with a space between", name, i + 1));
    }
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

/// The tokens that the companions add, with the ids they want.
std::vector<std::pair<AddedToken, std::optional<std::int64_t>>> companion_tokens(const HfCompanions& companions) {
  std::vector<std::pair<AddedToken, std::optional<std::int64_t>>> tokens;
  std::unordered_set<std::string> named;
  for (const char* key : kTokenKeys) {
    if (const auto text = companions.token(key)) named.insert(*text);
  }
  if (companions.added_tokens.is_object()) {
    const JsonObject object(companions.added_tokens, companions.name + "/added_tokens.json");
    for (const auto& entry : object.raw()) {
      AddedToken token;
      token.content.assign(entry.key().data(), entry.key().size());
      token.special = named.contains(token.content);
      token.normalized = !token.special;
      tokens.emplace_back(std::move(token), object.require_integer({entry.key().data(), entry.key().size()}));
    }
  }
  if (companions.tokenizer_config.is_object()) {
    const JsonObject config(companions.tokenizer_config, companions.name + "/tokenizer_config.json");
    if (const auto decoder = config.object("added_tokens_decoder")) {
      for (const auto& entry : decoder->raw()) {
        const std::string key(entry.key().data(), entry.key().size());
        const bool is_number =
            !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == std::string::npos;
        if (!is_number) decoder->fail(key, "is no token id");
        tokens.emplace_back(load_added_token(JsonObject(entry.value(), decoder->what() + ": " + key)), std::stoll(key));
      }
    }
  }
  for (const std::string& text : named) {
    AddedToken token;
    token.content = text;
    token.special = true;
    tokens.emplace_back(std::move(token), std::nullopt);
  }
  return tokens;
}

/// Registers the companions' tokens, and of `defaults` those that the vocabulary has, as control tokens.
void add_tokens(TokenizerParts& parts, const Vocabulary& vocabulary, const HfCompanions& companions,
                const std::vector<std::string>& defaults) {
  AddedTokenRegistry registry(vocabulary, companions.name);
  for (const std::string& text : defaults) {
    if (!vocabulary.find(text)) continue;
    AddedToken token;
    token.content = text;
    token.special = true;
    token.lstrip = text == "<mask>";  // RoBERTa's takes the space before it
    registry.add(std::move(token));
  }
  for (auto& [token, id] : companion_tokens(companions)) {
    if (!id && !vocabulary.find(token.content)) continue;  // a name for a token that nobody has
    registry.add(std::move(token), id);
  }
  registry.finish(parts);
}

enum class BpeClass { kGpt2, kQwen2, kRoberta };

BpeClass bpe_class(const HfCompanions& companions) {
  std::string name = companions.string("tokenizer_class").value_or("");
  if (name.empty() && companions.config.is_object()) {
    name = JsonObject(companions.config, companions.name + "/config.json").string("model_type").value_or("");
  }
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (name == "Qwen2Tokenizer" || name == "qwen2" || name == "qwen3") return BpeClass::kQwen2;
  if (name == "RobertaTokenizer" || name == "BartTokenizer" || name == "LongformerTokenizer" || name == "roberta" ||
      name == "bart") {
    return BpeClass::kRoberta;
  }
  if (name.empty() || name == "GPT2Tokenizer" || name == "CodeGenTokenizer" || name == "gpt2" || name == "phi" ||
      name == "gpt_neo" || name == "codegen" || name == "gptj") {
    return BpeClass::kGpt2;
  }
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{}: the tokenizer \"{}\" in vocab.json + merges.txt is not supported; supported: GPT2Tokenizer, "
                  "CodeGenTokenizer, Qwen2Tokenizer, RobertaTokenizer",
                  companions.name, name),
      "add the model's tokenizer.json");
}

std::unique_ptr<const PreTokenizer> make_qwen2_pre_tokenizer(bool add_prefix_space) {
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  steps.push_back(std::make_unique<SplitPreTokenizer>(Pattern::regex(kQwen2Expression, "Qwen2Tokenizer"),
                                                      SplitBehavior::kIsolated, false));
  steps.push_back(std::make_unique<ByteLevelPreTokenizer>(add_prefix_space, false));
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

std::shared_ptr<Vocabulary> load_vocab_json(const std::filesystem::path& path) {
  const json::value document = load_json(path);
  const JsonObject object(document, path.string());
  auto vocabulary = std::make_shared<Vocabulary>(path.string(), object.raw().size());
  for (const auto& entry : object.raw()) {
    const std::string_view text(entry.key().data(), entry.key().size());
    vocabulary->add(text, object.require_integer(text));
  }
  return vocabulary;
}

IsControl control_tokens(const TokenizerParts& parts) {
  return [&parts](std::string_view text) {
    const auto id = parts.vocabulary->find(text);
    return id && parts.special[static_cast<std::size_t>(*id)];
  };
}

void surround(TokenizerParts& parts, std::string_view before, std::string_view after) {
  const auto first = parts.vocabulary->find(before);
  const auto last = parts.vocabulary->find(after);
  if (first) parts.surrounding.before.push_back(*first);
  if (last) parts.surrounding.after.push_back(*last);
}

}  // namespace

TokenizerParts load_vocab_json_parts(const std::filesystem::path& folder, const HfCompanions& companions) {
  const BpeClass kind = bpe_class(companions);
  const auto vocabulary = load_vocab_json(folder / "vocab.json");
  const std::string merges_name = (folder / "merges.txt").string();
  const std::string merges = read_file(folder / "merges.txt");
  const bool add_prefix_space = companions.flag("add_prefix_space").value_or(false);

  TokenizerParts parts;
  const bool roberta = kind == BpeClass::kRoberta;
  add_tokens(parts, *vocabulary, companions,
             roberta ? std::vector<std::string>{"<s>", "<pad>", "</s>", "<unk>", "<mask>"}
                     : std::vector<std::string>{"<|endoftext|>"});
  parts.model = std::make_unique<Bpe>(vocabulary, parse_merges(merges, merges_name), BpeOptions(),
                                      control_tokens(parts), merges_name);
  parts.decoder.push_back(make_byte_level_decoder());
  if (kind == BpeClass::kQwen2) {
    parts.normalizer = std::make_unique<UnicodeNormalizer>(NormalForm::kNfc);
    parts.pre_tokenizer = make_qwen2_pre_tokenizer(add_prefix_space);
  } else {
    parts.pre_tokenizer = std::make_unique<ByteLevelPreTokenizer>(add_prefix_space, true);
  }
  if (roberta) {
    surround(parts, companions.token("cls_token").value_or("<s>"), companions.token("sep_token").value_or("</s>"));
    parts.bos = parts.vocabulary->find("<s>");
    parts.eos = parts.vocabulary->find("</s>");
  } else if (kind == BpeClass::kGpt2 && !companions.tokenizer_config.is_object()) {
    parts.bos = parts.eos = parts.vocabulary->find("<|endoftext|>");
  }
  return parts;
}

TokenizerParts load_vocab_txt_parts(const std::filesystem::path& folder, const HfCompanions& companions) {
  const std::filesystem::path path = folder / "vocab.txt";
  const std::string text = read_file(path);
  const std::vector<std::string_view> lines = lines_of(text);
  auto vocabulary = std::make_shared<Vocabulary>(path.string(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) vocabulary->add(lines[i], static_cast<std::int64_t>(i));

  TokenizerParts parts;
  add_tokens(parts, *vocabulary, companions, {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
  BertNormalizerOptions options;
  options.lowercase = companions.flag("do_lower_case").value_or(true);
  options.strip_accents = companions.flag("strip_accents").value_or(options.lowercase);
  options.handle_chinese_chars = companions.flag("tokenize_chinese_chars").value_or(true);
  parts.normalizer = std::make_unique<BertNormalizer>(options);
  parts.pre_tokenizer = make_bert_pre_tokenizer();
  parts.model = make_wordpiece(*vocabulary, "##", vocabulary->find(companions.token("unk_token").value_or("[UNK]")),
                               100, control_tokens(parts));
  parts.decoder.push_back(make_word_piece_decoder("##", true));
  surround(parts, companions.token("cls_token").value_or("[CLS]"), companions.token("sep_token").value_or("[SEP]"));
  return parts;
}

std::unique_ptr<const Tokenizer> load_hf_tokenizer(const std::filesystem::path& folder_or_file) {
  const bool is_folder = std::filesystem::is_directory(folder_or_file);
  const std::filesystem::path folder = is_folder ? folder_or_file : folder_or_file.parent_path();
  const std::string file = is_folder ? "" : folder_or_file.filename().string();
  const auto there = [&folder](const char* name) { return std::filesystem::is_regular_file(folder / name); };
  const bool is_vocab_file = file == "vocab.json" || file == "merges.txt" || file == "vocab.txt";
  const HfCompanions companions = HfCompanions::load(folder.empty() ? "." : folder);
  TokenizerParts parts;
  if ((is_folder && there("tokenizer.json")) || (!is_folder && !is_vocab_file)) {
    const std::filesystem::path path = is_folder ? folder / "tokenizer.json" : folder_or_file;
    parts = load_tokenizer_json_parts(read_file(path), path.string());
  } else if (file == "vocab.txt" || (is_folder && !there("vocab.json") && there("vocab.txt"))) {
    parts = load_vocab_txt_parts(folder, companions);
  } else if (!is_folder || there("vocab.json")) {
    parts = load_vocab_json_parts(folder, companions);
  } else {
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: there is no tokenizer.json, vocab.json or vocab.txt", folder.string()),
                "download the model's tokenizer files into this folder");
  }
  apply_companions(parts, companions);
  return std::make_unique<PipelineTokenizer>(std::move(parts));
}

}  // namespace hearth
