#include "server/api/ollama/ollama_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <ctime>
#include <string_view>

namespace hearth {

std::int64_t nanoseconds(double seconds) { return seconds > 0 ? std::llround(seconds * 1e9) : 0; }

std::string ollama_line(const json::value& data) { return json::serialize(data) + "\n"; }

void begin_lines(Exchange& exchange) {
  exchange.begin_stream(200, kLinesType, {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}});
}

std::string tagged_name(const std::string& id) {
  const std::size_t slash = id.rfind('/');
  const bool has_tag = id.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
  return has_tag ? id : id + ":latest";
}

std::string read_model_name(const RequestFields& fields) {
  auto name = fields.string("model");
  if (!name || name->empty()) name = fields.string("name");
  if (!name || name->empty()) throw bad_field("model", "model is missing", "missing_required_parameter");
  for (const std::string_view host : {"hf.co/", "huggingface.co/"}) {
    if (name->starts_with(host)) return name->substr(host.size());
  }
  return std::move(*name);
}

json::object model_details(const OfferedModel& model) {
  json::object details;
  details["parent_model"] = model.parent;
  details["format"] = model.format;
  details["family"] = model.family;
  details["families"] = json::array{json::value(model.family)};
  details["parameter_size"] = model.parameter_size;
  details["quantization_level"] = model.quantization;
  return details;
}

const char* ollama_done_reason(FinishReason reason) { return reason == FinishReason::kLength ? "length" : "stop"; }

void put_counts(json::object& line, const GenerationStats& stats, double total_seconds, double load_seconds) {
  line["total_duration"] = nanoseconds(total_seconds);
  line["load_duration"] = nanoseconds(load_seconds);
  line["prompt_eval_count"] = stats.prompt_tokens;
  line["prompt_eval_duration"] = nanoseconds(stats.prompt_seconds);
  line["eval_count"] = stats.generated_tokens;
  line["eval_duration"] = nanoseconds(stats.generate_seconds);
}

}  // namespace hearth
