// Random answers under many schemas, for another validator to judge:
//   hearth_schema_walks WALKS OUT.jsonl
// OUT gets a line {"id": n, "schema": …} for each schema and a line {"schema": n, "text": …} for each walk. Tokens are
// chosen among those that are allowed: in one walk of eight by a model with random weights, else at random. Each text
// must be JSON without a key twice; that is checked here already.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/file.h"
#include "base/unicode.h"
#include "format/gguf.h"
#include "grammar/grammar.h"
#include "grammar/random_model.h"
#include "hearth/error.h"
#include "hearth/model.h"
#include "support/fixtures.h"
#include "support/grammar_walk.h"
#include "support/random_schema.h"
#include "text/tokenizer.h"

namespace hearth::testing {
namespace {

constexpr std::size_t kSchemas = 240;
constexpr std::size_t kModelShare = 8;  // one walk of so many

struct Subject {
  std::string schema;
  std::shared_ptr<const Grammar> grammar;
  std::vector<std::string> names;
};

JsonSchemaOptions options_of(std::size_t i) {
  JsonSchemaOptions options;
  options.any_order = i % 3 == 1;
  options.space = i % 4 == 0 ? JsonSpace::kNone : i % 4 == 1 ? JsonSpace::kAny : JsonSpace::kLittle;
  return options;
}

std::vector<Subject> make_subjects(std::size_t& n_refused) {
  std::vector<Subject> subjects;
  const auto add = [&](const std::string& schema) {
    subjects.push_back({schema, Grammar::from_json_schema(schema, options_of(subjects.size())), names_in(schema)});
  };
  const auto folder = std::filesystem::path(HEARTH_SOURCE_DIR) / "tests" / "grammar" / "schemas";
  for (const char* name : {"package_manifest", "api_description", "cloud_template", "ci_workflow"}) {
    const std::string schema = read_file(folder / (std::string(name) + ".json"));
    for (int i = 0; i < 3; ++i) add(schema);  // with other options each time
  }
  for (std::uint64_t seed = 0; subjects.size() < kSchemas; ++seed) {
    try {
      add(json::serialize(RandomSchema(seed).make()));
    } catch (const Error&) {
      ++n_refused;  // no instance, or more than can be enforced
    }
  }
  return subjects;
}

/// A model with random weights and its tokens.
class RandomModel {
 public:
  RandomModel() {
    Random random(99);
    std::vector<std::string> extra;
    for (const std::string& token : random_json_tokens(random, 500)) {
      if (token.size() > 1 && is_valid_utf8(token) && std::find(extra.begin(), extra.end(), token) == extra.end())
        extra.push_back(token);
    }
    const auto path = folder_.path() / "random.gguf";
    make_random_llama(path, extra, 5);
    ModelOptions options;
    options.threads = 1;
    model_.emplace(Model::load(path.string(), options));
    const auto tokenizer = load_gguf_tokenizer(*GgufFile::open(path));
    vocabulary_ = std::make_shared<const TokenVocabulary>(*tokenizer, tokenizer->vocab_size());
  }

  const std::shared_ptr<const TokenVocabulary>& vocabulary() const { return vocabulary_; }

  /// Softmax over the allowed tokens behind the last ones of `context`.
  TokenId sample(const std::vector<TokenId>& context, const std::vector<TokenId>& allowed, Random& random) {
    constexpr std::size_t kWindow = 12;
    std::vector<TokenId> ids = {1};
    const std::size_t n = std::min(context.size(), kWindow);
    ids.insert(ids.end(), context.end() - static_cast<std::ptrdiff_t>(n), context.end());
    const std::vector<float> logits = model_->evaluate(ids);
    const float* last = logits.data() + logits.size() / ids.size() * (ids.size() - 1);
    double sum = 0;
    std::vector<double> weights;
    for (const TokenId id : allowed) weights.push_back(std::exp(static_cast<double>(last[id])));
    for (const double weight : weights) sum += weight;
    double left = static_cast<double>(random.below(1U << 30)) / (1U << 30) * sum;
    for (std::size_t i = 0; i < allowed.size(); ++i) {
      left -= weights[i];
      if (left < 0) return allowed[i];
    }
    return allowed.back();
  }

 private:
  TemporaryFolder folder_;
  std::optional<Model> model_;
  std::shared_ptr<const TokenVocabulary> vocabulary_;
};

int run(std::size_t n_walks, const std::filesystem::path& out_path) {
  std::size_t n_refused = 0, n_by_model = 0, n_given_up = 0, n_beyond = 0, n_bytes = 0;
  const std::vector<Subject> subjects = make_subjects(n_refused);
  std::ofstream out(out_path, std::ios::binary);
  for (std::size_t i = 0; i < subjects.size(); ++i)
    out << "{\"id\":" << i << ",\"schema\":" << json::serialize(json::parse(subjects[i].schema)) << "}\n";
  Random random(7);
  RandomModel model;
  std::vector<std::shared_ptr<const TokenVocabulary>> vocabularies;
  for (int i = 0; i < 6; ++i)
    vocabularies.push_back(std::make_shared<const TokenVocabulary>(random_json_tokens(random, 300)));
  for (std::size_t walk = 0; walk < n_walks; ++walk) {
    const std::size_t which = walk % subjects.size();
    const Subject& subject = subjects[which];
    const bool by_model = walk / subjects.size() % kModelShare == kModelShare - 1 || n_walks < subjects.size();
    const auto& vocabulary = by_model ? model.vocabulary() : random.pick(vocabularies);
    Matcher matcher(subject.grammar, vocabulary);
    Walker walker(random, subject.names);
    std::vector<TokenId> context;
    const auto choose = [&](const TokenMask&, const std::vector<TokenId>& allowed) {
      // Half of the steps end what has been begun, else most of a walk would be one long string.
      const TokenId id = random.chance(0.5) ? walker.closing(matcher, allowed)
                         : by_model         ? model.sample(context, allowed, random)
                                            : walker.any(allowed);
      context.push_back(id);
      return id;
    };
    const WalkLength length{5 + random.below(90), 6'000};
    if (!walk_to_end(matcher, walker, random, length, choose)) {
      ++n_given_up;
      continue;
    }
    try {
      parse_json(walker.text(), "the walk", 1000, DuplicateKeys::kRefuse);
    } catch (const Error& error) {
      if (error.message().find("is too large") == std::string::npos &&
          error.message().find("exponent overflow") == std::string::npos) {
        std::fprintf(stderr, "schema %zu: %s\n%s\n", which, error.what(), walker.text().c_str());
        return 1;
      }
      ++n_beyond;  // valid JSON, but no double
      continue;
    }
    n_by_model += by_model ? 1 : 0;
    n_bytes += walker.text().size();
    out << "{\"schema\":" << which << ",\"text\":" << json::serialize(json::string(walker.text())) << "}\n";
  }
  out.close();
  if (!out) {
    std::fprintf(stderr, "%s cannot be written\n", out_path.c_str());
    return 1;
  }
  std::printf(
      "%zu walks under %zu schemas (%zu random ones refused): %zu by a model, %zu given up, %zu with numbers "
      "beyond a double, %zu bytes a text\n",
      n_walks, subjects.size(), n_refused, n_by_model, n_given_up, n_beyond,
      n_bytes / std::max<std::size_t>(1, n_walks - n_given_up - n_beyond));
  if (n_given_up * 100 > n_walks) {
    std::fprintf(stderr, "more than one walk of a hundred came to no end\n");
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace hearth::testing

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s WALKS OUT.jsonl\n", argv[0]);
    return 2;
  }
  try {
    return hearth::testing::run(std::stoul(argv[1]), argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
