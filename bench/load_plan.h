// What a load test asks for, decided before it begins: prompts of random words and the moments at which they are sent.
// Equal options give equal plans, so that two servers get the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::load {

struct PlanOptions {
  std::string model;
  std::int64_t requests = 64;
  std::int64_t least_prompt = 64, most_prompt = 1024;  ///< words of each prompt's own; a word is about a token
  std::int64_t shared_prefix = 0;                      ///< words that all prompts begin with
  std::int64_t max_tokens = 32;
  double rate = 0;  ///< arrivals per second, exponentially distributed gaps; 0: as clients become free
  std::uint64_t seed = 1;
  bool stream = true;
  bool chat = false;       ///< /v1/chat/completions instead of /v1/completions
  bool extensions = true;  ///< "ignore_eos", so that answers have the length that was asked for
};

struct PlannedRequest {
  std::string body;
  double at_seconds = 0;  ///< since the beginning; 0 without a rate
};

std::vector<PlannedRequest> make_plan(const PlanOptions& options);

}  // namespace hearth::load
