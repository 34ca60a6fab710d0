#include "model/rope_frequencies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "hearth/error.h"
#include "model/weight_loader.h"

namespace hearth {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

[[noreturn]] void fail(const std::string& where, const std::string& problem) {
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}", where, problem));
}

std::vector<double> plain(std::int64_t n_rot, double theta) {
  std::vector<double> inv_freq;
  for (std::int64_t i = 0; i < n_rot; i += 2)
    inv_freq.push_back(std::pow(theta, -static_cast<double>(i) / static_cast<double>(n_rot)));
  return inv_freq;
}

void scale_llama3(std::vector<double>& inv_freq, const RopeScaling& s) {
  const auto original = static_cast<double>(s.original_context);
  for (double& f : inv_freq) {
    const double wavelength = kTwoPi / f;
    if (wavelength > original / s.low_freq_factor) {
      f /= s.factor;
    } else if (wavelength >= original / s.high_freq_factor) {
      const double smooth = (original / wavelength - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
      f = (1 - smooth) * f / s.factor + smooth * f;
    }
  }
}

void scale_yarn(std::vector<double>& inv_freq, const RopeScaling& s, double theta) {
  const auto n_rot = static_cast<double>(2 * inv_freq.size());
  const auto correction = [&](double rotations) {
    return n_rot * std::log(static_cast<double>(s.original_context) / (rotations * kTwoPi)) / (2 * std::log(theta));
  };
  const double low = std::max(std::floor(correction(s.beta_fast)), 0.0);
  double high = std::min(std::ceil(correction(s.beta_slow)), n_rot - 1);
  if (high == low) high += 0.001;
  for (std::size_t i = 0; i < inv_freq.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    inv_freq[i] = inv_freq[i] / s.factor * ramp + inv_freq[i] * (1 - ramp);
  }
}

std::vector<float> divided(const std::vector<double>& inv_freq, const std::vector<double>& divisors,
                           const std::string& where) {
  if (!divisors.empty() && divisors.size() != inv_freq.size()) {
    fail(where, fmt::format("there are {} rope factors for {} rotary pairs", divisors.size(), inv_freq.size()));
  }
  std::vector<float> result;
  for (std::size_t i = 0; i < inv_freq.size(); ++i) {
    const double divisor = divisors.empty() ? 1.0 : divisors[i];
    if (!(divisor > 0) || !std::isfinite(divisor))
      fail(where, fmt::format("rope factor {} is {}; it must be positive", i, divisor));
    result.push_back(static_cast<float>(inv_freq[i] / divisor));
  }
  return result;
}

double longrope_magnitude(const RopeScaling& s, std::int64_t context_length) {
  const double stretch = static_cast<double>(context_length) / static_cast<double>(s.original_context);
  return stretch <= 1 ? 1.0 : std::sqrt(1 + std::log(stretch) / std::log(static_cast<double>(s.original_context)));
}

std::vector<double> tensor_values(const GgufFile& file, std::string_view name) {
  const Tensor* tensor = file.tensors().find(name);
  if (tensor == nullptr) return {};
  constexpr std::int64_t kMaxFactors = 1 << 16;
  if (!dtype_info(tensor->dtype).is_weight || tensor->elements() > kMaxFactors) {
    fail(file.name(), fmt::format("tensor '{}' has type {} and shape {}", name, dtype_name(tensor->dtype),
                                  tensor->shape.to_string()));
  }
  const Tensor values = to_f32(*tensor);
  return {values.f32().begin(), values.f32().end()};
}

std::vector<double> config_numbers(const JsonObject& object, std::string_view key) {
  std::vector<double> numbers;
  if (const json::array* array = object.array(key)) {
    for (const json::value& value : *array) {
      if (!value.is_number()) object.fail(key, "must hold numbers");
      numbers.push_back(value.to_number<double>());
    }
  }
  return numbers;
}

}  // namespace

RopeSpec make_rope(std::int64_t n_rot, double theta, RopeKind kind, const RopeScaling& scaling,
                   std::int64_t context_length, const std::string& where) {
  if (n_rot < 0 || n_rot % 2 != 0 || n_rot > (1 << 16))
    fail(where, fmt::format("{} rotary dimensions; there must be an even number", n_rot));
  if (!(theta > 0) || !std::isfinite(theta))
    fail(where, fmt::format("the rope base is {}; it must be positive", theta));
  if (!(scaling.factor > 0) || !std::isfinite(scaling.factor))
    fail(where, fmt::format("the rope scaling factor is {}", scaling.factor));
  const bool needs_original = scaling.type == "llama3" || scaling.type == "yarn" || scaling.type == "longrope";
  if (needs_original && scaling.original_context < 2)
    fail(where, fmt::format("rope scaling {} needs the original context length", scaling.type));

  RopeSpec rope;
  rope.n_rot = n_rot;
  rope.kind = kind;
  std::vector<double> inv_freq = plain(n_rot, theta);
  double magnitude = 1;
  if (scaling.type == "linear") {
    for (double& f : inv_freq) f /= scaling.factor;
  } else if (scaling.type == "llama3") {
    scale_llama3(inv_freq, scaling);
  } else if (scaling.type == "yarn") {
    scale_yarn(inv_freq, scaling, theta);
    magnitude = 0.1 * std::log(std::max(scaling.factor, 1.0)) + 1;
  } else if (scaling.type == "longrope") {
    rope.inv_freq_long = divided(inv_freq, scaling.long_factor, where);
    rope.original_context = scaling.original_context;
    magnitude = longrope_magnitude(scaling, context_length);
  } else if (scaling.type != "none") {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: rope scaling '{}' is not supported", where, scaling.type),
                "supported: linear, llama3, yarn, longrope");
  }
  rope.inv_freq = divided(inv_freq, scaling.type == "longrope" ? scaling.short_factor : scaling.divisors, where);
  rope.magnitude = static_cast<float>(scaling.attention_factor.value_or(magnitude));
  if (!std::isfinite(rope.magnitude)) fail(where, fmt::format("the rope attention factor is {}", rope.magnitude));
  return rope;
}

RopeSpec rope_from_gguf(const GgufFile& file, const std::string& architecture, std::int64_t default_n_rot,
                        RopeKind kind, std::int64_t context_length) {
  const auto key = [&](const char* name) { return architecture + ".rope." + name; };
  RopeScaling scaling;
  scaling.factor = file.number(key("scaling.factor")).value_or(file.number(key("scale_linear")).value_or(1.0));
  scaling.type = file.string(key("scaling.type")).value_or(scaling.factor != 1.0 ? "linear" : "none");
  scaling.original_context = file.integer(key("scaling.original_context_length")).value_or(context_length);
  if (const auto factor = file.number(key("scaling.attn_factor"))) scaling.attention_factor = factor;
  scaling.divisors = tensor_values(file, "rope_freqs.weight");
  scaling.short_factor = tensor_values(file, "rope_factors_short.weight");
  scaling.long_factor = tensor_values(file, "rope_factors_long.weight");
  if (!scaling.long_factor.empty()) scaling.type = "longrope";
  if (scaling.type == "yarn" && scaling.attention_factor) {  // there it multiplies YaRN's own factor
    *scaling.attention_factor *= 0.1 * std::log(std::max(scaling.factor, 1.0)) + 1;
  }
  const std::int64_t n_rot = file.integer(key("dimension_count")).value_or(default_n_rot);
  const double theta = file.number(key("freq_base")).value_or(10000.0);
  return make_rope(n_rot, theta, kind, scaling, context_length, file.name());
}

RopeSpec rope_from_config(const JsonObject& config, std::int64_t head_dim, std::int64_t context_length) {
  const auto parameters = config.object("rope_parameters");
  const auto legacy = config.object("rope_scaling");
  const JsonObject& source = legacy ? *legacy : parameters ? *parameters : config;
  const auto number = [&](std::string_view key, double otherwise) {
    return source.number(key).value_or(config.number(key).value_or(otherwise));
  };

  RopeScaling scaling;
  if (legacy || parameters) scaling.type = source.string("rope_type").value_or(source.string("type").value_or("none"));
  if (scaling.type == "default") scaling.type = "none";
  if (scaling.type == "su") scaling.type = "longrope";
  scaling.factor = source.number("factor").value_or(1.0);
  scaling.low_freq_factor = source.number("low_freq_factor").value_or(1.0);
  scaling.high_freq_factor = source.number("high_freq_factor").value_or(4.0);
  scaling.beta_fast = source.number("beta_fast").value_or(32.0);
  scaling.beta_slow = source.number("beta_slow").value_or(1.0);
  scaling.original_context = source.integer("original_max_position_embeddings")
                                 .value_or(config.integer("original_max_position_embeddings").value_or(context_length));
  scaling.attention_factor = source.number("attention_factor");
  scaling.short_factor = config_numbers(source, "short_factor");
  scaling.long_factor = config_numbers(source, "long_factor");
  if (scaling.type == "longrope" && (scaling.long_factor.empty() || scaling.short_factor.empty())) {
    source.fail("long_factor", "and short_factor are needed for longrope");
  }
  const double theta = parameters ? parameters->number("rope_theta").value_or(number("rope_theta", 10000.0))
                                  : number("rope_theta", 10000.0);
  const double partial = number("partial_rotary_factor", 1.0);
  if (!(partial >= 0 && partial <= 1)) config.fail("partial_rotary_factor", "must be from 0 to 1");
  const auto n_rot = static_cast<std::int64_t>(static_cast<double>(head_dim) * partial);
  return make_rope(n_rot, theta, RopeKind::kHalves, scaling, context_length, config.what());
}

}  // namespace hearth
