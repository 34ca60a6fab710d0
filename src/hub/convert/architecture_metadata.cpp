#include "hub/convert/architecture_metadata.h"

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "hearth/error.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

/// Keys of one architecture.
class Keys {
 public:
  Keys(GgufWriter& writer, std::string architecture) : writer_(writer), prefix_(std::move(architecture) + ".") {}
  void count(const char* key, std::int64_t value) { writer_.set(prefix_ + key, static_cast<std::uint32_t>(value)); }
  void number(const char* key, double value) { writer_.set(prefix_ + key, static_cast<float>(value)); }
  void flag(const char* key, bool value) { writer_.set(prefix_ + key, value); }
  void text(const char* key, std::string_view value) { writer_.set(prefix_ + key, value); }

 private:
  GgufWriter& writer_;
  std::string prefix_;
};

/// config.json's rope settings, wherever they stand (model/rope_frequencies.cpp reads the same).
class RopeConfig {
 public:
  explicit RopeConfig(const JsonObject& config)
      : config_(config), parameters_(config.object("rope_parameters")), scaling_(config.object("rope_scaling")) {}

  std::string type() const {
    if (!scaling_ && !parameters_) return "none";
    const std::string name = source().string("rope_type").value_or(source().string("type").value_or("none"));
    return name == "su" ? "longrope" : name == "default" ? "none" : name;
  }
  double number(std::string_view key, double otherwise) const {
    return source().number(key).value_or(config_.number(key).value_or(otherwise));
  }
  double theta() const {
    if (const auto base = config_.number("rotary_emb_base")) return *base;
    if (parameters_) {
      if (const auto theta = parameters_->number("rope_theta")) return *theta;
    }
    return number("rope_theta", 10000.0);
  }
  std::int64_t original_context(std::int64_t otherwise) const {
    constexpr const char* kKey = "original_max_position_embeddings";
    return source().integer(kKey).value_or(config_.integer(kKey).value_or(otherwise));
  }
  std::vector<float> factors(std::string_view key) const {
    std::vector<float> result;
    if (const json::array* array = source().array(key)) {
      for (const json::value& value : *array) {
        if (!value.is_number()) source().fail(key, "must hold numbers");
        result.push_back(value.to_number<float>());
      }
    }
    return result;
  }

 private:
  const JsonObject& source() const { return scaling_ ? *scaling_ : parameters_ ? *parameters_ : config_; }

  const JsonObject& config_;
  std::optional<JsonObject> parameters_, scaling_;
};

void add_factors(GgufWriter& writer, const char* name, std::span<const float> factors) {
  writer.add_tensor(name, make_f32_tensor({static_cast<std::int64_t>(factors.size())}, factors));
}

/// By what each angle of the plain rope is divided: how llama 3's scaling is written in GGUF.
std::vector<float> divisors_of(const TransformerSpec& spec, double theta) {
  std::vector<float> divisors;
  const auto n_rot = static_cast<double>(spec.rope.n_rot);
  for (std::size_t i = 0; i < spec.rope.inv_freq.size(); ++i) {
    const double plain = std::pow(theta, -2.0 * static_cast<double>(i) / n_rot);
    divisors.push_back(static_cast<float>(plain / spec.rope.inv_freq[i]));
  }
  return divisors;
}

void set_rope_scaling(GgufWriter& writer, Keys& keys, const TransformerSpec& spec, const RopeConfig& rope) {
  const std::string type = rope.type();
  if (type == "linear") {
    keys.text("rope.scaling.type", "linear");
    keys.number("rope.scaling.factor", rope.number("factor", 1.0));
  } else if (type == "llama3") {
    add_factors(writer, "rope_freqs.weight", divisors_of(spec, rope.theta()));
  } else if (type == "yarn") {
    const double factor = rope.number("factor", 1.0);
    const double own_magnitude = 0.1 * std::log(std::max(factor, 1.0)) + 1;  // YaRN's; readers apply it by themselves
    keys.text("rope.scaling.type", "yarn");
    keys.number("rope.scaling.factor", factor);
    keys.count("rope.scaling.original_context_length", rope.original_context(spec.context_length));
    if (spec.rope.magnitude != static_cast<float>(own_magnitude)) {
      keys.number("rope.scaling.attn_factor", spec.rope.magnitude / own_magnitude);
    }
  } else if (type == "longrope") {
    keys.count("rope.scaling.original_context_length", rope.original_context(spec.context_length));
    keys.number("rope.scaling.attn_factor", spec.rope.magnitude);
    add_factors(writer, "rope_factors_long.weight", rope.factors("long_factor"));
    add_factors(writer, "rope_factors_short.weight", rope.factors("short_factor"));
  } else if (spec.architecture == "phi3") {
    keys.count("rope.scaling.original_context_length", rope.original_context(spec.context_length));
  }
}

std::int64_t window_of(const TransformerSpec& spec) {
  for (const std::int64_t window : spec.window) {
    if (window > 0) return window;
  }
  return 0;
}

std::uint32_t pooling_number(Pooling pooling) {
  switch (pooling) {
    case Pooling::kNone: return 0;
    case Pooling::kMean: return 1;
    case Pooling::kCls: return 2;
    case Pooling::kLast: return 3;
  }
  return 0;
}

}  // namespace

void set_architecture_metadata(GgufWriter& writer, const TransformerSpec& spec, const JsonObject& config) {
  Keys keys(writer, spec.architecture);
  keys.count("block_count", spec.n_layer);
  keys.count("context_length", spec.context_length);
  keys.count("embedding_length", spec.n_embd);
  keys.count("feed_forward_length", spec.n_ff);
  keys.count("attention.head_count", spec.n_head);
  keys.count("attention.head_count_kv", spec.n_head_kv);
  keys.number(spec.norm == NormKind::kRms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
              spec.norm_eps);
  if (spec.head_dim * spec.n_head != spec.n_embd) {
    keys.count("attention.key_length", spec.head_dim);
    keys.count("attention.value_length", spec.head_dim);
  }
  keys.count("vocab_size", spec.n_vocab);
  if (spec.rope.n_rot > 0) {
    const RopeConfig rope(config);
    keys.count("rope.dimension_count", spec.rope.n_rot);
    keys.number("rope.freq_base", rope.theta());
    set_rope_scaling(writer, keys, spec, rope);
  }
  if (window_of(spec) > 0) keys.count("attention.sliding_window", window_of(spec));
  if (spec.attention_soft_cap > 0) keys.number("attn_logit_softcapping", spec.attention_soft_cap);
  if (spec.output_soft_cap > 0) keys.number("final_logit_softcapping", spec.output_soft_cap);
  if (!spec.causal || !spec.generates()) keys.flag("attention.causal", spec.causal);
  if (!spec.generates()) keys.count("pooling_type", pooling_number(spec.pooling));
}

}  // namespace hearth
