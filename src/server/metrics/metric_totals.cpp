#include "server/metrics/metric_totals.h"

#include <string>

namespace hearth {
namespace {

std::uint64_t counted(const prometheus::MetricFamily& family) {
  double sum = 0;
  for (const prometheus::ClientMetric& metric : family.metric) sum += metric.counter.value;
  return static_cast<std::uint64_t>(sum);
}

bool is_failure(const prometheus::ClientMetric& metric) {
  for (const auto& label : metric.label) {
    if (label.name == "status") return label.value.size() == 3 && (label.value[0] == '4' || label.value[0] == '5');
  }
  return false;
}

/// The metrics of a family have the same bounds.
Distribution distribution(const prometheus::MetricFamily& family) {
  Distribution all;
  for (const prometheus::ClientMetric& metric : family.metric) {
    const auto& histogram = metric.histogram;
    if (all.buckets.empty()) all.buckets.resize(histogram.bucket.size());
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.bucket.size() && i < all.buckets.size(); ++i) {
      all.buckets[i].le = histogram.bucket[i].upper_bound;
      all.buckets[i].count += histogram.bucket[i].cumulative_count - below;
      below = histogram.bucket[i].cumulative_count;
    }
    all.count += histogram.sample_count;
    all.sum += histogram.sample_sum;
  }
  return all;
}

}  // namespace

MetricTotals sum_up(const std::vector<prometheus::MetricFamily>& families) {
  MetricTotals totals;
  for (const prometheus::MetricFamily& family : families) {
    const std::string& name = family.name;
    if (name == "hearth_http_requests_total") {
      totals.requests = counted(family);
      prometheus::MetricFamily failures;
      for (const prometheus::ClientMetric& metric : family.metric) {
        if (is_failure(metric)) failures.metric.push_back(metric);
      }
      totals.failed = counted(failures);
    }
    if (name == "hearth_prompt_tokens_total") totals.prompt_tokens = counted(family);
    if (name == "hearth_prefix_cache_hit_tokens_total") totals.reused_tokens = counted(family);
    if (name == "hearth_generated_tokens_total") totals.generated_tokens = counted(family);
    if (name == "hearth_time_to_first_token_seconds") totals.time_to_first_token = distribution(family);
    if (name == "hearth_inter_token_seconds") totals.inter_token = distribution(family);
    if (name == "hearth_generation_seconds") totals.request = distribution(family);
  }
  return totals;
}

}  // namespace hearth
