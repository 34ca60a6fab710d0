#include "cli/generation_params.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/quote.h"
#include "cli/json_text.h"
#include "cli/numbers.h"
#include "cli/usage_error.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

void read(float& to, std::string_view name, std::string_view text) {
  to = static_cast<float>(parse_number(text, name));
}
void read(std::int32_t& to, std::string_view name, std::string_view text) {
  to = static_cast<std::int32_t>(
      parse_integer(text, name, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}
void read(std::int64_t& to, std::string_view name, std::string_view text) { to = parse_integer(text, name); }
void read(bool& to, std::string_view name, std::string_view text) { to = parse_boolean(text, name); }
void read(std::optional<std::uint64_t>& to, std::string_view name, std::string_view text) {
  if (text == "random") {
    to.reset();
  } else {
    to = parse_unsigned(text, name);  // a seed that was reported can have all 64 bits
  }
}
void read(std::vector<std::string>& to, std::string_view name, std::string_view text) {
  if (text.empty()) throw UsageError(fmt::format("{} is empty; it must be a text", name), "");
  to.emplace_back(text);
}
/// "15043+1.5", "15043-inf": a token id and what is added to its logit.
void read(std::map<TokenId, float>& to, std::string_view name, std::string_view text) {
  const std::size_t sign = text.find_first_of("+-", 1);
  if (sign == std::string_view::npos) {
    throw UsageError(fmt::format("{} is {}; it must be a token id and a number with its sign", name, quote(text)),
                     "for example 15043+1.5, or 15043-inf to forbid the token");
  }
  const auto id =
      static_cast<TokenId>(parse_integer(text.substr(0, sign), name, 0, std::numeric_limits<TokenId>::max()));
  const std::string_view bias = text.substr(sign);
  to[id] = bias == "-inf" ? -std::numeric_limits<float>::infinity() : static_cast<float>(parse_number(bias, name));
}

json::value write(float value) { return as_printed(value); }
json::value write(std::int32_t value) { return value; }
json::value write(std::int64_t value) { return value; }
json::value write(bool value) { return value; }
json::value write(const std::optional<std::uint64_t>& value) {
  return value ? json::value(*value) : json::value("random");
}
json::value write(const std::vector<std::string>& values) {
  json::array array;
  for (const std::string& value : values) array.push_back(json_string(value));
  return array;
}
json::value write(const std::map<TokenId, float>& biases) {
  json::array array;
  for (const auto& [id, bias] : biases) array.push_back(json_string(fmt::format("{}{:+}", id, bias)));
  return array;
}

template <typename T>
constexpr ParameterKind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return ParameterKind::kToggle;
  if constexpr (std::is_same_v<T, std::vector<std::string>> || std::is_same_v<T, std::map<TokenId, float>>) {
    return ParameterKind::kList;
  }
  return ParameterKind::kValue;
}

template <auto Member>
constexpr Parameter parameter(std::string_view name, std::string_view flags, std::string_view type,
                              std::string_view help) {
  using Value = std::remove_cvref_t<decltype(std::declval<GenerationParams&>().*Member)>;
  return {
      name,
      flags,
      type,
      help,
      kind_of<Value>(),
      [](GenerationParams& params, std::string_view what, std::string_view text) { read(params.*Member, what, text); },
      [](const GenerationParams& params) { return write(params.*Member); },
      [](GenerationParams& to, const GenerationParams& from) { to.*Member = from.*Member; }};
}

constexpr std::array kParameters = {
    parameter<&GenerationParams::max_tokens>("max_tokens", "-n,--max-tokens", "N",
                                             "Tokens of the answer at most (-1: until it ends)"),
    parameter<&SamplingParams::temperature>("temperature", "--temp,--temperature", "T",
                                            "How freely to choose (0: always the likeliest token)"),
    parameter<&SamplingParams::top_k>("top_k", "--top-k", "N", "Choose among the N likeliest tokens (0: off)"),
    parameter<&SamplingParams::top_p>("top_p", "--top-p", "P",
                                      "Choose among the likeliest that together reach P (1: off)"),
    parameter<&SamplingParams::min_p>("min_p", "--min-p", "P",
                                      "Leave out what is less than P times as likely as the best (0: off)"),
    parameter<&SamplingParams::typical_p>("typical_p", "--typical", "P", "Locally typical sampling (1: off)"),
    parameter<&SamplingParams::seed>("seed", "--seed", "N", "Makes a random choice repeatable"),
    parameter<&SamplingParams::repeat_penalty>("repeat_penalty", "--repeat-penalty", "X",
                                               "Makes tokens that occurred less likely (1: off)"),
    parameter<&SamplingParams::presence_penalty>("presence_penalty", "--presence-penalty", "X",
                                                 "Taken once from the logit of a token that occurred"),
    parameter<&SamplingParams::frequency_penalty>("frequency_penalty", "--frequency-penalty", "X",
                                                  "Taken from the logit for each time that it occurred"),
    parameter<&SamplingParams::penalty_window>("penalty_window", "--penalty-window", "N",
                                               "Tokens that penalties look back on (-1: all)"),
    parameter<&SamplingParams::dry_multiplier>("dry_multiplier", "--dry-multiplier", "X",
                                               "DRY: strength of the penalty for repeated sequences (0: off)"),
    parameter<&SamplingParams::dry_base>("dry_base", "--dry-base", "X", "DRY: growth with each repeated token"),
    parameter<&SamplingParams::dry_allowed_length>("dry_allowed_length", "--dry-allowed-length", "N",
                                                   "DRY: repetitions up to this length are free"),
    parameter<&SamplingParams::dry_window>("dry_window", "--dry-window", "N", "DRY: tokens to look back on (-1: all)"),
    parameter<&SamplingParams::dry_sequence_breakers>("dry_sequence_breakers", "--dry-sequence-breaker", "TEXT",
                                                      "DRY: a repetition ends here (many; they replace the defaults)"),
    parameter<&SamplingParams::xtc_probability>("xtc_probability", "--xtc-probability", "P",
                                                "XTC: chance to drop the likeliest tokens (0: off)"),
    parameter<&SamplingParams::xtc_threshold>("xtc_threshold", "--xtc-threshold", "P",
                                              "XTC: how likely a token must be to be dropped"),
    parameter<&SamplingParams::mirostat>("mirostat", "--mirostat", "", "Mirostat 2: keep the surprise constant"),
    parameter<&SamplingParams::mirostat_tau>("mirostat_tau", "--mirostat-tau", "BITS", "Mirostat: the surprise wanted"),
    parameter<&SamplingParams::mirostat_eta>("mirostat_eta", "--mirostat-eta", "X", "Mirostat: learning rate"),
    parameter<&SamplingParams::logit_bias>("logit_bias", "--logit-bias", "ID±X",
                                           "Added to a token's logit: 15043+1.5, 15043-inf (many)"),
    parameter<&GenerationParams::stop>("stop", "--stop", "TEXT", "Text that ends the answer and is left out (many)"),
    parameter<&GenerationParams::ignore_eos>("ignore_eos", "--ignore-eos", "", "Go on when the model would end"),
    parameter<&GenerationParams::context_shift>("context_shift", "--context-shift", "",
                                                "When the context is full, forget its oldest half and go on"),
};

}  // namespace

void GenerationParams::put_into(GenerateRequest& request) const {
  request.sampling = *this;
  request.max_tokens = max_tokens;
  request.stop = stop;
  request.ignore_eos = ignore_eos;
  request.context_shift = context_shift;
}

std::span<const Parameter> generation_parameters() { return kParameters; }

const Parameter* find_parameter(std::string_view name) {
  const auto* found = std::find_if(kParameters.begin(), kParameters.end(),
                                   [&](const Parameter& parameter) { return parameter.name == name; });
  return found == kParameters.end() ? nullptr : &*found;
}

std::string parameter_text(const Parameter& parameter, const GenerationParams& params) {
  const json::value value = parameter.get(params);
  if (value.is_bool()) return value.get_bool() ? "on" : "off";
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return fmt::format("{}", value.get_double());
  return to_json_text(value);
}

void check_params(const GenerationParams& params) {
  if (params.max_tokens < -1) {
    throw UsageError(fmt::format("max_tokens is {}; it must be -1 (no limit) or more", params.max_tokens), "");
  }
  try {
    validate(params);
  } catch (const Error& error) {
    throw UsageError(error.message(), error.hint());
  }
}

}  // namespace hearth::cli
