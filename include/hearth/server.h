// The server: models behind HTTP, as OpenAI's, Ollama's and Anthropic's clients expect them. `hearth serve` is this and
// signals.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hearth/error.h"
#include "hearth/model.h"

namespace hearth {

/// Who may call, and what.
struct ServerKey {
  std::string name;    ///< for logs, metrics and limits; not secret
  std::string secret;  ///< at least 16 characters; or
  std::string sha256;  ///< of the secret, 64 hexadecimal digits
  /// "chat", "embed", "manage", "admin"; "admin" stands for all. Empty is refused.
  std::vector<std::string> scopes = {"chat", "embed"};
  double requests_per_minute = 0;  ///< 0: no limit of its own
  int max_concurrent = 0;          ///< requests that run; 0: no limit
};

/// A file of keys, in TOML: tables [[key]] with name, secret or sha256, scopes (a list, not empty; without it chat and
/// embed), requests_per_minute, max_concurrent. A file of one line that is a secret is one key for chat and embed.
/// Errors: kNotFound, kIo, kInvalidArgument naming file and line, never a secret.
std::vector<ServerKey> read_server_keys(const std::string& path);

struct ServeOptions {
  // Which models. With neither names nor a folder: every one that `hearth list` finds.
  std::vector<std::string> models;  ///< names or paths
  std::string models_dir;           ///< each GGUF file and each model folder in it, under its stem
  std::vector<std::string> preload, pinned;

  // Where it listens.
  std::vector<std::string> hosts = {"127.0.0.1"};  ///< addresses or names
  std::uint16_t port = 11434;                      ///< 0: any free one
  std::string unix_socket;                         ///< a path; empty: none
  std::string tls_certificate, tls_key;            ///< PEM files, both or none

  // Who may call.
  std::vector<ServerKey> keys;               ///< empty: nobody is asked, which is allowed on loopback
  bool insecure = false;                     ///< listen on other addresses without keys
  std::vector<std::string> allowed_hosts;    ///< in Host, besides loopback's: "hearth.lan", "*.example.org", "*"
  std::vector<std::string> allowed_origins;  ///< pages, besides loopback's: "https://app.example", "*"
  double requests_per_minute = 0;            ///< of callers without a key, per address; 0: no limit

  // How models run.
  ModelOptions model;              ///< of each; a context beyond what a model was made for is that model's own
  std::int64_t max_running = 64;   ///< sequences of one model decoded together
  std::int64_t max_queue = 512;    ///< requests of one model that may wait
  std::uint64_t max_kv_bytes = 0;  ///< of one model; 0: shared out of `memory`
  std::uint64_t memory = 0;        ///< bytes for all models; 0: nine tenths of what is free at the start
  std::int64_t max_loaded = 0;     ///< models at once; 0: as many as fit
  std::chrono::milliseconds keep_alive{std::chrono::minutes(5)};  ///< of an idle model; negative: for ever

  std::string data_folder;  ///< holds the database of conversations; empty: Hearth's usual one

  // Limits of requests.
  std::int64_t max_tokens = 0;                ///< of one answer; 0: the context alone limits it
  std::chrono::milliseconds request_time{0};  ///< from arrival to the end of the answer; 0: no limit
  std::uint64_t max_body_bytes = std::uint64_t{32} << 20;
  std::size_t max_connections = 4096;  ///< fewer where the process may not have so many descriptors
  /// Of one address; 0: as many as there may be at all. Empty: 256 of another machine, no limit for this one.
  std::optional<std::size_t> max_connections_per_address;

  // The log.
  std::string log_level = "info";   ///< "debug", "info", "warning", "error", "off"
  std::string log_format = "text";  ///< "text", "json"
  std::string log_file;             ///< appended to; empty: stderr

  std::chrono::milliseconds stop_patience{std::chrono::seconds(30)};  ///< for what runs when it is told to stop
};

/// The options that the settings "serve.…" and those of models make (flag > environment > .env > config > default).
/// `flags` as settings() takes them; `config_file` instead of the usual one, unless it is empty. A key in the
/// environment (HEARTH_API_KEY) comes in addition to those of the file. Errors: kInvalidArgument naming the setting and
/// where it stands; as read_server_keys().
ServeOptions serve_options(const std::vector<std::pair<std::string, std::string>>& flags = {},
                           const std::string& config_file = {});

/// Methods may be called from any thread.
class Server {
 public:
  /// Errors: as start() where the options contradict each other.
  explicit Server(ServeOptions options);
  ~Server();  ///< as stop(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Finds the models, listens, and returns. Errors: kNotFound for models that are not there, kInvalidArgument for
  /// options that are not safe (another address than loopback without keys), kIo for a taken port (with its owner's
  /// name) and the like.
  void start();
  std::uint16_t port() const;                  ///< 0: it listens on no TCP port
  std::vector<std::string> addresses() const;  ///< "http://127.0.0.1:11434", "unix:/run/hearth.sock"

  /// Until stop() has ended, or the server has failed (then it throws why).
  void wait();
  /// Takes no more; what runs has so long to end and is then cancelled. Idempotent.
  void stop(std::chrono::milliseconds patience);
  /// New keys, hosts and origins that may call, certificates, limits of requests and connections, keep-alive, memory,
  /// max_loaded and log level hold from now on, the log's file is opened anew, and the disk is looked at again. All
  /// else (where it listens, what it offers, how models run, which log) stays as it was at the start; the log names
  /// what would be another now. Errors: as start(), and nothing has changed.
  void reload(const ServeOptions& options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hearth
