#include "hearth/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "base/task_threads.h"
#include "runtime/manager/model_manager.h"
#include "server/all_routes.h"
#include "server/api/ollama/blob_store.h"
#include "server/http/http_server.h"
#include "server/metrics/metrics.h"
#include "server/metrics/server_log.h"
#include "server/options/descriptor_limit.h"
#include "server/options/next_start.h"

namespace hearth {
namespace {

// What goes on with requests whose model had to be loaded first.
constexpr std::size_t kLateHandlers = 2, kLateQueue = 8192;

std::vector<Scope> scopes_of(const ServerKey& key) {
  std::vector<Scope> scopes;  // none at all is refused where the keys are taken
  for (const std::string& scope : key.scopes) scopes.push_back(parse_scope(scope));
  return scopes;
}

ApiKey api_key(const ServerKey& key) {
  ApiKey made = key.secret.empty() ? ApiKey{key.name, key.sha256, scopes_of(key)}
                                   : make_api_key(key.name, key.secret, scopes_of(key));
  made.requests_per_minute = key.requests_per_minute;
  made.max_concurrent = key.max_concurrent;
  return made;
}

AccessOptions access_options(const ServeOptions& options) {
  AccessOptions access;
  for (const ServerKey& key : options.keys) access.keys.push_back(api_key(key));
  access.insecure = options.insecure;
  access.allowed_hosts = options.allowed_hosts;
  access.allowed_origins = options.allowed_origins;
  access.requests_per_minute = options.requests_per_minute;
  return access;
}

LogOptions log_options(const ServeOptions& options) {
  if (options.log_format != "text" && options.log_format != "json") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the log's format is '{}'; it must be text or json", options.log_format));
  }
  return {parse_log_level(options.log_level), options.log_format == "json" ? LogFormat::kJson : LogFormat::kText,
          options.log_file};
}

ModelLimits model_limits(const ServeOptions& options) {
  return {options.memory, options.max_loaded, options.keep_alive};
}

void set_api_limits(ApiLimits& limits, const ServeOptions& options) {
  limits.max_tokens.set(options.max_tokens);
  limits.request_time.set(options.request_time);
}

std::string database_path(const ServeOptions& options) {
  if (options.data_folder.empty()) return ConversationStore::usual_path();
  return (std::filesystem::path(options.data_folder) / "hearth.db").string();
}

std::chrono::milliseconds time_left(std::chrono::milliseconds patience, std::chrono::steady_clock::time_point begun) {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::steady_clock;
  return std::max(milliseconds(0), patience - duration_cast<milliseconds>(steady_clock::now() - begun));
}

LogFields fields_of(const ModelEvent& event) {
  LogFields fields = {{"model", event.name}};
  if (event.seconds > 0) fields.emplace_back("seconds", fmt::format("{:.2f}", event.seconds));
  if (event.bytes > 0) fields.emplace_back("bytes", fmt::format("{}", event.bytes));
  if (!event.reason.empty()) fields.emplace_back("reason", event.reason);
  if (!event.problem.empty()) fields.emplace_back("problem", event.problem);
  return fields;
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServeOptions options) : options_(std::move(options)), log_(log_options(options_)) {}

  ~Impl() { stop(std::chrono::milliseconds(0)); }

  void start() {
    models_ = std::make_unique<ModelManager>(manager_options());
    pool_ = std::make_unique<TaskThreads>(kLateHandlers, TaskThreadsOptions{kLateQueue, true});
    context_ = std::make_unique<ApiContext>(ApiContext{*models_, metrics_, log_, *pool_, {}});
    set_api_limits(context_->limits, options_);
    metrics_.set_model_provider([this] { return gauges(); });
    Router router;
    conversations_ = std::make_unique<Conversations>(*context_, database_path(options_));
    add_all_routes(router, *context_, *conversations_,
                   {[this] { return is_ready(); }, [this] { return problems_.newest_first(); }});
    http_ = std::make_unique<HttpServer>(http_options(options_), std::move(router));
    add_http_gauges();
    http_->start();
    prune_blobs();
    models_->load_wanted([this] { has_begun_ = true; });  // behind the above: a taken port is told at once
    for (const std::string& address : http_->addresses())
      log_.log(LogLevel::kInfo, "listening", {{"address", address}});
    tell_of_descriptors(options_);
    log_.log(LogLevel::kInfo, "models offered", {{"count", fmt::format("{}", models_->offered().size())}});
  }

  std::uint16_t port() const { return http_ == nullptr ? 0 : http_->port(); }
  std::vector<std::string> addresses() const {
    return http_ == nullptr ? std::vector<std::string>{} : http_->addresses();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    stopped_changed_.wait(lock, [this] { return is_stopped_; });
  }

  void stop(std::chrono::milliseconds patience) {
    {
      std::unique_lock lock(mutex_);
      if (std::exchange(is_stopping_, true)) {
        stopped_changed_.wait(lock, [this] { return is_stopped_; });
        return;
      }
    }
    const auto begun = std::chrono::steady_clock::now();
    if (http_ != nullptr) {
      log_.log(LogLevel::kInfo, "stopping");
      http_->stop(patience, [this] {
        // They end what streams, in the way of the API that it was asked by.
        if (conversations_ != nullptr) conversations_->stop(std::chrono::milliseconds(0));
        if (models_ != nullptr) models_->stop(std::chrono::milliseconds(0));
      });
    }
    // Answers that nobody listens to have the same time; what there is of them then is kept.
    if (conversations_ != nullptr) conversations_->stop(time_left(patience, begun));
    if (models_ != nullptr) models_->stop(std::chrono::milliseconds(0));
    if (pool_ != nullptr) pool_->stop();
    if (http_ != nullptr) log_.log(LogLevel::kInfo, "stopped");
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    stopped_changed_.notify_all();
  }

  void reload(const ServeOptions& options) {
    // What can fail comes first: who is told that all goes on as before shall not find half of it changed.
    const LogLevel level = parse_log_level(options.log_level);
    models_->check_limits(model_limits(options));
    models_->refresh();
    log_.reopen();
    http_->reload(http_options(options));
    log_.set_level(level);
    set_api_limits(context_->limits, options);
    models_->set_limits(model_limits(options));
    log_.log(LogLevel::kInfo, "configuration read again");
    tell_of_descriptors(options);
    if (const auto names = settings_of_next_start(options_, options); !names.empty()) {
      log_.log(LogLevel::kWarning, "these settings hold from the next start",
               {{"settings", fmt::format("{}", fmt::join(names, ","))}});
    }
  }

 private:
  ModelManagerOptions manager_options() {
    ModelManagerOptions options;
    options.names = options_.models;
    options.models_dir = options_.models_dir;
    options.limits = model_limits(options_);
    options.serving.model = options_.model;
    options.serving.max_running = options_.max_running;
    options.serving.max_queue = options_.max_queue;
    options.serving.max_kv_bytes = options_.max_kv_bytes;
    options.serving.model.on_problem = [this](std::string_view line) {
      log_.log(LogLevel::kWarning, "packed weights", {{"problem", std::string(line)}});
    };
    options.on_problem = [this](const std::string& line) {
      log_.log(LogLevel::kWarning, "model left out", {{"problem", line}});
    };
    options.preload = options_.preload;
    options.pinned = options_.pinned;
    options.on_event = [this](const ModelEvent& event) { on_event(event); };
    return options;
  }

  HttpOptions http_options(const ServeOptions& options) {
    HttpOptions http;
    http.hosts = options.hosts;
    http.port = options.port;
    http.unix_socket = options.unix_socket;
    http.tls_certificate = options.tls_certificate;
    http.tls_key = options.tls_key;
    http.access = access_options(options);
    http.limits.body_bytes = options.max_body_bytes;
    http.spool_folder = BlobStore::usual_folder().string();
    http.limits.connections = connections_within(descriptor_limit(), options.max_connections);
    if (const auto most = options.max_connections_per_address) {
      http.limits.connections_per_address = http.limits.connections_per_remote_address = *most;
    }
    http.on_request = [this](const RequestRecord& record) {
      metrics_.count_request(record.method, record.route, record.status, record.seconds);
      log_.request(record);
      problems_.note(record);
    };
    return http;
  }

  /// After the port was taken, so that a second start by mistake does nothing.
  void prune_blobs() {
    const PrunedBlobs pruned = BlobStore(BlobStore::usual_folder()).prune();
    if (pruned.count == 0) return;
    log_.log(LogLevel::kInfo, "uploaded files removed that no model was made of",
             {{"files", std::to_string(pruned.count)}, {"bytes", std::to_string(pruned.bytes)}});
  }

  void tell_of_descriptors(const ServeOptions& options) {
    const std::uint64_t descriptors = descriptor_limit();
    const std::size_t taken = connections_within(descriptors, options.max_connections);
    if (taken >= options.max_connections) return;
    log_.log(LogLevel::kWarning, "fewer connections than configured: the system allows no more open files",
             {{"connections", std::to_string(taken)},
              {"configured", std::to_string(options.max_connections)},
              {"open_files", std::to_string(descriptors)}});
  }

  void on_event(const ModelEvent& event) {
    const bool failed = event.kind == ModelEvent::kFailed;
    if (event.kind == ModelEvent::kLoaded || failed) {
      metrics_.observe_load(event.name, event.seconds, !failed);
    }
    if (event.kind == ModelEvent::kUnloaded) metrics_.count_unload(event.name, event.reason);
    log_.log(failed ? LogLevel::kWarning : LogLevel::kInfo, fmt::format("model {}", model_event_name(event.kind)),
             fields_of(event));
  }

  bool is_ready() {
    const std::lock_guard lock(mutex_);
    return !is_stopping_ && has_begun_;
  }

  std::vector<ModelGauges> gauges() const {
    std::vector<ModelGauges> all;
    for (const LoadedModelStatus& model : models_->status().loaded) {
      if (!model.is_current) continue;
      ModelGauges gauges;
      gauges.model = model.id;
      gauges.waiting = model.stats.waiting;
      gauges.running = model.stats.running;
      gauges.weight_bytes = model.stats.weight_bytes;
      gauges.kv_bytes = model.stats.kv_bytes;
      gauges.kv_limit_bytes = model.stats.kv_limit_bytes;
      gauges.scratch_bytes = model.stats.scratch_bytes;
      gauges.cached_prefix_tokens = model.stats.cached_prefix_tokens;
      gauges.preemptions = model.stats.preemptions;
      gauges.drafted_tokens = model.stats.drafted_tokens;
      gauges.accepted_tokens = model.stats.accepted_tokens;
      gauges.steps = model.stats.steps;
      all.push_back(std::move(gauges));
    }
    return all;
  }

  void add_http_gauges() {
    metrics_.add_gauge("hearth_connections", "Connections that are open.",
                       [this] { return static_cast<double>(http_->stats().connections); });
    metrics_.add_gauge("hearth_http_requests_in_flight", "Requests that are being answered.",
                       [this] { return static_cast<double>(http_->stats().exchanges); });
    metrics_.add_gauge("hearth_http_requests_waiting", "Requests that wait for a thread to handle them.",
                       [this] { return static_cast<double>(http_->stats().waiting_for_handler); });
    metrics_.add_gauge("hearth_memory_budget_bytes", "Memory that all models together may use.",
                       [this] { return static_cast<double>(models_->status().budget); });
    metrics_.add_gauge("hearth_memory_used_bytes", "Memory that the loaded models count for.",
                       [this] { return static_cast<double>(models_->status().used); });
  }

  ServeOptions options_;
  ServerLog log_;
  Metrics metrics_;
  RecentProblems problems_;
  std::unique_ptr<ModelManager> models_;
  std::unique_ptr<TaskThreads> pool_;
  std::unique_ptr<ApiContext> context_;
  std::unique_ptr<Conversations> conversations_;
  std::unique_ptr<HttpServer> http_;
  std::atomic<bool> has_begun_ = false;  ///< what is to be there at the start is there, or has failed

  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool is_stopping_ = false, is_stopped_ = false;
};

Server::Server(ServeOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;
void Server::start() { impl_->start(); }
std::uint16_t Server::port() const { return impl_->port(); }
std::vector<std::string> Server::addresses() const { return impl_->addresses(); }
void Server::wait() { impl_->wait(); }
void Server::stop(std::chrono::milliseconds patience) { impl_->stop(patience); }
void Server::reload(const ServeOptions& options) { impl_->reload(options); }

}  // namespace hearth
