// Settings to options of the server.
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/quote.h"
#include "hearth/server.h"
#include "hearth/system.h"
#include "server/api/ollama/keep_alive.h"
#include "server/options/amount_text.h"
#include "server/options/listen_address.h"

namespace hearth {
namespace {

/// Settings by name, with errors that say where a wrong one stands.
class Values {
 public:
  explicit Values(std::vector<Setting> all) : all_(std::move(all)) {}

  const Setting& at(const std::string& name) const {
    for (const Setting& setting : all_) {
      if (setting.name == name) return setting;
    }
    throw Error(ErrorCode::kInternal, fmt::format("there is no setting {}", name));
  }
  const std::string& text(const std::string& name) const { return at(name).value; }
  std::int64_t integer(const std::string& name) const {
    std::int64_t number = 0;
    const std::string& value = text(name);
    std::from_chars(value.data(), value.data() + value.size(), number);  // settings() has checked it
    return number;
  }
  double number(const std::string& name) const {
    double number = 0;
    const std::string& value = text(name);
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }
  bool boolean(const std::string& name) const { return text(name) == "true"; }
  std::vector<std::string> list(const std::string& name) const {
    std::vector<std::string> items;
    const std::string& value = text(name);
    for (std::size_t start = 0; start < value.size();) {
      const std::size_t end = std::min(value.find_first_of(", ", start), value.size());
      if (end > start) items.push_back(value.substr(start, end - start));
      start = end + 1;
    }
    return items;
  }
  std::uint64_t bytes(const std::string& name) const {
    if (text(name).empty()) return 0;
    const auto amount = parse_bytes(text(name));
    if (!amount) refuse(name, "an amount of memory", "as in 8GiB or 500MB");
    return *amount;
  }
  /// For models. So little can only be meant otherwise, most likely in GiB.
  std::uint64_t model_memory(const std::string& name) const {
    constexpr std::uint64_t kLeast = std::uint64_t{16} << 20;
    const std::uint64_t amount = bytes(name);
    if (amount > 0 && amount < kLeast) {
      refuse(name, "at least 16MiB, or 0 for nine tenths of what is free",
             fmt::format("that is {} bytes: is its unit missing? {}GiB, for example", amount,
                         std::isdigit(static_cast<unsigned char>(text(name).back())) != 0 ? text(name) : "8"));
    }
    return amount;
  }
  std::chrono::milliseconds time(const std::string& name, bool may_be_for_ever) const {
    if (text(name).empty()) return std::chrono::milliseconds(0);
    const auto time = parse_keep_alive(text(name));
    if (!time || (time->count() < 0 && !may_be_for_ever)) refuse(name, "a time", "as in 30s, 5m or 1h30m");
    return *time;
  }
  [[noreturn]] void refuse(const std::string& name, const std::string& right, const std::string& hint) const {
    const Setting& setting = at(name);
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is {} ({}); it must be {}", name, quote(setting.value), setting.origin, right), hint);
  }

 private:
  std::vector<Setting> all_;
};

void set_addresses(ServeOptions& options, const Values& values) {
  options.hosts.clear();
  options.port = static_cast<std::uint16_t>(values.integer("serve.port"));
  for (const std::string& text : values.list("serve.host")) {
    const auto address = parse_listen_address(text);
    if (!address) values.refuse("serve.host", "an address or a name", "as in 127.0.0.1, ::1 or 0.0.0.0:8080");
    options.hosts.push_back(address->host);
    if (address->port && values.at("serve.port").origin == "default") options.port = *address->port;
  }
  options.unix_socket = values.text("serve.unix_socket");
}

void set_keys(ServeOptions& options, const Values& values) {
  if (const std::string& file = values.text("serve.api_keys"); !file.empty()) options.keys = read_server_keys(file);
  // Not a setting: `hearth config` would print it.
  if (const char* secret = std::getenv("HEARTH_API_KEY"); secret != nullptr && *secret != '\0') {
    ServerKey key;
    key.name = "environment";
    key.secret = secret;
    key.scopes = {"admin"};
    options.keys.push_back(std::move(key));
  }
}

}  // namespace

ServeOptions serve_options(const std::vector<std::pair<std::string, std::string>>& flags,
                           const std::string& config_file) {
  const Values values(settings(flags, config_file));
  ServeOptions options;
  options.models_dir = values.text("serve.models_dir");
  options.preload = values.list("serve.preload");
  options.pinned = values.list("serve.pin");
  set_addresses(options, values);
  options.tls_certificate = values.text("serve.tls_cert");
  options.tls_key = values.text("serve.tls_key");
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "serve.tls_cert and serve.tls_key belong together, and one is missing");
  }
  set_keys(options, values);
  options.insecure = values.boolean("serve.insecure");
  options.allowed_hosts = values.list("serve.allow_hosts");
  options.allowed_origins = values.list("serve.allow_origins");
  options.requests_per_minute = values.number("serve.requests_per_minute");
  options.model.threads = static_cast<int>(values.integer("threads"));
  options.model.context = values.integer("context");
  options.model.kv_type = values.text("kv_type");
  options.model.exact = values.boolean("exact");
  options.model.pack = values.boolean("pack");
  options.model.packed_gib = values.integer("packed_gib");
  options.model.speculation = values.boolean("speculation");
  options.max_running = values.integer("serve.max_running");
  options.max_queue = values.integer("serve.max_queue");
  options.memory = values.model_memory("serve.memory");
  options.max_loaded = values.integer("serve.max_loaded");
  options.keep_alive = values.time("serve.keep_alive", true);
  options.max_tokens = values.integer("serve.max_tokens");
  options.request_time = values.time("serve.request_time", false);
  options.max_body_bytes = values.bytes("serve.max_body");
  options.max_connections = static_cast<std::size_t>(values.integer("serve.max_connections"));
  if (!values.text("serve.max_connections_per_address").empty()) {
    options.max_connections_per_address = static_cast<std::size_t>(values.integer("serve.max_connections_per_address"));
  }
  options.log_level = values.text("serve.log_level");
  options.log_format = values.text("serve.log_format");
  options.log_file = values.text("serve.log_file");
  options.stop_patience = values.time("serve.stop_patience", false);
  return options;
}

}  // namespace hearth
