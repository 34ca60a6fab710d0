// The flags of `hearth serve`: each is a setting too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/model_flags.h"
#include "hearth/server.h"

namespace hearth::cli {

class ServeFlags {
 public:
  void add_to(CommandLine& line);
  /// All settings with these flags over them. Errors: as serve_options(). May be asked again: files are read anew.
  ServeOptions options(const std::vector<std::string>& models) const;
  /// The value of a setting with these flags over it.
  std::string setting(const std::string& name) const;

 private:
  std::vector<std::pair<std::string, std::string>> given() const;

  struct Text {
    const char* setting;
    std::optional<std::string> value;
  };
  Text host_{"serve.host", {}}, port_{"serve.port", {}}, unix_socket_{"serve.unix_socket", {}},
      models_dir_{"serve.models_dir", {}}, pin_{"serve.pin", {}}, keep_alive_{"serve.keep_alive", {}},
      memory_{"serve.memory", {}}, max_loaded_{"serve.max_loaded", {}}, max_running_{"serve.max_running", {}},
      max_queue_{"serve.max_queue", {}}, max_connections_{"serve.max_connections", {}},
      max_connections_per_address_{"serve.max_connections_per_address", {}}, max_tokens_{"serve.max_tokens", {}},
      request_time_{"serve.request_time", {}}, stop_patience_{"serve.stop_patience", {}},
      api_keys_{"serve.api_keys", {}}, tls_cert_{"serve.tls_cert", {}}, tls_key_{"serve.tls_key", {}},
      log_level_{"serve.log_level", {}}, log_format_{"serve.log_format", {}}, log_file_{"serve.log_file", {}};
  std::vector<std::string> allow_hosts_, allow_origins_, api_key_;
  std::optional<std::string> config_;
  bool insecure_ = false, preload_ = false;
  ModelFlags model_;
};

}  // namespace hearth::cli
