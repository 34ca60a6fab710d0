// Whether a request may go on, decided from its head alone, before a byte of its body is read. It answers nothing
// itself. Used by the network's thread only; the leases that it gives out may be dropped anywhere.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/access_options.h"
#include "server/access/key_hash.h"
#include "server/access/token_bucket.h"
#include "server/http/http_request.h"

namespace hearth {

class AccessControl {
 public:
  using Clock = TokenBucket::Clock;

  /// `listening`: the addresses that are listened on; `names`: what this machine is called besides. Both as host_of()
  /// gives them. Errors: kInvalidArgument for a key's hash that is none, two keys of one name, a key without a scope.
  AccessControl(AccessOptions options, std::vector<std::string> listening, std::vector<std::string> names = {});

  /// Against DNS rebinding: a page whose name was pointed at this machine still sends its own name. `host`: the Host
  /// header, or nullptr; HTTP/1.0 may come without. Errors: HttpError 400, 403.
  void check_host(const std::string* host) const;

  /// A page that may not call here: not this machine's own, a program's, this server's or an allowed one. Errors:
  /// HttpError 403.
  void check_origin(const HttpRequest& request) const;
  /// The headers that let a page's script read the answer; none where the request has no Origin.
  std::vector<HttpHeader> cors_headers(const HttpRequest& request) const;
  /// The answer to a preflight, besides cors_headers(). `methods`: "GET, POST".
  std::vector<HttpHeader> preflight_headers(const HttpRequest& request, std::string_view methods) const;

  /// Fills in request.principal. `remote_address`: without the port. The lease counts as one running request of the
  /// key until it is dropped. Errors: HttpError 401 (no valid key), 403 (its scopes), 429 (its limits).
  std::shared_ptr<void> admit(HttpRequest& request, Scope scope, const std::string& remote_address,
                              Clock::time_point now);

  /// Who runs requests, or has used up a rate, has so under new rules too: keys of the same name and secret, and
  /// addresses.
  void take_over(const AccessControl& before, Clock::time_point now);

  const AccessOptions& options() const { return options_; }

 private:
  struct Key;
  bool answers_to(const std::string& name) const;
  Key* find_key(const HttpRequest& request) const;
  double address_rate() const;
  void limit_address(const std::string& remote_address, Clock::time_point now);

  AccessOptions options_;
  std::vector<std::string> listening_, names_;
  bool beyond_loopback_;
  std::vector<std::shared_ptr<Key>> keys_;
  std::map<std::string, TokenBucket> addresses_;
};

}  // namespace hearth
