// A hub on 127.0.0.1 for tests: the routes, headers and redirects of Hugging Face's, in this process, with faults on
// demand. A second one plays the CDN that files are redirected to.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hearth::testing {

/// What the server shall do wrong. Counted faults are used up one request at a time.
struct Faults {
  int status = 0;                      ///< answer with this instead …
  int times = 0;                       ///< … so many times
  std::string error_code = {};         ///< X-Error-Code of that answer
  std::string retry_after = {};        ///< and its Retry-After
  int cut_times = 0;                   ///< break off so many file answers …
  std::uint64_t cut_after = 0;         ///< … after this many bytes
  std::uint64_t bytes_per_second = 0;  ///< of each connection; 0: as fast as it goes
  bool no_ranges = false;              ///< answer ranges with the whole file
  bool wrong_range = false;            ///< give other bytes than were asked for, and say so
  bool wrong_bytes = false;            ///< flip a bit
  int wrong_bytes_times = -1;          ///< only so many times; -1: always
  std::uint64_t extra_bytes = 0;       ///< send more than the Content-Length of the hub says
  std::uint64_t promised_bytes = 0;    ///< state a larger Content-Length than comes, and keep the connection
  bool no_length = false;              ///< state none
  bool short_file = false;             ///< the CDN has half of the file: ranges beyond get 416
  std::string redirect_to = {};        ///< where "resolve" leads, instead of the CDN
  bool stall = false;                  ///< take the request and say nothing
};

struct SeenRequest {
  std::string method, target, authorization, range, host;
};

class HubServer {
 public:
  HubServer();
  ~HubServer();
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  std::string address() const;  ///< "http://127.0.0.1:PORT"
  int port() const;

  /// Files of a repository, by name. `large`: stored as LFS (with SHA-256) and redirected to the CDN.
  void add(const std::string& repository, const std::string& file, std::string content, bool large = true);
  /// Any other path.
  void add_path(const std::string& target, std::string content);
  void set_cdn(const std::string& address);  ///< where large files are redirected to; default: this server itself
  void require_token(const std::string& repository, const std::string& token,
                     const std::string& error_code = "RepoNotFound");
  /// Replaces what the API says of a repository.
  void set_api_answer(const std::string& repository, std::string json);
  std::string api_answer(const std::string& repository) const;
  std::string commit(const std::string& repository) const;

  void set_faults(const Faults& faults);      ///< of the routes that give files
  void set_api_faults(const Faults& faults);  ///< of the API
  std::vector<SeenRequest> seen() const;
  std::uint64_t bytes_sent() const;  ///< of files
  void forget_seen();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hearth::testing
