// Normalizers: what a tokenizer does to text before it splits it. Each keeps invalid UTF-8 as it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/unicode.h"
#include "text/normalized_text.h"
#include "text/regex_pattern.h"

namespace hearth {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(NormalizedText& text) const = 0;
};

class NormalizerSequence final : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<const Normalizer>> steps) : steps_(std::move(steps)) {}
  void apply(NormalizedText& text) const override;

 private:
  std::vector<std::unique_ptr<const Normalizer>> steps_;
};

/// Puts a string before text that is not empty.
class PrependNormalizer final : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}
  void apply(NormalizedText& text) const override;

 private:
  std::string prefix_;
};

/// Replaces every match of a pattern.
class ReplaceNormalizer final : public Normalizer {
 public:
  ReplaceNormalizer(Pattern pattern, std::string with) : pattern_(std::move(pattern)), with_(std::move(with)) {}
  void apply(NormalizedText& text) const override;

 private:
  Pattern pattern_;
  std::string with_;
};

class UnicodeNormalizer final : public Normalizer {
 public:
  explicit UnicodeNormalizer(NormalForm form) : form_(form) {}
  void apply(NormalizedText& text) const override;

 private:
  NormalForm form_;
};

class LowercaseNormalizer final : public Normalizer {
 public:
  void apply(NormalizedText& text) const override;
};

/// Takes white space off the ends.
class StripNormalizer final : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}
  void apply(NormalizedText& text) const override;

 private:
  bool left_;
  bool right_;
};

class StripAccentsNormalizer final : public Normalizer {
 public:
  void apply(NormalizedText& text) const override;
};

/// SentencePiece's nmt rule: some control characters go, odd spaces become plain ones.
class NmtNormalizer final : public Normalizer {
 public:
  void apply(NormalizedText& text) const override;
};

/// Writes text in GPT-2's byte alphabet.
class ByteLevelNormalizer final : public Normalizer {
 public:
  void apply(NormalizedText& text) const override;
};

struct BertNormalizerOptions {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};
/// BERT's BasicTokenizer up to the splitting.
class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(const BertNormalizerOptions& options) : options_(options) {}
  void apply(NormalizedText& text) const override;

 private:
  BertNormalizerOptions options_;
};

/// Reads the "normalizer" of a tokenizer.json. `where` names it in errors. Errors: kCorruptData; kUnsupported for an
/// unknown type.
std::unique_ptr<const Normalizer> load_normalizer(const json::value& value, const std::string& where);

}  // namespace hearth
