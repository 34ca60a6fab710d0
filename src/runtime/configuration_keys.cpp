#include "runtime/configuration_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kMaxTokens = 1e15;          // any count of tokens; whole numbers up to here are exact in a double
constexpr double kLeastContext = 8;          // less holds no prompt and answer; it is a slip
constexpr double kMostContext = 16'777'216;  // more than any model was made for; a slip, too
constexpr double kMaxSeed = 9e18;            // below the largest 64-bit integer with a sign
constexpr std::array<std::string_view, 5> kKvTypes = {"auto", "f32", "f16", "bf16", "q8"};
constexpr std::array<std::string_view, 4> kCpus = {"portable", "avx2", "avx512", "amx"};
constexpr std::array<std::string_view, 5> kLogLevels = {"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};

// Ranges of the sampling values are those of hearth::validate(), which has the last word.
constexpr std::array kKeys = {
    SettingKey{"model", "HEARTH_MODEL", "", SettingKind::kPath},
    SettingKey{"model_folders", "HEARTH_MODEL_FOLDERS", "", SettingKind::kText},
    SettingKey{"system", "HEARTH_SYSTEM", "", SettingKind::kText},
    SettingKey{"threads", "HEARTH_THREADS", "0", SettingKind::kInteger, 0, 1024},
    SettingKey{"context", "HEARTH_CONTEXT", "0", SettingKind::kInteger, kLeastContext, kMostContext, {}, true},
    SettingKey{"kv_type", "HEARTH_KV_TYPE", "auto", SettingKind::kChoice, 0, 0, kKvTypes},
    SettingKey{"exact", "HEARTH_EXACT", "false", SettingKind::kBoolean},
    SettingKey{"pack", "HEARTH_PACK", "true", SettingKind::kBoolean},
    SettingKey{"packed_gib", "HEARTH_PACKED_GIB", "32", SettingKind::kInteger, 0, 1e6},
    SettingKey{"speculation", "HEARTH_SPECULATION", "true", SettingKind::kBoolean},
    SettingKey{"context_shift", "HEARTH_CONTEXT_SHIFT", "false", SettingKind::kBoolean},
    SettingKey{"max_tokens", "HEARTH_MAX_TOKENS", "-1", SettingKind::kInteger, -1, kMaxTokens},
    SettingKey{"temperature", "HEARTH_TEMPERATURE", "", SettingKind::kNumber, 0, kLargest},
    SettingKey{"top_k", "HEARTH_TOP_K", "", SettingKind::kInteger, 0, 2147483647},
    SettingKey{"top_p", "HEARTH_TOP_P", "", SettingKind::kNumber, 0, 1},
    SettingKey{"min_p", "HEARTH_MIN_P", "", SettingKind::kNumber, 0, 1},
    SettingKey{"repeat_penalty", "HEARTH_REPEAT_PENALTY", "", SettingKind::kNumber, 0, kLargest},
    SettingKey{"seed", "HEARTH_SEED", "", SettingKind::kInteger, 0, kMaxSeed},
    SettingKey{"cpu", "HEARTH_CPU", "", SettingKind::kChoice, 0, 0, kCpus},
    // Of `hearth serve`; in config.toml they stand under [serve].
    SettingKey{"serve.host", "HEARTH_HOST", "127.0.0.1", SettingKind::kText},
    SettingKey{"serve.port", "HEARTH_PORT", "11434", SettingKind::kInteger, 0, 65535},
    SettingKey{"serve.unix_socket", "HEARTH_UNIX_SOCKET", "", SettingKind::kText},
    SettingKey{"serve.models_dir", "HEARTH_MODELS_DIR", "", SettingKind::kPath},
    SettingKey{"serve.preload", "HEARTH_PRELOAD", "", SettingKind::kText},
    SettingKey{"serve.pin", "HEARTH_PIN", "", SettingKind::kText},
    SettingKey{"serve.keep_alive", "HEARTH_KEEP_ALIVE", "5m", SettingKind::kText},
    SettingKey{"serve.memory", "HEARTH_MEMORY", "", SettingKind::kText},
    SettingKey{"serve.max_loaded", "HEARTH_MAX_LOADED", "0", SettingKind::kInteger, 0, 10000},
    SettingKey{"serve.max_running", "HEARTH_MAX_RUNNING", "64", SettingKind::kInteger, 1, 4096},
    SettingKey{"serve.max_queue", "HEARTH_MAX_QUEUE", "512", SettingKind::kInteger, 0, 1000000},
    SettingKey{"serve.max_tokens", "HEARTH_SERVE_MAX_TOKENS", "0", SettingKind::kInteger, 0, kMaxTokens},
    SettingKey{"serve.request_time", "HEARTH_REQUEST_TIME", "", SettingKind::kText},
    SettingKey{"serve.stop_patience", "HEARTH_STOP_PATIENCE", "30s", SettingKind::kText},
    SettingKey{"serve.max_body", "HEARTH_MAX_BODY", "32MiB", SettingKind::kText},
    SettingKey{"serve.max_connections", "HEARTH_MAX_CONNECTIONS", "4096", SettingKind::kInteger, 1, 1000000},
    SettingKey{"serve.max_connections_per_address", "HEARTH_MAX_CONNECTIONS_PER_ADDRESS", "", SettingKind::kInteger, 0,
               1000000},
    SettingKey{"serve.api_keys", "HEARTH_API_KEYS", "", SettingKind::kPath},
    SettingKey{"serve.requests_per_minute", "HEARTH_REQUESTS_PER_MINUTE", "0", SettingKind::kNumber, 0, kLargest},
    SettingKey{"serve.tls_cert", "HEARTH_TLS_CERT", "", SettingKind::kPath},
    SettingKey{"serve.tls_key", "HEARTH_TLS_KEY", "", SettingKind::kPath},
    SettingKey{"serve.allow_hosts", "HEARTH_ALLOW_HOSTS", "", SettingKind::kText},
    SettingKey{"serve.allow_origins", "HEARTH_ALLOW_ORIGINS", "", SettingKind::kText},
    SettingKey{"serve.insecure", "HEARTH_INSECURE", "false", SettingKind::kBoolean},
    SettingKey{"serve.log_level", "HEARTH_LOG_LEVEL", "info", SettingKind::kChoice, 0, 0, kLogLevels},
    SettingKey{"serve.log_format", "HEARTH_LOG_FORMAT", "text", SettingKind::kChoice, 0, 0, kLogFormats},
    SettingKey{"serve.log_file", "HEARTH_LOG_FILE", "", SettingKind::kText},
};

[[noreturn]] void refuse(std::string_view source, std::string_view value, const std::string& right) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is {}; it must be {}", source, quote(value), right),
              "'hearth config' shows every setting and where it comes from");
}

template <typename T>
bool parses(std::string_view text, T& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

std::string range_text(const SettingKey& key, std::string_view what) {
  if (key.maximum == kLargest) return fmt::format("{} of at least {}", what, key.minimum);
  return fmt::format("{} from {} to {}{}", what, static_cast<std::int64_t>(key.minimum),
                     static_cast<std::int64_t>(key.maximum), key.zero_too ? ", or 0" : "");
}

}  // namespace

std::span<const SettingKey> setting_keys() { return kKeys; }

const SettingKey* find_setting_key(std::string_view name) {
  const auto* found = std::find_if(kKeys.begin(), kKeys.end(), [&](const SettingKey& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : &*found;
}

std::string check_setting(const SettingKey& key, std::string_view value, std::string_view source) {
  switch (key.kind) {
    case SettingKind::kText:
    case SettingKind::kPath: return std::string(value);
    case SettingKind::kInteger: {
      std::int64_t number = 0;
      const bool is_number = parses(value, number);
      if (is_number && number == 0 && key.zero_too) return std::string(value);
      if (!is_number || static_cast<double>(number) < key.minimum || static_cast<double>(number) > key.maximum) {
        refuse(source, value, range_text(key, "a whole number"));
      }
      return std::string(value);
    }
    case SettingKind::kNumber: {
      double number = 0;
      if (!parses(value, number) || !std::isfinite(number) || number < key.minimum || number > key.maximum) {
        refuse(source, value, range_text(key, "a number"));
      }
      return std::string(value);
    }
    case SettingKind::kBoolean: {
      if (value == "true" || value == "1" || value == "yes" || value == "on") return "true";
      if (value == "false" || value == "0" || value == "no" || value == "off") return "false";
      refuse(source, value, "true or false");
    }
    case SettingKind::kChoice: {
      if (std::find(key.choices.begin(), key.choices.end(), value) == key.choices.end()) {
        refuse(source, value, fmt::format("one of {}", fmt::join(key.choices, ", ")));
      }
      return std::string(value);
    }
  }
  return std::string(value);
}

}  // namespace hearth
