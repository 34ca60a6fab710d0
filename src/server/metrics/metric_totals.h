// What has been counted since the start, summed up over models, routes and statuses: for a page that shows it.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <vector>

namespace hearth {

/// Durations in seconds.
struct Distribution {
  struct Bucket {
    double le = 0;            ///< its upper bound; infinity in the last one
    std::uint64_t count = 0;  ///< of this bucket alone
  };
  std::vector<Bucket> buckets;
  std::uint64_t count = 0;
  double sum = 0;
};

struct MetricTotals {
  std::uint64_t requests = 0, failed = 0;  ///< HTTP; failed: answered with 400 or more
  std::uint64_t prompt_tokens = 0, reused_tokens = 0, generated_tokens = 0;
  Distribution time_to_first_token, inter_token;
  Distribution request;  ///< from the arrival of a request for text to the end of its answer
};

/// From the families that Metrics keeps.
MetricTotals sum_up(const std::vector<prometheus::MetricFamily>& families);

}  // namespace hearth
