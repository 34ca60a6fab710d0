// Random expressions and texts, compared with PCRE2 as a reference.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <gtest/gtest.h>
#include <pcre2.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "grammar/regex.h"
#include "hearth/error.h"

namespace hearth {
namespace {

/// Only what both engines read alike.
class RandomRegex {
 public:
  explicit RandomRegex(std::mt19937& random) : random_(random) {}

  std::string make(int depth) {
    std::string result;
    for (unsigned i = 1 + random_() % 3; i > 0; --i) {
      if (!result.empty() && random_() % 3 == 0) result += '|';
      for (unsigned k = random_() % 4; k > 0; --k) result += term(depth);
    }
    return result;
  }

 private:
  std::string term(int depth) {
    switch (random_() % 12) {
      case 0: return "^";
      case 1: return "$";
      case 2:
      case 3:
      case 4: return (depth == 0 ? atom() : "(?:" + make(depth - 1) + ")") + quantifier();
      case 5: return depth == 0 ? atom() : "(" + make(depth - 1) + ")" + quantifier();
      default: return atom() + quantifier();
    }
  }
  std::string atom() {
    static const std::vector<std::string> kAtoms = {
        "a",      "b",     "c",  "é",     "😀",   "[ab]",    "[^ab]",  "[b-é]",  "[^😀a]",   ".",         "\\d",
        "[\\d-]", "\\x61", "中", "[a-c]", "\\.", "[一-龥]", "[^\\d]", "\\p{L}", "\\P{Lu}", "[^\\p{L}a]"};
    return kAtoms[random_() % kAtoms.size()];
  }
  std::string quantifier() {
    static const std::vector<std::string> kQuantifiers = {"*",    "+",     "?",  "{2}", "{1,2}",
                                                          "{2,}", "{0,3}", "*?", "+?",  "??"};
    return random_() % 3 == 0 ? kQuantifiers[random_() % kQuantifiers.size()] : "";
  }
  std::mt19937& random_;
};

class Reference {
 public:
  Reference(const std::string& pattern, bool whole) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    const std::string source = whole ? "\\A(?:" + pattern + ")\\z" : pattern;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.data()), source.size(),
                              PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &error, &offset, nullptr));
    EXPECT_NE(code_, nullptr) << source;
    match_.reset(pcre2_match_data_create(1, nullptr));
  }
  bool matches(const std::string& text) const {
    const int result =
        pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match_.get(), nullptr);
    EXPECT_TRUE(result >= 0 || result == PCRE2_ERROR_NOMATCH) << result;
    return result >= 0;
  }

 private:
  struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
  };
  std::unique_ptr<pcre2_code, Free> code_;
  std::unique_ptr<pcre2_match_data, Free> match_;
};

std::string random_text(std::mt19937& random) {
  // No line terminators: what "." takes for one differs.
  static const std::vector<std::string> kCharacters = {"a", "b", "c", "a",  "b", "é", "😀",
                                                       "1", "-", ".", "中", "É", "Z"};
  std::string text;
  for (unsigned n = random() % 7; n > 0; --n) text += kCharacters[random() % kCharacters.size()];
  return text;
}

TEST(RegexAgainstPcre2, RandomExpressionsMatchTheSameTexts) {
  std::mt19937 random(11);
  std::size_t n_matching = 0;
  std::size_t n_other = 0;
  std::size_t n_too_large = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string pattern = RandomRegex(random).make(3);
    const bool whole = round % 2 == 0;
    DfaPointer dfa;
    try {
      dfa = compile_regex(pattern, whole ? RegexMatch::kWhole : RegexMatch::kSearch);
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kUnsupported) << error.message();
      ++n_too_large;
      continue;
    }
    ASSERT_EQ(dfa->n_states(), Dfa(dfa->draft()).n_states()) << pattern << " is not minimal";
    const Reference reference(pattern, whole);
    for (int i = 0; i < 40; ++i) {
      const std::string text = random_text(random);
      const bool expected = reference.matches(text);
      ASSERT_EQ(dfa->matches(text), expected) << pattern << (whole ? " whole " : " in ") << text;
      ++(expected ? n_matching : n_other);
    }
  }
  EXPECT_LT(n_too_large, 10U);
  EXPECT_GT(n_matching, 20'000U);
  EXPECT_GT(n_other, 20'000U);
}

}  // namespace
}  // namespace hearth
