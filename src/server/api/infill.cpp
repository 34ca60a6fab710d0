#include "server/api/infill.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/prompt.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

struct Marks {
  std::string_view prefix, suffix, middle;
  bool suffix_is_inside = false;   ///< of a text: no space is put before it, as before texts of their own
  bool middle_is_between = false;  ///< prefix, text, middle, text, suffix: the middle is a hole there
};

// As the makers' papers and model cards write them.
constexpr std::array<Marks, 4> kMarks = {{{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
                                          {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
                                          {"▁<PRE>", "▁<SUF>", "▁<MID>", true},
                                          {"<｜fim▁begin｜>", "<｜fim▁end｜>", "<｜fim▁hole｜>", false, true}}};

struct MarkTokens {
  TokenId prefix, suffix, middle;
  bool suffix_is_inside, middle_is_between;
};

std::optional<MarkTokens> marks_of(const ServedModel& model) {
  for (const Marks& marks : kMarks) {
    const auto prefix = model.find_token(marks.prefix), suffix = model.find_token(marks.suffix),
               middle = model.find_token(marks.middle);
    if (prefix && suffix && middle)
      return MarkTokens{*prefix, *suffix, *middle, marks.suffix_is_inside, marks.middle_is_between};
  }
  return std::nullopt;
}

/// A text as it is tokenized behind another one: without the space that SentencePiece puts before the first word.
std::vector<TokenId> tokens_inside(const ServedModel& model, std::string_view text) {
  constexpr std::string_view kBefore = "☺";  // which no piece of a vocabulary has together with other characters
  const std::vector<TokenId> before = model.tokenize(kBefore, false, false);
  std::vector<TokenId> both = model.tokenize(std::string(kBefore) + std::string(text), false, false);
  if (both.size() < before.size() || !std::equal(before.begin(), before.end(), both.begin()))
    return model.tokenize(text, false, false);
  both.erase(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(before.size()));
  return both;
}

}  // namespace

bool can_infill(const ServedModel& model) { return marks_of(model).has_value(); }

std::vector<TokenId> infill_prompt(const ServedModel& model, std::string_view prefix, std::string_view suffix) {
  const auto marks = marks_of(model);
  if (!marks) {
    throw bad_field("suffix", "this model has no tokens for filling in the middle of a text; leave the suffix out");
  }
  for (const std::string_view text : {prefix, suffix}) {
    if (const auto found = model.find_overlong(text)) throw overlong_prompt(*found, model.context());
  }
  const std::vector<TokenId> before = model.tokenize(prefix, false, false),
                             after = marks->suffix_is_inside ? tokens_inside(model, suffix)
                                                             : model.tokenize(suffix, false, false);
  std::vector<TokenId> ids;
  // A BOS where the model's texts begin with one.
  const std::vector<TokenId> around_nothing = model.tokenize("", true, false);
  if (!around_nothing.empty() && model.info().bos && around_nothing.front() == *model.info().bos)
    ids.push_back(around_nothing.front());
  const auto add = [&ids](const std::vector<TokenId>& more) { ids.insert(ids.end(), more.begin(), more.end()); };
  ids.push_back(marks->prefix);
  add(before);
  ids.push_back(marks->middle_is_between ? marks->middle : marks->suffix);
  add(after);
  ids.push_back(marks->middle_is_between ? marks->suffix : marks->middle);
  return ids;
}

}  // namespace hearth
