// What constraining an answer costs, with a vocabulary of 128,000 tokens and one thread:
//   hearth_grammar_costs [FIXTURES]
// Compile time of each schema of the JSON Schema Test Suite and of the large ones beside this file; then the time of
// each mask along the suite's valid instances and along random answers. Each schema is compiled anew, so that its own
// automata meet the vocabulary for the first time; what is made once for a vocabulary is reported apart.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "grammar/matcher.h"
#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/grammar_walk.h"
#include "support/random_schema.h"
#include "text/tokenizer.h"

namespace hearth::testing {
namespace {

constexpr std::size_t kVocabulary = 128'000;

class Times {
 public:
  void add(double microseconds, std::string what = {}) {
    if (all_.empty() || microseconds > worst_) {
      worst_ = microseconds;
      what_ = std::move(what);
    }
    all_.push_back(microseconds);
  }
  void add(const Times& other) {
    for (const double time : other.all_) add(time, other.what_);
  }
  void print(const char* name) {
    if (all_.empty()) return;
    std::sort(all_.begin(), all_.end());
    double sum = 0;
    for (const double time : all_) sum += time;
    const auto at = [this](double share) {
      return all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))];
    };
    fmt::print("{:<28} n {:>7}  mean {:>8.1f}  p50 {:>8.1f}  p99 {:>9.1f}  max {:>10.1f} µs  {}\n", name, all_.size(),
               sum / static_cast<double>(all_.size()), at(0.5), at(0.99), all_.back(), what_);
  }

 private:
  std::vector<double> all_;
  double worst_ = 0;
  std::string what_;
};

/// Of this thread's own time: what else the machine does at the moment does not count.
template <typename Work>
double microseconds(const Work& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
  };
  const double begin = now();
  work();
  return now() - begin;
}

/// The first 128,000 tokens of Qwen2, by the order in which byte-level BPE learned them; without it single bytes and
/// random tokens.
std::vector<std::string> vocabulary_tokens(const std::optional<std::filesystem::path>& fixtures) {
  std::vector<std::string> tokens;
  if (fixtures) {
    const auto tokenizer = load_hf_tokenizer(*fixtures / "tokenizers" / "qwen2");
    for (TokenId id = 0; id < tokenizer->vocab_size() && tokens.size() < kVocabulary; ++id)
      tokens.push_back(tokenizer->token_bytes(id));
    return tokens;
  }
  Random random(1);
  return random_json_tokens(random, kVocabulary - 256);
}

struct Costs {
  Times compile, mask, accept;
};

class Bench {
 public:
  Bench(std::shared_ptr<const TokenVocabulary> vocabulary, SchemaResolver resolver)
      : vocabulary_(std::move(vocabulary)), resolver_(std::move(resolver)) {}

  std::shared_ptr<const Grammar> compile(const std::string& schema, bool any_order, Times& times,
                                         const std::string& what) {
    JsonSchemaOptions options;
    options.any_order = any_order;
    options.resolver = resolver_;
    std::shared_ptr<const Grammar> grammar;
    try {
      times.add(microseconds([&] { grammar = Grammar::from_json_schema(schema, options); }), what);
    } catch (const Error&) {
      // refused: neither good nor bad here
    }
    return grammar;
  }

  /// Along a text, by the longest tokens that are allowed.
  void along(const std::shared_ptr<const Grammar>& grammar, std::string_view text, Costs& costs,
             const std::string& what) {
    Matcher matcher(grammar, vocabulary_);
    while (!text.empty()) {
      const TokenId id = longest_allowed(timed_mask(matcher, costs, what), text);
      if (id < 0) return;
      bool accepted = false;
      costs.accept.add(microseconds([&] { accepted = matcher.accept(id); }));
      if (!accepted) return;
      text.remove_prefix(vocabulary_->token_bytes(id).size());
    }
  }

  void at_random(const std::shared_ptr<const Grammar>& grammar, const std::string& schema, std::uint64_t seed,
                 std::size_t steps, Costs& costs, const std::string& what) {
    Random random(seed);
    Walker walker(random, names_in(schema));
    Matcher matcher(grammar, vocabulary_);
    for (std::size_t step = 0; step < steps; ++step) {
      const auto allowed = tokens_of(timed_mask(matcher, costs, what));
      if (allowed.empty()) return;
      const TokenId id = random.chance(0.7) ? walker.closing(matcher, allowed) : walker.any(allowed);
      costs.accept.add(microseconds([&] { matcher.accept(id); }));
      walker.took(vocabulary_->token_bytes(id));
    }
  }

 private:
  const TokenMask& timed_mask(Matcher& matcher, Costs& costs, const std::string& what) {
    const TokenMask* mask = nullptr;
    costs.mask.add(microseconds([&] { mask = &matcher.allowed(); }), what);
    return *mask;
  }

  TokenId longest_allowed(const TokenMask& mask, std::string_view text) const {
    const TokenTrie& trie = vocabulary_->trie();
    const auto& nodes = trie.nodes();
    TokenId longest = -1;
    std::uint32_t node = 0;
    for (const char byte : text) {
      std::uint32_t child = node + 1;
      while (child < nodes[node].end && nodes[child].byte != static_cast<std::uint8_t>(byte)) child = nodes[child].end;
      if (child >= nodes[node].end) break;
      node = child;
      for (const TokenId id : trie.tokens_at(node)) {
        if (is_allowed(mask, id)) longest = id;
      }
    }
    return longest;
  }

  std::shared_ptr<const TokenVocabulary> vocabulary_;
  SchemaResolver resolver_;
};

Costs run_suite(Bench& bench, const std::filesystem::path& suite) {
  Costs costs;
  std::size_t n_schemas = 0, n_compiled = 0;
  for (const char* draft : {"draft2020-12", "draft7"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(suite / "tests" / draft)) {
      if (file.path().extension() != ".json") continue;
      const std::string name = std::string(draft) + "/" + file.path().filename().string();
      const json::value groups = load_json(file.path());
      for (const json::value& group : groups.as_array()) {
        json::value schema = group.at("schema");
        if (schema.is_object() && !schema.get_object().contains("$schema") && std::string_view(draft) == "draft7")
          schema.get_object()["$schema"] = "http://json-schema.org/draft-07/schema#";
        ++n_schemas;
        const std::string text = json::serialize(schema);
        const auto grammar = bench.compile(text, true, costs.compile, name);
        if (grammar == nullptr) continue;
        ++n_compiled;
        for (const json::value& test : group.at("tests").as_array()) {
          if (test.at("valid").as_bool()) bench.along(grammar, json::serialize(test.at("data")), costs, name);
        }
        if (schema.is_object()) bench.at_random(grammar, text, n_schemas, 30, costs, name + " at random");
      }
    }
  }
  fmt::print("the suite: {} schemas, {} compiled\n", n_schemas, n_compiled);
  costs.compile.print("  compile");
  costs.mask.print("  mask");
  costs.accept.print("  accept a token");
  return costs;
}

Costs run_large(Bench& bench) {
  const auto folder = std::filesystem::path(HEARTH_SOURCE_DIR) / "tests" / "grammar" / "schemas";
  Costs all;
  for (const char* name : {"package_manifest", "api_description", "cloud_template", "ci_workflow"}) {
    Costs costs;
    const std::string schema = read_file(folder / (std::string(name) + ".json"));
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto grammar = bench.compile(schema, seed % 2 == 1, costs.compile, name);
      bench.at_random(grammar, schema, seed, 300, costs, name);
    }
    fmt::print("{}: {} bytes\n", name, schema.size());
    costs.compile.print("  compile");
    costs.mask.print("  mask");
    costs.accept.print("  accept a token");
    all.compile.add(costs.compile);
    all.mask.add(costs.mask);
    all.accept.add(costs.accept);
  }
  fmt::print("the large ones together\n");
  all.compile.print("  compile");
  all.mask.print("  mask");
  all.accept.print("  accept a token");
  return all;
}

int run(const std::optional<std::filesystem::path>& fixtures) {
  const std::vector<std::string> tokens = vocabulary_tokens(fixtures);
  std::shared_ptr<const TokenVocabulary> vocabulary;
  const double time = microseconds([&] { vocabulary = std::make_shared<const TokenVocabulary>(tokens); });
  fmt::print("{} tokens, read into a trie of {} nodes in {:.0f} ms, once a model\n", tokens.size(),
             vocabulary->trie().n_nodes(), time / 1000);
  std::map<std::string, std::string> remotes;
  if (fixtures) {
    const auto folder = *fixtures / "json-schema" / "remotes";
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (file.path().extension() == ".json")
        remotes["http://localhost:1234/" + std::filesystem::relative(file.path(), folder).string()] =
            read_file(file.path());
    }
  }
  Bench bench(vocabulary, [remotes](const std::string& uri) -> std::optional<std::string> {
    const auto found = remotes.find(uri);
    if (found == remotes.end()) return std::nullopt;
    return found->second;
  });
  Costs all = run_large(bench);
  if (fixtures) {
    const Costs suite = run_suite(bench, *fixtures / "json-schema");
    all.compile.add(suite.compile);
    all.mask.add(suite.mask);
    all.accept.add(suite.accept);
    fmt::print("all together\n");
    all.compile.print("  compile");
    all.mask.print("  mask");
    all.accept.print("  accept a token");
  } else {
    fmt::print("the suite: skipped: no ../shared\n");
  }
  return 0;
}

}  // namespace
}  // namespace hearth::testing

int main(int argc, char** argv) {
  try {
    return hearth::testing::run(argc > 1 ? std::optional<std::filesystem::path>(argv[1])
                                         : hearth::testing::shared_fixtures());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
