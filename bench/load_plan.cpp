#include "load_plan.h"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <random>
#include <string_view>

namespace hearth::load {
namespace {

// Frequent words, each of them one token of most vocabularies when a space stands before it.
constexpr std::array<std::string_view, 96> kWords = {
    "the",  "of",    "and",   "to",    "in",    "is",    "that", "for",  "it",    "was",   "on",     "as",
    "with", "be",    "by",    "at",    "from",  "or",    "an",   "are",  "this",  "not",   "have",   "had",
    "but",  "they",  "one",   "you",   "were",  "all",   "her",  "she",  "there", "would", "their",  "we",
    "him",  "been",  "has",   "when",  "who",   "will",  "no",   "more", "if",    "out",   "so",     "up",
    "said", "what",  "its",   "about", "than",  "into",  "them", "can",  "only",  "other", "time",   "new",
    "some", "could", "these", "two",   "may",   "first", "then", "do",   "any",   "like",  "my",     "now",
    "over", "such",  "our",   "man",   "me",    "even",  "most", "made", "after", "also",  "did",    "many",
    "off",  "must",  "well",  "back",  "years", "where", "much", "your", "way",   "down",  "people", "long"};

using Random = std::mt19937_64;  // the standard says which numbers it gives; its distributions' results are our own

std::uint64_t below(Random& random, std::uint64_t end) { return random() % end; }

std::string words(Random& random, std::int64_t n) {
  std::string text;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!text.empty()) text += ' ';
    text += kWords[below(random, kWords.size())];
  }
  return text;
}

/// Seconds until the next arrival of a Poisson process: -ln(u) / rate with u in (0, 1].
double next_gap(Random& random, double rate) {
  constexpr double kTwoTo53 = 9007199254740992.0;
  const double u = (static_cast<double>(random() >> 11) + 1) / kTwoTo53;
  return -std::log(u) / rate;
}

std::string body_of(const PlanOptions& options, const std::string& prompt) {
  boost::json::object body{{"model", options.model}, {"max_tokens", options.max_tokens}, {"temperature", 0}};
  if (options.chat) {
    body["messages"] = {{{"role", "user"}, {"content", prompt}}};
  } else {
    body["prompt"] = prompt;
  }
  body["stream"] = options.stream;
  if (options.stream) body["stream_options"] = {{"include_usage", true}};
  if (options.extensions) body["ignore_eos"] = true;
  return boost::json::serialize(body);
}

}  // namespace

std::vector<PlannedRequest> make_plan(const PlanOptions& options) {
  Random random(options.seed);
  const std::string prefix = words(random, options.shared_prefix);
  const auto spread = static_cast<std::uint64_t>(options.most_prompt - options.least_prompt) + 1;
  double at = 0;
  std::vector<PlannedRequest> plan;
  for (std::int64_t i = 0; i < options.requests; ++i) {
    const auto n = options.least_prompt + static_cast<std::int64_t>(below(random, spread));
    std::string prompt = prefix;
    if (!prompt.empty()) prompt += ' ';
    prompt += words(random, n);
    if (options.rate > 0) at += next_gap(random, options.rate);
    plan.push_back({body_of(options, prompt), at});
  }
  return plan;
}

}  // namespace hearth::load
