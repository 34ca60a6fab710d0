#include "server/api/sampling_fields.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace hearth {
namespace {

constexpr std::int64_t kMostTokens = std::numeric_limits<std::int32_t>::max();

template <typename T>
void take(std::optional<double> value, T& target) {
  if (value) target = static_cast<T>(*value);
}

void take_count(std::optional<std::int64_t> value, std::int32_t& target) {
  if (value) target = static_cast<std::int32_t>(*value);
}

/// OpenAI: -100 "should result in a ban".
float bias_of(double value) {
  return value <= -100 ? -std::numeric_limits<float>::infinity() : static_cast<float>(value);
}

void read_logit_bias(const RequestFields& fields, SamplingParams& sampling) {
  const json::value* value = fields.find("logit_bias");
  if (value == nullptr) return;
  const std::string param = fields.param("logit_bias");
  const auto add = [&](std::int64_t id, const json::value& bias) {
    if (id < 0 || id > kMostTokens) throw bad_field(param, fmt::format("{}: {} is no token id", param, id));
    if (bias.is_bool() && !bias.get_bool()) {
      sampling.logit_bias[static_cast<TokenId>(id)] = -std::numeric_limits<float>::infinity();
    } else if (bias.is_number() && std::abs(bias.to_number<double>()) <= 100) {
      sampling.logit_bias[static_cast<TokenId>(id)] = bias_of(bias.to_number<double>());
    } else {
      throw bad_field(param, fmt::format("{}: the bias of token {} must be a number from -100 to 100", param, id));
    }
  };
  if (value->is_object()) {
    for (const auto& entry : value->get_object()) {
      const std::string_view key = entry.key();
      std::int64_t id = -1;
      const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), id);
      if (failure != std::errc() || end != key.data() + key.size())
        throw bad_field(param, fmt::format("{}: '{}' is no token id", param, std::string(key.substr(0, 40))));
      add(id, entry.value());
    }
  } else if (value->is_array()) {  // llama.cpp's: [[id, bias], …]
    for (const json::value& pair : value->get_array()) {
      if (!pair.is_array() || pair.get_array().size() != 2 || !pair.get_array()[0].is_int64())
        throw bad_field(param, fmt::format("{}: each entry must be [token id, bias]", param));
      add(pair.get_array()[0].get_int64(), pair.get_array()[1]);
    }
  } else {
    throw bad_field(param, fmt::format("{} must be an object, and is {}", param, json_type_name(*value)));
  }
}

}  // namespace

void read_sampling(const RequestFields& fields, SamplingParams& sampling) {
  take(fields.number("temperature", 0, 100), sampling.temperature);
  take(fields.number("top_p", 0, 1), sampling.top_p);
  if (sampling.top_p <= 0) sampling.top_p = std::numeric_limits<float>::min();  // "0": only the likeliest
  take_count(fields.integer("top_k", -1, kMostTokens), sampling.top_k);
  if (sampling.top_k < 0) sampling.top_k = 0;
  take(fields.number("min_p", 0, 1), sampling.min_p);
  take(fields.number("typical_p", 0, 1), sampling.typical_p);
  take(fields.number("repeat_penalty", 0, 100), sampling.repeat_penalty);
  take(fields.number("repetition_penalty", 0, 100), sampling.repeat_penalty);
  take_count(fields.integer("repeat_last_n", -1, kMostTokens), sampling.penalty_window);
  take(fields.number("presence_penalty", -10, 10), sampling.presence_penalty);
  take(fields.number("frequency_penalty", -10, 10), sampling.frequency_penalty);
  take(fields.number("dry_multiplier", 0, 100), sampling.dry_multiplier);
  take(fields.number("dry_base", 0, 100), sampling.dry_base);
  take_count(fields.integer("dry_allowed_length", 0, kMostTokens), sampling.dry_allowed_length);
  take_count(fields.integer("dry_penalty_last_n", -1, kMostTokens), sampling.dry_window);
  take(fields.number("xtc_probability", 0, 1), sampling.xtc_probability);
  take(fields.number("xtc_threshold", 0, 1), sampling.xtc_threshold);
  if (const auto mirostat = fields.integer("mirostat", 0, 2)) sampling.mirostat = *mirostat != 0;
  take(fields.number("mirostat_tau", 0, 100), sampling.mirostat_tau);
  take(fields.number("mirostat_eta", 0, 1), sampling.mirostat_eta);
  // Any integer is a seed; llama.cpp's and Ollama's clients send -1 for "a fresh one".
  if (const json::value* value = fields.find("seed"); value != nullptr && value->is_uint64()) {  // 2^63 and more
    sampling.seed = value->get_uint64();
  } else if (const auto seed = fields.integer("seed")) {
    if (*seed < 0) {
      sampling.seed.reset();
    } else {
      sampling.seed = static_cast<std::uint64_t>(*seed);
    }
  }
  read_logit_bias(fields, sampling);
  try {
    validate(sampling);
  } catch (const Error& error) {  // "top_p is 1.2; it must be …"
    throw bad_field(error.message().substr(0, error.message().find(' ')), error.message());
  }
}

std::vector<std::string> read_stop(const RequestFields& fields, std::size_t most) {
  std::vector<std::string> stop = fields.strings("stop", most);
  std::erase_if(stop, [](const std::string& text) { return text.empty(); });
  return stop;
}

void read_ollama_options(const RequestFields& options, GenerateRequest& request) {
  read_sampling(options, request.sampling);
  constexpr std::size_t kMostStops = 64;
  if (options.has("stop")) request.stop = read_stop(options, kMostStops);
  // Below 1: as long as there is context, as in Ollama.
  if (const auto most = options.integer("num_predict", std::numeric_limits<std::int64_t>::min(), kMostTokens))
    request.max_tokens = *most <= 0 ? -1 : *most;
  if (const auto keep = options.integer("num_keep", -1, kMostTokens); keep && *keep >= 0) request.keep = *keep;
}

void check_tokens(const Lease& lease, const SamplingParams& sampling) {
  const std::int64_t n_vocab = lease->info().n_vocab;
  for (const auto& [id, bias] : sampling.logit_bias) {
    if (id < 0 || id >= n_vocab)
      throw bad_field("logit_bias", fmt::format("logit_bias names the token {}; this model has {}", id, n_vocab));
  }
}

GenerateRequest default_request(const Lease& lease) {
  GenerateRequest request;
  request.sampling = lease->default_sampling();
  if (const ModelOverlay* overlay = lease.overlay()) {
    const json::value parameters = parse_json(overlay->parameters_json, "the model's parameters");
    if (parameters.is_object()) read_ollama_options(RequestFields(parameters.get_object(), "parameters"), request);
    if (overlay->chat_template) request.chat.chat_template = *overlay->chat_template;
  }
  return request;
}

}  // namespace hearth
