#include "grammar/dfa.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/unicode.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::string_view kAlphabet = "abc";

/// All words over the alphabet with up to `length` letters.
std::vector<std::string> words_up_to(std::size_t length) {
  std::vector<std::string> words = {""};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() == length) continue;
    const std::string word = words[i];
    for (const char c : kAlphabet) words.push_back(word + c);
  }
  return words;
}

/// With dead ends, unreachable states and, often, equal states.
Dfa::Draft random_draft(std::mt19937& random, bool acyclic) {
  const std::size_t n = 1 + random() % 8;
  Dfa::Draft draft;
  draft.states.resize(n);
  draft.start = acyclic ? 0 : static_cast<Dfa::State>(random() % n);
  for (std::size_t s = 0; s < n; ++s) {
    draft.states[s].accepts = random() % 3 == 0;
    std::string letters(kAlphabet);
    std::shuffle(letters.begin(), letters.end(), random);
    for (const char c : letters) {
      if (random() % 4 == 0) continue;
      if (acyclic && s + 1 == n) continue;
      const std::size_t to = acyclic ? s + 1 + random() % (n - s - 1) : random() % n;
      const auto byte = static_cast<std::uint8_t>(c);
      draft.states[s].edges.push_back({byte, byte, static_cast<Dfa::State>(to)});
    }
  }
  return draft;
}

bool accepts_draft(const Dfa::Draft& draft, std::string_view word) {
  Dfa::State state = draft.start;
  for (const char c : word) {
    const auto& edges = draft.states[state].edges;
    const auto found = std::find_if(edges.begin(), edges.end(), [c](const auto& edge) {
      return edge.first <= static_cast<std::uint8_t>(c) && static_cast<std::uint8_t>(c) <= edge.last;
    });
    if (found == edges.end()) return false;
    state = found->to;
  }
  return draft.states[state].accepts;
}

/// How many states the smallest automaton has, by refining classes of states until nothing changes (E. Moore's way; the
/// library goes another).
std::size_t smallest_size(const Dfa::Draft& draft) {
  constexpr std::size_t kNone = 0xFFFF;
  const auto target = [&](std::size_t state, char letter) {
    for (const auto& edge : draft.states[state].edges) {
      if (edge.first == static_cast<std::uint8_t>(letter)) return std::size_t{edge.to};
    }
    return kNone;
  };
  const std::size_t n = draft.states.size();
  std::vector<bool> reached(n, false);
  std::vector<bool> leads(n, false);
  reached[draft.start] = true;
  for (std::size_t s = 0; s < n; ++s) leads[s] = draft.states[s].accepts;
  std::vector<std::size_t> classes(n);
  for (std::size_t round = 0; round <= n; ++round) {
    for (std::size_t s = 0; s < n; ++s) {
      for (const auto& edge : draft.states[s].edges) {
        if (reached[s]) reached[edge.to] = true;
        if (leads[edge.to]) leads[s] = true;
      }
    }
  }
  for (std::size_t round = 0; round <= n; ++round) {
    std::map<std::vector<std::size_t>, std::size_t> numbers;
    std::vector<std::size_t> next(n);
    for (std::size_t s = 0; s < n; ++s) {
      std::vector<std::size_t> signature = {draft.states[s].accepts ? std::size_t{1} : 0, classes[s]};
      for (const char c : kAlphabet) {
        const std::size_t to = target(s, c);
        signature.push_back(to == kNone || !leads[to] ? kNone : classes[to]);
      }
      next[s] = numbers.emplace(signature, numbers.size()).first->second;
    }
    classes = next;
  }
  std::set<std::size_t> used;
  for (std::size_t s = 0; s < n; ++s) {
    if (reached[s] && leads[s]) used.insert(classes[s]);
  }
  return used.size();
}

void expect_well_formed(const Dfa& dfa) {
  for (std::size_t s = 0; s < dfa.n_states(); ++s) {
    const auto state = static_cast<Dfa::State>(s);
    ASSERT_GT(dfa.completions(state), 0U) << "a state that never accepts";
    const Dfa::Edge* before = nullptr;
    for (const auto& edge : dfa.edges(state)) {
      ASSERT_LE(edge.first, edge.last);
      ASSERT_LT(edge.to, dfa.n_states());
      if (before != nullptr) {
        ASSERT_LT(before->last, edge.first);
        ASSERT_FALSE(before->last + 1 == edge.first && before->to == edge.to) << "not joined";
      }
      before = &edge;
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
      const auto edges = dfa.edges(state);
      const auto found = std::find_if(edges.begin(), edges.end(),
                                      [byte](const auto& edge) { return edge.first <= byte && byte <= edge.last; });
      ASSERT_EQ(dfa.step(state, static_cast<std::uint8_t>(byte)), found == edges.end() ? Dfa::kDead : found->to);
    }
  }
}

TEST(Dfa, KeepsTheLanguageOfItsDraftAndIsMinimal) {
  std::mt19937 random(1);
  const auto words = words_up_to(6);
  for (int round = 0; round < 300; ++round) {
    const Dfa::Draft draft = random_draft(random, round % 2 == 0);
    const Dfa dfa(draft);
    const Dfa loose(draft, /*minimal=*/false);
    expect_well_formed(dfa);
    expect_well_formed(loose);
    for (const auto& word : words) {
      ASSERT_EQ(dfa.matches(word), accepts_draft(draft, word)) << round << ' ' << word;
      ASSERT_EQ(loose.matches(word), accepts_draft(draft, word)) << round << ' ' << word;
    }
    ASSERT_LE(dfa.n_states(), loose.n_states());
    ASSERT_EQ(dfa.n_states(), smallest_size(draft));
    EXPECT_TRUE(same_language(dfa, loose));
    EXPECT_TRUE(same_language(dfa, Dfa(dfa.draft())));
  }
}

TEST(Dfa, EmptyDraftsAndDraftsWithoutAcceptanceAreTheEmptyLanguage) {
  for (const Dfa& dfa : {Dfa(Dfa::Draft{}), Dfa(Dfa::Draft{{{false, {{0, 255, 0}}}}, 0})}) {
    EXPECT_TRUE(dfa.empty());
    EXPECT_EQ(dfa.n_states(), 0U);
    EXPECT_FALSE(dfa.matches(""));
    EXPECT_TRUE(Dfa(dfa.draft()).empty());
    EXPECT_TRUE(same_language(dfa, Dfa(Dfa::Draft{})));
    EXPECT_FALSE(same_language(dfa, *any_text()));
  }
}

TEST(Dfa, CountsCompletions) {
  std::mt19937 random(2);
  const auto words = words_up_to(8);
  for (int round = 0; round < 100; ++round) {
    const Dfa dfa(random_draft(random, /*acyclic=*/true));
    for (std::size_t s = 0; s < dfa.n_states(); ++s) {
      std::uint32_t expected = 0;
      for (const auto& word : words) {
        Dfa::State state = static_cast<Dfa::State>(s);
        for (const char c : word) {
          if (state != Dfa::kDead) state = dfa.step(state, static_cast<std::uint8_t>(c));
        }
        if (state != Dfa::kDead && dfa.accepts(state)) ++expected;
      }
      ASSERT_EQ(dfa.completions(static_cast<Dfa::State>(s)), expected);
    }
  }
}

TEST(Dfa, CompletionsAreInfiniteBeforeACycleAndFiniteBehindIt) {
  // 0 -x-> 0, 0 -a..d-> 1, 1 -e-> 2 (end)
  const Dfa dfa(Dfa::Draft{{{false, {{'x', 'x', 0}, {'a', 'd', 1}}}, {true, {{'e', 'e', 2}}}, {true, {}}}, 0});
  EXPECT_EQ(dfa.completions(dfa.start()), Dfa::kInfinite);
  EXPECT_EQ(dfa.completions(dfa.step(dfa.start(), 'b')), 2U);
  // Five bytes of any value: 256^5 words are too many to count.
  Dfa::Draft chain;
  for (Dfa::State s = 0; s < 5; ++s) chain.states.push_back({false, {{0, 255, s + 1}}});
  chain.states.push_back({true, {}});
  const Dfa many(chain);
  EXPECT_EQ(many.completions(many.start()), Dfa::kInfinite);
  EXPECT_EQ(many.completions(many.step(many.step(many.start(), 0), 0)), 1U << 24);
}

TEST(Dfa, AutomataTooLargeForATableStepAlike) {
  Dfa::Draft draft;
  for (Dfa::State s = 0; s < 1000; ++s) {
    draft.states.push_back({s % 7 == 0, {{'0', '4', s + 1}, {'5', '9', s + 1}, {'x', 'x', 1000}, {0, 9, 1000}}});
  }
  draft.states.push_back({true, {}});
  const Dfa dfa(draft);
  EXPECT_EQ(dfa.n_states(), 1001U);
  expect_well_formed(dfa);
  EXPECT_TRUE(dfa.matches(std::string(700, '7') + "x"));
  EXPECT_TRUE(dfa.matches(std::string(700, '3')));
  EXPECT_FALSE(dfa.matches(std::string(701, '3')));
}

TEST(DfaOperations, AgreeWithBruteForce) {
  std::mt19937 random(3);
  const auto words = words_up_to(6);
  int n_same = 0;
  for (int round = 0; round < 400; ++round) {
    const Dfa a(random_draft(random, round % 3 == 0));
    const Dfa b(random_draft(random, round % 4 == 0));
    const DfaPointer both = intersection(a, b);
    const DfaPointer either = unite(a, b);
    const DfaPointer without = difference(a, b);
    for (const auto& dfa : {both, either, without}) expect_well_formed(*dfa);
    bool same = true;
    for (const auto& word : words) {
      const bool in_a = a.matches(word);
      const bool in_b = b.matches(word);
      same = same && in_a == in_b;
      ASSERT_EQ(both->matches(word), in_a && in_b) << word;
      ASSERT_EQ(either->matches(word), in_a || in_b) << word;
      ASSERT_EQ(without->matches(word), in_a && !in_b) << word;
    }
    // Two automata of up to 8 states may differ only in words longer than six letters: then the difference says so.
    const bool equal = without->empty() && difference(b, a)->empty();
    ASSERT_FALSE(!same && equal);
    ASSERT_EQ(same_language(a, b), equal);
    n_same += equal ? 1 : 0;
    EXPECT_TRUE(same_language(*unite(*without, *both), a));
    EXPECT_TRUE(same_language(*difference(*either, *without), b));
  }
  EXPECT_GT(n_same, 0);
}

TEST(DfaOperations, RefuseToGrowBeyondTheLimit) {
  // Words whose length is divisible by 97 and by 89: 8633 states.
  const auto divisible = [](std::size_t n) {
    Dfa::Draft draft;
    for (std::size_t s = 0; s < n; ++s)
      draft.states.push_back({s == 0, {{'a', 'a', static_cast<Dfa::State>((s + 1) % n)}}});
    return Dfa(draft);
  };
  EXPECT_EQ(intersection(divisible(97), divisible(89))->n_states(), 97U * 89U);
  try {
    intersection(divisible(97), divisible(89), AutomatonLimits{5000});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("needs more than 5000 states"), std::string::npos) << error.message();
  }
  EXPECT_THROW(unite(divisible(9973), divisible(9967)), Error);
}

TEST(WordSet, HoldsExactlyItsWords) {
  std::mt19937 random(4);
  const auto words = words_up_to(5);
  for (int round = 0; round < 100; ++round) {
    std::set<std::string> chosen;
    std::vector<std::string> given;
    for (std::size_t i = random() % 40; i > 0; --i) {
      given.push_back(words[random() % words.size()]);
      chosen.insert(given.back());
    }
    const DfaPointer set = word_set(given);
    expect_well_formed(*set);
    for (const auto& word : words) ASSERT_EQ(set->matches(word), chosen.count(word) != 0) << word;
    EXPECT_EQ(set->n_states(), Dfa(set->draft()).n_states()) << "not minimal";
    EXPECT_EQ(set->empty() ? 0 : set->completions(set->start()), chosen.size());
  }
}

TEST(WordSet, TakesManyLongWordsAndAllBytes) {
  std::vector<std::string> words;
  std::mt19937 random(5);
  for (int i = 0; i < 50'000; ++i) {
    std::string word;
    for (int k = 0; k < 12; ++k) word += static_cast<char>(random() % 256);
    words.push_back(word);
  }
  words.emplace_back(100'000, 'x');
  const DfaPointer set = word_set(words);
  for (std::size_t i = 0; i < words.size(); i += 97) EXPECT_TRUE(set->matches(words[i]));
  EXPECT_TRUE(set->matches(words.back()));
  EXPECT_FALSE(set->matches(std::string(99'999, 'x')));
  EXPECT_EQ(set->completions(set->start()), 50'001U);
}

TEST(AnyText, IsValidUtf8) {
  const DfaPointer& text = any_text();
  EXPECT_EQ(text, any_text());
  // Every sequence of two bytes, and of those that matter most of three and four.
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const std::string two = {static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(text->matches(two), is_valid_utf8(two)) << a << ' ' << b;
      for (const unsigned c : {0x00U, 0x7FU, 0x80U, 0x9FU, 0xA0U, 0xBFU, 0xC0U}) {
        const std::string three = two + static_cast<char>(c);
        ASSERT_EQ(text->matches(three), is_valid_utf8(three));
        for (const unsigned d : {0x7FU, 0x80U, 0xBFU, 0xC0U}) {
          const std::string four = three + static_cast<char>(d);
          ASSERT_EQ(text->matches(four), is_valid_utf8(four));
        }
      }
    }
  }
}

TEST(TextOfLength, CountsCodePoints) {
  const std::vector<std::string> characters = {"a", "é", "€", "\xEF\xBF\xBF", "😀", "\xED\x9F\xBF"};
  std::mt19937 random(6);
  for (const auto& [min, max] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {0, 0}, {0, 3}, {2, 2}, {3, 5}, {4, Dfa::kInfinite}, {0, Dfa::kInfinite}, {3, 2}}) {
    const DfaPointer texts = text_of_length(min, max);
    expect_well_formed(*texts);
    EXPECT_EQ(texts->n_states(), Dfa(texts->draft()).n_states()) << "not minimal";
    for (std::size_t n = 0; n < 8; ++n) {
      std::string text;
      for (std::size_t i = 0; i < n; ++i) text += characters[random() % characters.size()];
      EXPECT_EQ(texts->matches(text), min <= n && n <= max) << min << ' ' << max << ' ' << text;
      EXPECT_FALSE(texts->matches(text + "\x80"));
      EXPECT_FALSE(texts->matches(text + "\xE2\x82"));
    }
  }
  EXPECT_THROW(text_of_length(0, 10'000), Error);
  EXPECT_THROW(text_of_length(0xFFFF'FFF0U, Dfa::kInfinite), Error);
  EXPECT_NO_THROW(text_of_length(0, 10'000, AutomatonLimits{100'000}));
}

}  // namespace
}  // namespace hearth
