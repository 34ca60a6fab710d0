// The server's log: one line an event, as text for people or as JSON for machines. It has no field for bodies or keys,
// and what a client sent (paths, ids) is quoted, so that no request can forge a line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/http_server.h"

namespace hearth {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

/// "debug", "info", "warning", "error", "off". Errors: kInvalidArgument.
LogLevel parse_log_level(std::string_view name);

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::string file;  ///< appended to; empty: stderr
};

using LogFields = std::vector<std::pair<std::string, std::string>>;

/// Thread-safe.
class ServerLog {
 public:
  /// Errors: kIo when the file cannot be opened.
  explicit ServerLog(const LogOptions& options);
  ~ServerLog();
  ServerLog(const ServerLog&) = delete;
  ServerLog& operator=(const ServerLog&) = delete;

  void log(LogLevel level, std::string_view message, const LogFields& fields = {});
  /// kInfo, kWarning for 5xx, kDebug for /health, /ready and /metrics.
  void request(const RequestRecord& record);
  void set_level(LogLevel level);
  void reopen();  ///< the file, after it was moved away

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth
