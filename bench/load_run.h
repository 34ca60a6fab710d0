// Sends a plan's requests to a server and takes the time of what comes back. One thread, by libcurl's multi interface:
// it must not take the processor from the server that it measures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load_plan.h"

namespace hearth::load {

struct RunOptions {
  std::string url;  ///< of the server: "http://127.0.0.1:11434"
  std::string api_key;
  bool chat = false, stream = true;
  std::int64_t clients = 1;  ///< requests in flight at most; 0: as many as arrive (with a rate)
  double patience = 3600;    ///< seconds for one request
};

struct Measured {
  bool ok = false;
  std::string problem;       ///< "HTTP 503", or what libcurl says
  double first_token = 0;    ///< seconds since it was sent; of the whole answer where nothing is streamed
  double total = 0;          ///< seconds
  std::vector<double> gaps;  ///< seconds between pieces of text
  std::int64_t prompt_tokens = 0, generated_tokens = 0, cached_tokens = 0;  ///< as the server's usage says
};

struct RunResult {
  double seconds = 0;  ///< from the first request to the end of the last answer
  std::vector<Measured> requests;
};

/// Errors: std::runtime_error where libcurl cannot be used at all; failed requests are part of the result.
RunResult run_plan(const std::vector<PlannedRequest>& plan, const RunOptions& options);

}  // namespace hearth::load
