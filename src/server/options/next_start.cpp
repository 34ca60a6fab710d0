#include "server/options/next_start.h"

namespace hearth {

std::vector<std::string> settings_of_next_start(const ServeOptions& running, const ServeOptions& wanted) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, const auto& a, const auto& b) {
    if (!(a == b)) names.emplace_back(name);
  };
  compare("serve.host", running.hosts, wanted.hosts);
  compare("serve.port", running.port, wanted.port);
  compare("serve.unix_socket", running.unix_socket, wanted.unix_socket);
  compare("serve.models_dir", running.models_dir, wanted.models_dir);
  compare("serve.preload", running.preload, wanted.preload);
  compare("serve.pin", running.pinned, wanted.pinned);
  compare("threads", running.model.threads, wanted.model.threads);
  compare("context", running.model.context, wanted.model.context);
  compare("kv_type", running.model.kv_type, wanted.model.kv_type);
  compare("exact", running.model.exact, wanted.model.exact);
  compare("pack", running.model.pack, wanted.model.pack);
  compare("packed_gib", running.model.packed_gib, wanted.model.packed_gib);
  compare("serve.max_running", running.max_running, wanted.max_running);
  compare("serve.max_queue", running.max_queue, wanted.max_queue);
  compare("serve.log_format", running.log_format, wanted.log_format);
  compare("serve.log_file", running.log_file, wanted.log_file);
  return names;
}

}  // namespace hearth
