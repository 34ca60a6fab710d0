#include "cli/serve_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "hearth/system.h"

namespace hearth::cli {

void ServeFlags::add_to(CommandLine& line) {
  line.heading("Models");
  line.value("--models-dir", "DIR", "Offer each GGUF file and model folder in it, under its stem", models_dir_.value);
  line.value("--keep-alive", "TIME", "How long an idle model stays: 5m, 1h, 0, -1 for ever", keep_alive_.value);
  line.value("--memory", "BYTES", "For all models together: 8GiB (default: nine tenths of what is free)",
             memory_.value);
  line.value("--max-loaded", "N", "Models at once (0: as many as fit)", max_loaded_.value);
  line.toggle("--preload", "Load the models that are named here now", preload_);
  line.value("--pin", "NAMES", "Load these now and never unload them: a,b", pin_.value);
  model_.add_to(line);
  line.heading("Where");
  line.value("--host", "ADDRESS", "Listen there (default: 127.0.0.1); several with ','", host_.value);
  line.value("--port", "N", "On this port (default: 11434; 0: any free one)", port_.value);
  line.value("--unix-socket", "PATH", "And on this socket", unix_socket_.value);
  line.value("--tls-cert", "FILE", "PEM file: speak HTTPS", tls_cert_.value);
  line.value("--tls-key", "FILE", "PEM file of its key", tls_key_.value);
  line.heading("Who");
  line.value("--api-keys", "FILE", "Keys with their scopes, or one secret; see docs/serve.md", api_keys_.value);
  line.values("--api-key", "SECRET", "A key for everything; ps shows it: HEARTH_API_KEY does not", api_key_);
  line.values("--allow-origin", "ORIGIN", "A page that may call: https://app.example, or '*'", allow_origins_);
  line.values("--allow-host", "NAME", "A name of this server in requests: hearth.lan, or '*'", allow_hosts_);
  line.toggle("--insecure", "Listen beyond this machine without keys", insecure_);
  line.heading("Limits");
  line.value("--max-running", "N", "Answers of one model made together (default: 64)", max_running_.value);
  line.value("--max-queue", "N", "Requests of one model that wait (default: 512)", max_queue_.value);
  line.value("--max-connections", "N", "At once (default: 4096, or what the system allows)", max_connections_.value);
  line.value("--max-connections-per-address", "N", "Of one address (default: 256 of another machine; 0: no limit)",
             max_connections_per_address_.value);
  line.value("--max-tokens", "N", "Of one answer (0: what the context holds)", max_tokens_.value);
  line.value("--request-time", "TIME", "From a request to the end of its answer: 10m (default: no limit)",
             request_time_.value);
  line.value("--stop-patience", "TIME", "For what runs when it is told to stop (default: 30s)", stop_patience_.value);
  line.heading("Log and settings");
  line.value("--log-level", "LEVEL", "debug, info, warning, error, off", log_level_.value);
  line.value("--log-format", "FORMAT", "text or json", log_format_.value);
  line.value("--log-file", "FILE", "Instead of stderr", log_file_.value);
  line.value("--config", "FILE", "Settings from there instead of the usual config.toml", config_);
}

std::vector<std::pair<std::string, std::string>> ServeFlags::given() const {
  std::vector<std::pair<std::string, std::string>> flags = model_.given();
  for (const Text* text : {&host_,        &port_,         &unix_socket_,     &models_dir_,
                           &pin_,         &keep_alive_,   &memory_,          &max_loaded_,
                           &max_running_, &max_queue_,    &max_connections_, &max_connections_per_address_,
                           &max_tokens_,  &request_time_, &stop_patience_,   &api_keys_,
                           &tls_cert_,    &tls_key_,      &log_level_,       &log_format_,
                           &log_file_}) {
    if (text->value) flags.emplace_back(text->setting, *text->value);
  }
  if (!allow_hosts_.empty()) flags.emplace_back("serve.allow_hosts", fmt::format("{}", fmt::join(allow_hosts_, ",")));
  if (!allow_origins_.empty()) {
    flags.emplace_back("serve.allow_origins", fmt::format("{}", fmt::join(allow_origins_, ",")));
  }
  if (insecure_) flags.emplace_back("serve.insecure", "true");
  return flags;
}

ServeOptions ServeFlags::options(const std::vector<std::string>& models) const {
  ServeOptions options = serve_options(given(), config_.value_or(""));
  options.models = models;
  // Models that are named are what is offered; a folder of the settings is for a server without names.
  if (!models.empty() && !models_dir_.value) options.models_dir.clear();
  if (preload_) options.preload.insert(options.preload.end(), models.begin(), models.end());
  for (std::size_t i = 0; i < api_key_.size(); ++i) {
    ServerKey key;
    key.name = fmt::format("command-line-{}", i + 1);
    key.secret = api_key_[i];
    key.scopes = {"admin"};
    options.keys.push_back(std::move(key));
  }
  return options;
}

std::string ServeFlags::setting(const std::string& name) const {
  return setting_value(settings(given(), config_.value_or("")), name);
}

}  // namespace hearth::cli
