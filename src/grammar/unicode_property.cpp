#include "grammar/unicode_property.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unicode.h"

namespace hearth {

namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

struct CategoryName {
  std::string_view short_name, long_name;
};

/// The general categories and their names in PropertyValueAliases.txt (Unicode Character Database), as ECMA-262 takes
/// them; a name of one letter stands for all categories that begin with it.
constexpr std::array<CategoryName, 42> kCategories = {{{"L", "Letter"},
                                                       {"Lu", "Uppercase_Letter"},
                                                       {"Ll", "Lowercase_Letter"},
                                                       {"Lt", "Titlecase_Letter"},
                                                       {"LC", "Cased_Letter"},
                                                       {"Lm", "Modifier_Letter"},
                                                       {"Lo", "Other_Letter"},
                                                       {"M", "Mark"},
                                                       {"M", "Combining_Mark"},
                                                       {"Mn", "Nonspacing_Mark"},
                                                       {"Mc", "Spacing_Mark"},
                                                       {"Me", "Enclosing_Mark"},
                                                       {"N", "Number"},
                                                       {"Nd", "Decimal_Number"},
                                                       {"Nd", "digit"},
                                                       {"Nl", "Letter_Number"},
                                                       {"No", "Other_Number"},
                                                       {"P", "Punctuation"},
                                                       {"P", "punct"},
                                                       {"Pc", "Connector_Punctuation"},
                                                       {"Pd", "Dash_Punctuation"},
                                                       {"Ps", "Open_Punctuation"},
                                                       {"Pe", "Close_Punctuation"},
                                                       {"Pi", "Initial_Punctuation"},
                                                       {"Pf", "Final_Punctuation"},
                                                       {"Po", "Other_Punctuation"},
                                                       {"S", "Symbol"},
                                                       {"Sm", "Math_Symbol"},
                                                       {"Sc", "Currency_Symbol"},
                                                       {"Sk", "Modifier_Symbol"},
                                                       {"So", "Other_Symbol"},
                                                       {"Z", "Separator"},
                                                       {"Zs", "Space_Separator"},
                                                       {"Zl", "Line_Separator"},
                                                       {"Zp", "Paragraph_Separator"},
                                                       {"C", "Other"},
                                                       {"Cc", "Control"},
                                                       {"Cc", "cntrl"},
                                                       {"Cf", "Format"},
                                                       {"Cs", "Surrogate"},
                                                       {"Co", "Private_Use"},
                                                       {"Cn", "Unassigned"}}};

/// Of ECMA-262's binary properties those that PCRE2 has under the same name.
constexpr std::array<std::string_view, 38> kBinaryProperties = {"Alphabetic",
                                                                "Alpha",
                                                                "Bidi_Control",
                                                                "Bidi_Mirrored",
                                                                "Case_Ignorable",
                                                                "Cased",
                                                                "Dash",
                                                                "Default_Ignorable_Code_Point",
                                                                "Deprecated",
                                                                "Diacritic",
                                                                "Emoji",
                                                                "Emoji_Component",
                                                                "Emoji_Modifier",
                                                                "Emoji_Modifier_Base",
                                                                "Emoji_Presentation",
                                                                "Extended_Pictographic",
                                                                "Extender",
                                                                "Grapheme_Base",
                                                                "Grapheme_Extend",
                                                                "Hex_Digit",
                                                                "ID_Continue",
                                                                "ID_Start",
                                                                "Ideographic",
                                                                "Join_Control",
                                                                "Logical_Order_Exception",
                                                                "Lowercase",
                                                                "Math",
                                                                "Noncharacter_Code_Point",
                                                                "Pattern_Syntax",
                                                                "Pattern_White_Space",
                                                                "Quotation_Mark",
                                                                "Radical",
                                                                "Regional_Indicator",
                                                                "Sentence_Terminal",
                                                                "Soft_Dotted",
                                                                "Unified_Ideograph",
                                                                "Uppercase",
                                                                "White_Space"};

struct CategoryRun {
  char32_t first;
  std::array<char, 2> category;
};

/// Where the category changes, over all code points.
const std::vector<CategoryRun>& category_runs() {
  static const std::vector<CategoryRun> runs = [] {
    std::vector<CategoryRun> result;
    for (char32_t c = 0; c <= kLastCodePoint; ++c) {
      const char* name = category(c);
      const std::array<char, 2> mine = {name[0], name[1]};
      if (result.empty() || result.back().category != mine) result.push_back({c, mine});
    }
    return result;
  }();
  return runs;
}

CodePointSet of_category(std::string_view name) {
  const bool cased = name == "LC";
  std::vector<CodePointRange> ranges;
  const auto& runs = category_runs();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto [major, minor] = runs[i].category;
    const bool wanted = cased ? major == 'L' && (minor == 'u' || minor == 'l' || minor == 't')
                              : major == name[0] && (name.size() == 1 || minor == name[1]);
    if (wanted) ranges.push_back({runs[i].first, i + 1 < runs.size() ? runs[i + 1].first - 1 : kLastCodePoint});
  }
  return CodePointSet(std::move(ranges));
}

std::optional<std::string_view> category_of_name(std::string_view name) {
  for (const auto& [short_name, long_name] : kCategories) {
    if (name == short_name || name == long_name) return short_name;
  }
  return std::nullopt;
}

/// All characters one after another.
const std::string& every_character() {
  static const std::string text = [] {
    std::string result;
    result.reserve(std::size_t{4} << 20);
    for (const auto& [first, last] : CodePointSet::all().ranges()) {
      for (char32_t c = first; c <= last; ++c) append_utf8(result, c);
    }
    return result;
  }();
  return text;
}

/// Asks PCRE2, which carries the tables, for the runs of characters that match.
std::optional<CodePointSet> from_pcre2(const std::string& pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::unique_ptr<pcre2_code, void (*)(pcre2_code*)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF, &error, &offset, nullptr),
      pcre2_code_free);
  if (code == nullptr) return std::nullopt;
  const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match(
      pcre2_match_data_create_from_pattern(code.get(), nullptr), pcre2_match_data_free);
  const std::string& text = every_character();
  std::vector<CodePointRange> ranges;
  const PCRE2_SIZE* found = pcre2_get_ovector_pointer(match.get());
  for (std::size_t at = 0; at < text.size(); at = found[1]) {
    if (pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, PCRE2_NO_UTF_CHECK,
                    match.get(), nullptr) < 0) {
      break;
    }
    std::size_t last = found[1] - 1;
    while ((static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80U) --last;
    ranges.push_back({decode_utf8(text, found[0]).value, decode_utf8(text, last).value});
  }
  return CodePointSet(std::move(ranges));
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<CodePointSet> make_property(std::string_view expression) {
  const std::size_t equals = expression.find('=');
  const std::string_view name = expression.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : expression.substr(equals + 1);
  if (!is_name(name) || (equals != std::string_view::npos && !is_name(value))) return std::nullopt;
  if (name == "Script" || name == "sc") return from_pcre2("\\p{sc:" + std::string(value) + "}++");
  if (name == "Script_Extensions" || name == "scx") return from_pcre2("\\p{scx:" + std::string(value) + "}++");
  const bool is_category = name == "General_Category" || name == "gc";
  if (equals != std::string_view::npos && !is_category) return std::nullopt;
  if (const auto found = category_of_name(is_category ? value : name)) return of_category(*found);
  if (is_category) return std::nullopt;
  if (name == "Any") return CodePointSet::all();
  if (name == "ASCII") return CodePointSet({{0, 0x7F}});
  if (name == "ASCII_Hex_Digit" || name == "AHex") return CodePointSet({{'0', '9'}, {'A', 'F'}, {'a', 'f'}});
  if (name == "Assigned") return of_category("Cn").complement();
  if (std::find(kBinaryProperties.begin(), kBinaryProperties.end(), name) != kBinaryProperties.end()) {
    return from_pcre2("\\p{" + std::string(name) + "}++");
  }
  return std::nullopt;
}

}  // namespace

const CodePointSet* unicode_property(std::string_view expression) {
  static std::mutex mutex;
  static std::map<std::string, CodePointSet, std::less<>> known;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(expression); found != known.end()) return &found->second;
  auto made = make_property(expression);
  if (!made) return nullptr;
  return &known.emplace(std::string(expression), std::move(*made)).first->second;
}

}  // namespace hearth
