#include "hub/convert/pre_tokenizer_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/quote.h"
#include "hearth/error.h"
#include "text/gguf_pre_tokenizers.h"

namespace hearth {
namespace {

std::string_view expression_of(std::string_view gguf_name) {
  return find_gguf_pre_tokenizer(gguf_name)->expressions.back();
}

[[noreturn]] void refuse(const JsonObject& step, std::string_view what) {
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} has no name in GGUF", step.what(), what),
              "use the folder as it is");
}

/// The expressions that cut the text, in their order; of steps that do not cut nothing.
void collect(const json::value& value, const std::string& what, std::vector<std::string>& expressions) {
  const JsonObject step(value, what);
  const std::string type = step.require_string("type");
  if (type == "Sequence") {
    if (const json::array* steps = step.array("pretokenizers")) {
      for (const json::value& inner : *steps) collect(inner, what, expressions);
    }
  } else if (type == "ByteLevel") {
    if (step.boolean("use_regex").value_or(true)) expressions.emplace_back(expression_of("gpt-2"));
  } else if (type == "Digits") {
    expressions.emplace_back(step.boolean("individual_digits").value_or(false) ? R"(\p{N})" : R"(\p{N}+)");
  } else if (type == "Split") {
    const auto pattern = step.object("pattern");
    const auto regex = pattern ? pattern->string("Regex") : std::nullopt;
    const std::string behavior = step.string("behavior").value_or("");
    // "Removed, inverted" keeps the matches: the same as keeping everything where nothing lies between matches.
    const bool keeps_all = behavior == "Isolated" || (behavior == "Removed" && step.boolean("invert").value_or(false));
    if (!regex || !keeps_all) refuse(step, fmt::format("a Split of behaviour {}", quote(behavior)));
    expressions.push_back(*regex);
  } else {
    refuse(step, fmt::format("the step {}", quote(type)));
  }
}

bool same(const GgufPreTokenizer& known, const std::vector<std::string>& expressions, bool ignore_merges) {
  return known.ignore_merges == ignore_merges &&
         std::equal(known.expressions.begin(), known.expressions.end(), expressions.begin(), expressions.end(),
                    [](const char* a, const std::string& b) { return a == b; });
}

/// The name that llama.cpp's own converter gives to models of a family, where several mean the same.
std::string_view preferred(std::string_view architecture) {
  if (architecture == "phi2") return "phi-2";
  if (architecture == "bert") return "roberta-bpe";
  if (architecture == "starcoder") return "starcoder";
  if (architecture == "qwen2" || architecture == "qwen3") return "qwen2";
  if (architecture == "llama") return "llama-bpe";
  return "gpt-2";
}

}  // namespace

std::string pre_tokenizer_name(const JsonObject& tokenizer, std::string_view architecture) {
  std::vector<std::string> expressions;
  if (const json::value* steps = tokenizer.find("pre_tokenizer")) {
    collect(*steps, tokenizer.what() + ": pre_tokenizer", expressions);
  }
  const auto model = tokenizer.object("model");
  const bool ignore_merges = model && model->boolean("ignore_merges").value_or(false);
  if (same(*find_gguf_pre_tokenizer(preferred(architecture)), expressions, ignore_merges)) {
    return std::string(preferred(architecture));
  }
  for (const std::string_view name : gguf_pre_tokenizer_names()) {
    if (same(*find_gguf_pre_tokenizer(name), expressions, ignore_merges)) return std::string(name);
  }
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: GGUF has no name for a pre-tokenizer with {}", tokenizer.what(),
                          expressions.empty() ? "no expression" : quote(expressions.front(), 200)),
              "use the folder as it is");
}

}  // namespace hearth
