// Pre-tokenizers: what cuts normalised text into the pieces that a model then tokenises one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/piece_list.h"
#include "text/regex_pattern.h"

namespace hearth {

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void apply(PieceList& list) const = 0;
};

class PreTokenizerSequence final : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<const PreTokenizer>> steps) : steps_(std::move(steps)) {}
  void apply(PieceList& list) const override;

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> steps_;
};

class SplitPreTokenizer final : public PreTokenizer {
 public:
  SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void apply(PieceList& list) const override;

 private:
  Pattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

/// Cuts at the characters of a class.
class CharacterPreTokenizer final : public PreTokenizer {
 public:
  using InClass = bool (*)(char32_t);
  CharacterPreTokenizer(InClass in_class, SplitBehavior behavior) : in_class_(in_class), behavior_(behavior) {}
  void apply(PieceList& list) const override;

 private:
  InClass in_class_;
  SplitBehavior behavior_;
};

/// Words, runs of other signs, and no white space.
class WordPreTokenizer final : public PreTokenizer {
 public:
  void apply(PieceList& list) const override;
};

/// Writes pieces in GPT-2's byte alphabet, after cutting them by GPT-2's expression where `use_regex`.
class ByteLevelPreTokenizer final : public PreTokenizer {
 public:
  ByteLevelPreTokenizer(bool add_prefix_space, bool use_regex);
  void apply(PieceList& list) const override;

 private:
  bool add_prefix_space_;
  std::unique_ptr<const SplitPreTokenizer> split_;
};

/// SentencePiece's way: spaces become a visible character, and pieces begin with it.
class MetaspacePreTokenizer final : public PreTokenizer {
 public:
  enum class Prepend { kAlways, kFirst, kNever };
  MetaspacePreTokenizer(std::string replacement, Prepend prepend, bool split)
      : replacement_(std::move(replacement)), prepend_(prepend), split_(split) {}
  void apply(PieceList& list) const override;

 private:
  std::string replacement_;
  Prepend prepend_;
  bool split_;
};

/// Cuts pieces into parts of a number of characters.
class FixedLengthPreTokenizer final : public PreTokenizer {
 public:
  explicit FixedLengthPreTokenizer(std::size_t length) : length_(length) {}
  void apply(PieceList& list) const override;

 private:
  std::size_t length_;
};

/// Reads {"replacement", "prepend_scheme" | "add_prefix_space"} as the Metaspace parts of a tokenizer.json have them.
MetaspacePreTokenizer::Prepend load_metaspace_prepend(const JsonObject& object);

/// Reads the "pre_tokenizer" of a tokenizer.json. `where` names it in errors. Errors: kCorruptData; kUnsupported for an
/// unknown type.
std::unique_ptr<const PreTokenizer> load_pre_tokenizer(const json::value& value, const std::string& where);

/// White space and punctuation, as BERT cuts.
std::unique_ptr<const PreTokenizer> make_bert_pre_tokenizer();

/// GPT-2's expression, which ByteLevel uses.
extern const char* const kGpt2Expression;

}  // namespace hearth
