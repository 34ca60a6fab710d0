#include "server/metrics/server_log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <mutex>

#include "base/json.h"
#include "base/quote.h"
#include "base/unicode.h"

namespace hearth {
namespace {

constexpr std::pair<LogLevel, const char*> kLevels[] = {{LogLevel::kDebug, "debug"},
                                                        {LogLevel::kInfo, "info"},
                                                        {LogLevel::kWarning, "warning"},
                                                        {LogLevel::kError, "error"},
                                                        {LogLevel::kOff, "off"}};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: break;
  }
  return spdlog::level::off;
}

const char* name_of(LogLevel level) {
  for (const auto& [value, name] : kLevels) {
    if (value == level) return name;
  }
  return "off";
}

/// "2026-11-21T07:46:20.123Z"
std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, ms);
}

bool is_plain(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._:/{}[]-+").find(c) != std::string_view::npos;
  });
}

std::string text_line(LogLevel level, std::string_view message, const LogFields& fields) {
  std::string line = fmt::format("{} {:7} {}", timestamp(), name_of(level), message);
  constexpr std::size_t kLongest = 400;
  for (const auto& [name, value] : fields) {
    line += ' ' + name + '=' + (is_plain(value) && value.size() <= kLongest ? value : quote(value, kLongest));
  }
  return line;
}

std::string json_line(LogLevel level, std::string_view message, const LogFields& fields) {
  json::object line;
  line["time"] = timestamp();
  line["level"] = name_of(level);
  line["message"] = replace_invalid_utf8(message);
  for (const auto& [name, value] : fields) line[name] = replace_invalid_utf8(value);
  return json::serialize(line);
}

}  // namespace

LogLevel parse_log_level(std::string_view name) {
  for (const auto& [level, text] : kLevels) {
    if (name == text) return level;
  }
  throw Error(ErrorCode::kInvalidArgument, "there is no log level " + quote(name),
              "the levels are debug, info, warning, error and off");
}

struct ServerLog::State {
  explicit State(const LogOptions& all) : options(all) { open(); }

  void open() {
    spdlog::sink_ptr sink;
    try {
      if (options.file.empty()) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
      } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
      }
    } catch (const spdlog::spdlog_ex& error) {
      throw Error(ErrorCode::kIo, "the log " + quote(options.file, 300) + " cannot be opened: " + error.what());
    }
    auto made = std::make_shared<spdlog::logger>("hearth", std::move(sink));
    made->set_pattern("%v");
    made->set_level(level_of(options.level));
    made->flush_on(spdlog::level::debug);
    const std::lock_guard lock(mutex);
    logger = std::move(made);
  }
  std::shared_ptr<spdlog::logger> current() const {
    const std::lock_guard lock(mutex);
    return logger;
  }

  LogOptions options;
  mutable std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger;
};

ServerLog::ServerLog(const LogOptions& options) : state_(std::make_unique<State>(options)) {}
ServerLog::~ServerLog() = default;

void ServerLog::log(LogLevel level, std::string_view message, const LogFields& fields) {
  const std::shared_ptr<spdlog::logger> logger = state_->current();
  if (level == LogLevel::kOff || !logger->should_log(level_of(level))) return;
  const bool as_json = state_->options.format == LogFormat::kJson;
  logger->log(level_of(level), as_json ? json_line(level, message, fields) : text_line(level, message, fields));
}

void ServerLog::request(const RequestRecord& record) {
  const bool probe = record.route == "/health" || record.route == "/ready" || record.route == "/metrics";
  const LogLevel level = record.status >= 500 ? LogLevel::kWarning : probe ? LogLevel::kDebug : LogLevel::kInfo;
  LogFields fields = {{"id", record.id},
                      {"method", record.method.empty() ? "-" : record.method},
                      {"route", record.route.empty() ? "-" : record.route},
                      {"status", std::to_string(record.status)},
                      {"ms", fmt::format("{:.1f}", record.seconds * 1000)},
                      {"in", std::to_string(record.bytes_in)},
                      {"out", std::to_string(record.bytes_out)},
                      {"from", record.remote}};
  if (!record.key_name.empty()) fields.emplace_back("key", record.key_name);
  fields.insert(fields.end(), record.notes.begin(), record.notes.end());
  log(level, "request", fields);
}

void ServerLog::set_level(LogLevel level) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->options.level = level;
  }
  state_->current()->set_level(level_of(level));
}

void ServerLog::reopen() { state_->open(); }

}  // namespace hearth
