// allowed_tokens() against allowed_plainly(), which steps the machine over every token, along random walks; and that
// no state which is reached is a dead end.
#include "grammar/token_masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/matcher.h"
#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/grammar_walk.h"
#include "support/random_schema.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

using testing::Random;
using testing::Walker;

constexpr const char* kSchemas[] = {
    R"({})",
    R"({"type":"object"})",
    R"({"type":"string"})",
    R"({"type":"string","maxLength":3})",
    R"({"type":"string","minLength":2,"maxLength":5})",
    R"({"type":"string","minLength":4})",
    R"({"type":"string","pattern":"^a+\"?é*$"})",
    R"({"type":"array","items":{"type":"string","maxLength":2}})",
    R"({"type":"array","items":{"type":"string","minLength":1,"maxLength":30},"maxItems":6})",
    R"({"enum":["a","ab","abc","a\"b","é",1,12,null,true,[1,"a"],{"a":1}]})",
    R"({"type":"object","properties":{"a":{"type":"integer"},"ab":{"type":"string"},"abc":{"type":"null"}},
        "required":["ab"],"additionalProperties":false})",
    R"({"type":"object","properties":{"a":{"type":"integer"},"ab":{"type":"string"}},"required":["a"]})",
    R"({"type":"object","properties":{"a":{"type":"integer"},"é":{"type":"string"},"":true,"a\"b":true},
        "additionalProperties":{"type":"string"}})",
    R"({"type":"object","properties":{"name":true},"required":["name"],"minProperties":3,"maxProperties":4})",
    R"({"type":"object","additionalProperties":{"type":"integer"},"minProperties":2})",
    R"({"type":"object","patternProperties":{"^x-":{"type":"integer"},"a":{"type":"string"}},
        "additionalProperties":false})",
    R"({"type":"object","properties":{"x-1":true,"b":{"type":"null"}},"patternProperties":{"^x-":{"type":"integer"}},
        "required":["b"]})",
    R"({"type":"object","propertyNames":{"maxLength":2}})",
    R"({"type":"object","propertyNames":{"enum":["a","b","ab"]},"minProperties":2})",
    R"({"type":"array","items":{"type":"string"},"uniqueItems":true})",
    R"({"type":"array","items":{"type":"string","pattern":"^[ab]{1,2}$"},"uniqueItems":true,"minItems":4})",
    R"({"type":"array","items":{"enum":["a","b","ab",1,2]},"uniqueItems":true,"minItems":3})",
    R"({"type":"array","items":{"type":["integer","string"]},"contains":{"type":"string"},"maxContains":2,"minItems":3})",
    R"({"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":{"type":"boolean"},"minItems":1})",
    R"({"type":"array","items":{"type":"array","items":{"type":"array","items":{"type":"integer"}}}})",
    R"({"$defs":{"t":{"type":"object","properties":{"value":{"type":"string"},"values":{"type":"array",
        "items":{"$ref":"#/$defs/t"}}},"required":["value"],"additionalProperties":false}},"$ref":"#/$defs/t"})",
    R"({"anyOf":[{"type":"object","properties":{"kind":{"const":"a"},"a":{"type":"integer"}},"required":["kind","a"]},
        {"type":"object","properties":{"kind":{"const":"ab"},"b":{"type":"string"}},"required":["kind"]}]})",
    R"({"type":"string","format":"email"})",
    R"({"type":"string","format":"idn-email"})",
    R"({"type":"string","pattern":"^\\p{L}[\\p{L}\\p{N} ]{0,20}$"})",
    R"({"type":"string","pattern":"\\w-\\W"})",
    R"({"type":"object","patternProperties":{"f.*o":{"type":"integer"},"^[^a-z]+$":{"type":"null"}}})",
    R"({"type":"number","minimum":-5,"maximum":120.5})",
    R"({"type":"object","minProperties":1,"not":{"required":["a"]}})",
    R"({"not":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}})",
};

std::string describe(const TokenVocabulary& vocabulary, const TokenMask& plain, const TokenMask& fast) {
  std::string text;
  for (TokenId id = 0; id < vocabulary.n_vocab(); ++id) {
    if (is_allowed(plain, id) == is_allowed(fast, id)) continue;
    text += std::string(is_allowed(plain, id) ? " missing " : " too much ") + std::to_string(id) + " <" +
            std::string(vocabulary.token_bytes(id)) + ">";
    if (text.size() > 400) break;
  }
  return text;
}

/// A walk of up to `steps` tokens, at each of which both masks are made; false when they differ.
bool masks_agree(const std::shared_ptr<const Grammar>& grammar,
                 const std::shared_ptr<const TokenVocabulary>& shared_vocabulary, std::uint64_t seed,
                 std::size_t steps) {
  const TokenVocabulary& vocabulary = *shared_vocabulary;
  Random random(seed);
  Walker walker(random);
  Matcher matcher(grammar, shared_vocabulary);
  Machine machine(grammar->graph());
  ThreadSet at = machine.start(), next;
  for (std::size_t step = 0; step < steps; ++step) {
    const std::string history = machine.history();
    TokenMask plain(vocabulary.mask_words()), fast(vocabulary.mask_words());
    allowed_plainly(machine, at, vocabulary, plain);
    allowed_tokens(machine, at, vocabulary, fast);
    if (plain != fast) {
      ADD_FAILURE() << "behind " << walker.text() << ":" << describe(vocabulary, plain, fast);
      return false;
    }
    if (matcher.allowed() != plain || matcher.may_end() != at.complete) {
      ADD_FAILURE() << "behind " << walker.text() << ", the matcher:" << describe(vocabulary, plain, matcher.allowed());
      return false;
    }
    if (machine.history() != history) {
      ADD_FAILURE() << "behind " << walker.text() << ": the history was left as " << machine.history();
      return false;
    }
    const auto allowed = testing::tokens_of(plain);
    if (allowed.empty()) {
      EXPECT_TRUE(at.complete) << "a dead end behind " << walker.text();
      return at.complete;
    }
    const TokenId id = random.chance(0.3) ? walker.closing(matcher, allowed) : walker.any(allowed);
    if (!matcher.accept(id)) {
      ADD_FAILURE() << "behind " << walker.text() << ": token " << id << " is allowed, but refused";
      return false;
    }
    for (const char byte : vocabulary.token_bytes(id)) {
      machine.step(at, static_cast<std::uint8_t>(byte), next);
      std::swap(at, next);
    }
    walker.took(vocabulary.token_bytes(id));
  }
  return true;
}

std::vector<JsonSchemaOptions> all_options() {
  std::vector<JsonSchemaOptions> all;
  for (const bool any_order : {false, true}) {
    for (const JsonSpace space : {JsonSpace::kNone, JsonSpace::kLittle, JsonSpace::kAny}) {
      JsonSchemaOptions options;
      options.any_order = any_order;
      options.space = space;
      all.push_back(options);
    }
  }
  return all;
}

TEST(TokenMasks, EqualThePlainOnesUnderManySchemas) {
  Random random(1);
  for (const char* schema : kSchemas) {
    const auto vocabulary = std::make_shared<const TokenVocabulary>(testing::random_json_tokens(random, 400));
    for (const JsonSchemaOptions& options : all_options()) {
      const auto grammar = Grammar::from_json_schema(schema, options);
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        ASSERT_TRUE(masks_agree(grammar, vocabulary, seed, 25))
            << schema << " any order " << options.any_order << " space " << static_cast<int>(options.space);
      }
    }
  }
}

TEST(TokenMasks, EqualThePlainOnesUnderRandomSchemas) {
  Random random(2);
  const auto options = all_options();
  int n_compiled = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::string schema = json::serialize(testing::RandomSchema(seed).make());
    std::shared_ptr<const Grammar> grammar;
    try {
      grammar = Grammar::from_json_schema(schema, options[seed % options.size()]);
    } catch (const Error&) {
      continue;  // it has no instance, or asks for too much
    }
    ++n_compiled;
    const auto vocabulary = std::make_shared<const TokenVocabulary>(testing::random_json_tokens(random, 250));
    ASSERT_TRUE(masks_agree(grammar, vocabulary, seed, 30)) << "seed " << seed << ": " << schema;
  }
  EXPECT_GT(n_compiled, 250);
}

TEST(TokenMasks, EqualThePlainOnesForChoicesAndExpressions) {
  Random random(3);
  const auto vocabulary = std::make_shared<const TokenVocabulary>(testing::random_json_tokens(random, 400));
  const std::vector<std::string> choices = {"a", "ab", "abc", "red", "red,a", "\"a\":1"};
  EXPECT_TRUE(masks_agree(Grammar::from_choices(choices), vocabulary, 1, 20));
  for (const char* pattern :
       {"(a|b)*c", "[^\"]*", "(\\d+,)*\\d+", ".{3,7}", "\\p{L}+", "[^a]{2,40}", "[a-z\\u4e00-\\u9fff]+-.*"})
    EXPECT_TRUE(masks_agree(Grammar::from_regex(pattern), vocabulary, 1, 40)) << pattern;
}

/// Pieces of the tags and of what stands between them, which random tokens of JSON lack.
std::vector<std::string> tokens_with_tags(Random& random) {
  std::vector<std::string> tokens = testing::random_json_tokens(random, 300);
  for (const char* piece : {"<tool", "_call>", "<tool_call>", "</tool_call>", "\n</", "call>\n{\"", "}\n</tool_call>",
                            "</tool_call>\n<tool_call>", "<t", "<<", "ab<", "</think>", "<think>", "th", "k>\n\n<tool",
                            "\n{\"name\": \"", "\xC3", "é<tool_call", "\"}}\n"})
    tokens.emplace_back(piece);
  return tokens;
}

TaggedOptions call_tags() {
  TaggedOptions tagged;
  tagged.begin = "<tool_call>\n";
  tagged.end = "\n</tool_call>";
  tagged.separator = "\n";
  return tagged;
}

constexpr const char* kCallSchema = R"({"anyOf":[
  {"type":"object","properties":{"name":{"const":"ab"},"arguments":{"type":"object","properties":{"a":{"type":"integer"},
    "s":{"type":"string"}},"required":["a"],"additionalProperties":false}},"required":["name","arguments"],
    "additionalProperties":false},
  {"type":"object","properties":{"name":{"const":"abc"},"arguments":{"type":"object","maxProperties":0}},
    "required":["name","arguments"],"additionalProperties":false}]})";

TEST(TokenMasks, EqualThePlainOnesAmongTags) {
  Random random(6);
  std::vector<std::shared_ptr<const Grammar>> grammars;
  for (const bool free_text : {true, false}) {
    for (const std::uint32_t min : {0U, 1U, 2U}) {
      TaggedOptions tagged = call_tags();
      tagged.free_text = free_text;
      tagged.min_parts = min;
      if (min == 1) tagged.max_parts = 1;
      if (min == 2) tagged.separator = "";
      if (free_text && min == 0) tagged.instead = R"({"type":"object","properties":{"a":{"type":"integer"}}})";
      grammars.push_back(Grammar::tagged(kCallSchema, tagged));
    }
  }
  const std::size_t n_tagged = grammars.size();
  for (std::size_t i = 0; i < n_tagged; ++i) {
    grammars.push_back(Grammar::behind_preamble(*grammars[i], "", "</think>"));
    grammars.push_back(Grammar::behind_preamble(*grammars[i], "<think>", "</think>"));
  }
  for (const auto& grammar : grammars) {
    const auto vocabulary = std::make_shared<const TokenVocabulary>(tokens_with_tags(random));
    for (std::uint64_t seed = 0; seed < 8; ++seed) ASSERT_TRUE(masks_agree(grammar, vocabulary, seed, 40));
    // Nearer to the tags than a random walk comes.
    for (const std::string_view begin :
         {"</think><tool_call>", "Yes é<tool", "<tool_call>\n{", "<think>a<tool_call></thi"}) {
      Matcher matcher(grammar, vocabulary);
      if (!matcher.accept_text(begin)) continue;
      Machine machine(grammar->graph());
      ThreadSet at = machine.start(), next;
      for (const char byte : begin) {
        machine.step(at, static_cast<std::uint8_t>(byte), next);
        std::swap(at, next);
      }
      TokenMask plain(vocabulary->mask_words());
      allowed_plainly(machine, at, *vocabulary, plain);
      ASSERT_TRUE(plain == matcher.allowed()) << begin << describe(*vocabulary, plain, matcher.allowed());
    }
  }
}

/// Characters of one to four bytes, whole, joined and in parts: what stands below a node of the trie must be told
/// apart.
std::vector<std::string> tokens_of_many_scripts(Random& random, std::size_t n) {
  const std::vector<std::string> characters = {"a",  "b",  "Z",  "0",  "-", ".", "@", " ",  "\"", "é",
                                               "ß",  "Ж",  "я",  "א",  "ا", "क", "ก", "あ", "ア", "中",
                                               "文", "龍", "㐀", "한", "…", "€", "😀", "𝄞"};
  std::vector<std::string> tokens;
  for (unsigned byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  while (tokens.size() < n) {
    std::string token;
    for (std::size_t length = 1 + random.below(5); length > 0; --length)
      token += characters[random.below(characters.size())];
    if (random.chance(0.2)) token.resize(1 + random.below(token.size()));  // the last character may be cut
    if (random.chance(0.1)) token.erase(0, 1);                             // and so may the first
    if (!token.empty()) tokens.push_back(token);
  }
  return tokens;
}

TEST(TokenMasks, EqualThePlainOnesBeyondAscii) {
  Random random(5);
  for (
      const char* schema :
      {R"({"type":"string"})", R"({"type":"string","format":"idn-email"})", R"({"type":"string","format":"iri"})",
       R"({"type":"string","pattern":"^\\p{L}+$"})", R"({"type":"string","pattern":"^[^中]{0,30}\\p{Lo}$"})",
       R"({"type":"string","pattern":"\\W\\w"})", R"({"type":"string","minLength":2,"maxLength":9})",
       R"({"type":"object","patternProperties":{"^\\p{Lu}":{"type":"integer"},"文":{"type":"null"}}})",
       R"({"type":"object","properties":{"中文":{"type":"null"},"中":{"type":"null"}},"propertyNames":{"maxLength":4}})"}) {
    const auto vocabulary = std::make_shared<const TokenVocabulary>(tokens_of_many_scripts(random, 3000));
    const auto grammar = Grammar::from_json_schema(schema);
    for (std::uint64_t seed = 0; seed < 6; ++seed) ASSERT_TRUE(masks_agree(grammar, vocabulary, seed, 20)) << schema;
  }
  const auto vocabulary = std::make_shared<const TokenVocabulary>(tokens_of_many_scripts(random, 3000));
  for (const char* pattern : {"\\p{L}+", "[^a]{2,40}", "[a-z\\u4e00-\\u9fff]+-.*", "(?:[à-ÿ]|[а-я]|한)*,"}) {
    for (std::uint64_t seed = 0; seed < 6; ++seed)
      ASSERT_TRUE(masks_agree(Grammar::from_regex(pattern), vocabulary, seed, 20)) << pattern;
  }
}

TEST(TokenMasks, EqualThePlainOnesWithRealTokenizers) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  for (const char* name : {"gpt2", "qwen2", "phi-3-mini"}) {
    const auto tokenizer = load_hf_tokenizer(fixtures / "tokenizers" / name);
    const auto vocabulary = std::make_shared<const TokenVocabulary>(*tokenizer, tokenizer->vocab_size() + 100);
    std::uint64_t seed = 0;
    for (const char* schema : kSchemas) {
      JsonSchemaOptions options;
      options.any_order = ++seed % 2 == 0;
      const auto grammar = Grammar::from_json_schema(schema, options);
      ASSERT_TRUE(masks_agree(grammar, vocabulary, seed, 8)) << name << ": " << schema;
    }
  }
}

/// How many walks there were, and those that grew too long: with recursive schemas a walker may lose its way without
/// any state being a dead end, which walk_to_end() throws at.
struct Endings {
  std::size_t walks = 0, too_long = 0;
};

/// Walks freely, and from each state on the way brings a copy to an end.
void expect_every_state_to_end(const std::shared_ptr<const Grammar>& grammar,
                               const std::shared_ptr<const TokenVocabulary>& vocabulary, std::string_view schema,
                               std::uint64_t seed, Endings& endings) {
  Random random(seed);
  Matcher matcher(grammar, vocabulary);
  Walker walker(random, testing::names_in(schema));
  for (int step = 0; step < 25; ++step) {
    Matcher copy = matcher;
    Walker rest = walker;
    const auto never = [](const TokenMask&, const std::vector<TokenId>& allowed) { return allowed[0]; };
    ++endings.walks;
    if (!testing::walk_to_end(copy, rest, random, {.free = 0, .most = 1500}, never)) ++endings.too_long;
    const auto allowed = testing::tokens_of(matcher.allowed());
    if (allowed.empty()) {
      ASSERT_TRUE(matcher.may_end()) << walker.text();
      ASSERT_TRUE(matcher.must_end()) << walker.text();
      return;
    }
    const TokenId id = walker.any(allowed);
    ASSERT_TRUE(matcher.accept(id)) << walker.text();
    walker.took(vocabulary->token_bytes(id));
  }
}

TEST(TokenMasks, NoStateIsADeadEnd) {
  Random random(4);
  const auto vocabulary = std::make_shared<const TokenVocabulary>(testing::random_json_tokens(random, 200));
  const auto options = all_options();
  Endings endings;
  std::uint64_t seed = 0;
  for (const char* schema : kSchemas) {
    for (const JsonSchemaOptions& option : options) {
      expect_every_state_to_end(Grammar::from_json_schema(schema, option), vocabulary, schema, ++seed, endings);
      if (HasFatalFailure()) FAIL() << schema;
    }
  }
  for (seed = 1000; seed < 1400; ++seed) {
    const std::string schema = json::serialize(testing::RandomSchema(seed).make());
    std::shared_ptr<const Grammar> grammar;
    try {
      grammar = Grammar::from_json_schema(schema, options[seed % options.size()]);
    } catch (const Error&) {
      continue;
    }
    expect_every_state_to_end(grammar, vocabulary, schema, seed, endings);
    if (HasFatalFailure()) FAIL() << "seed " << seed << ": " << schema;
  }
  EXPECT_GT(endings.walks, 5000U);
  EXPECT_LE(endings.too_long * 100, endings.walks);
}

}  // namespace
}  // namespace hearth
