#include "server/access/access_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>

#include "base/quote.h"
#include "server/access/host_name.h"
#include "server/access/page_origin.h"
#include "server/http/error_answer.h"

namespace hearth {
namespace {

[[noreturn]] void refuse(int status, std::string message, std::string hint = {}, int retry_after = 0,
                         std::string code = {}) {
  throw HttpError(ErrorCode::kInvalidArgument, std::move(message),
                  {.status = status, .type = {}, .param = {}, .code = std::move(code), .retry_after = retry_after},
                  std::move(hint));
}

bool matches_any(std::string_view text, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_wildcard(text, pattern); });
}

bool is_any_of(std::string_view text, const std::vector<std::string>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Enough for every name and origin that is one: the hint can then be used as it stands.
constexpr std::size_t kQuoted = 300;

/// Only what is an origin stands in the flag, so that nothing else gets into somebody's shell from here.
std::string how_to_allow_origin(const std::string& origin) {
  if (origin == "null")
    return "any page can send that, and --allow-origin 'null' (serve.allow_origins) would let all in";
  if (!parse_origin(origin)) return "that is no origin; only --allow-origin '*' (serve.allow_origins) would let it in";
  return "to let them, start the server with --allow-origin " + quote(origin, kQuoted) +
         ", or set serve.allow_origins in the configuration";
}

/// "3 requests a minute"
std::string per_minute_text(double per_minute) {
  return fmt::format("{:.6g} {} a minute", per_minute, per_minute == 1 ? "request" : "requests");
}

/// The key as a client may send it: OpenAI's and Ollama's clients by Authorization, Anthropic's by x-api-key, Azure's
/// by api-key.
std::string_view sent_key(const HttpRequest& request) {
  if (const std::string* value = request.header("Authorization")) {
    constexpr std::string_view kBearer = "bearer ";
    const bool bearer = value->size() > kBearer.size() &&
                        std::equal(kBearer.begin(), kBearer.end(), value->begin(),
                                   [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (bearer) {
      std::string_view key = std::string_view(*value).substr(kBearer.size());
      key.remove_prefix(std::min(key.find_first_not_of(' '), key.size()));
      return key;
    }
  }
  for (const char* name : {"x-api-key", "api-key"}) {
    if (const std::string* value = request.header(name)) return *value;
  }
  return {};
}

}  // namespace

struct AccessControl::Key {
  ApiKey key;
  KeyHash hash;
  std::optional<TokenBucket> bucket;
  std::shared_ptr<std::atomic<int>> running = std::make_shared<std::atomic<int>>(0);
};

AccessControl::AccessControl(AccessOptions options, std::vector<std::string> listening, std::vector<std::string> names)
    : options_(std::move(options)),
      listening_(std::move(listening)),
      names_(std::move(names)),
      beyond_loopback_(!std::all_of(listening_.begin(), listening_.end(), is_loopback_name)) {
  std::set<std::string> key_names;
  for (const ApiKey& key : options_.keys) {
    const std::string what = "the API key " + quote(key.name);
    if (!key_names.insert(key.name).second) throw Error(ErrorCode::kInvalidArgument, what + " is there twice");
    if (key.scopes.empty()) {
      throw Error(ErrorCode::kInvalidArgument, what + " has no scope", "the scopes are chat, embed, manage and admin");
    }
    if (!(key.requests_per_minute >= 0) || key.max_concurrent < 0) {
      throw Error(ErrorCode::kInvalidArgument, what + " has a limit below 0", "0 means no limit");
    }
    auto entry = std::make_shared<Key>();
    entry->key = key;
    entry->hash = parse_key_hash(key.sha256, what);
    if (key.requests_per_minute > 0) entry->bucket.emplace(key.requests_per_minute, Clock::now());
    keys_.push_back(std::move(entry));
  }
  if (!(options_.requests_per_minute >= 0)) {
    throw Error(ErrorCode::kInvalidArgument, "the requests per minute are below 0", "0 means no limit");
  }
}

/// Whether a page that somebody else wrote cannot be at `name`. Its own name must be in the public DNS, since the
/// browser has to find it there first; so every rule here stands for names that nobody can have there.
bool AccessControl::answers_to(const std::string& name) const {
  if (is_loopback_name(name) || is_any_of(name, listening_) || matches_any(name, options_.allowed_hosts)) return true;
  // The machine's own name: bare, it is in no public DNS; with a domain, it is its owner's to point anywhere.
  if (is_any_of(name, names_)) return true;
  // host.docker.internal, box.local: what no site can be called. Only who answers names inside this very network (mDNS,
  // its resolver) could point one here; whom not to trust there is told by keys, not by names.
  if (is_reserved_name(name)) return true;
  if (!beyond_loopback_) return false;
  // An address cannot be pointed at another machine as a name can.
  if (is_ip_address(name)) return true;
  // A service of a compose file, a machine of this network. In the public DNS a name without a dot would be a whole
  // top-level domain: a registry's, and never a site's.
  return name.find('.') == std::string::npos;
}

void AccessControl::check_host(const std::string* host) const {
  if (host == nullptr) return;
  const std::optional<std::string> name = host_of(*host);
  if (!name) refuse(400, "the Host header " + quote(*host) + " is no host name");
  // Rebinding borrows the place of the browser, not what it knows: a page under a name of its own has no key, and
  // without one it sees what every caller sees. So names need no list where keys are asked for and others may call: a
  // service of a compose file and a reverse proxy have names that cannot be known here.
  if (beyond_loopback_ && !keys_.empty()) return;
  if (answers_to(*name)) return;
  const std::string quoted = quote(*name, kQuoted);
  refuse(403, "requests for the host " + quoted + " are not answered here",
         "to answer them, start the server with --allow-host " + quoted +
             ", or set serve.allow_hosts in the configuration",
         0, "host_not_allowed");
}

void AccessControl::check_origin(const HttpRequest& request) const {
  const std::string* origin = request.header("Origin");
  if (origin == nullptr) {
    // Images, scripts and the like of other pages come without Origin; browsers mark them so.
    const std::string* site = request.header("Sec-Fetch-Site");
    const std::string* mode = request.header("Sec-Fetch-Mode");
    if (site != nullptr && *site == "cross-site" && (mode == nullptr || *mode != "navigate") &&
        !matches_any("*", options_.allowed_origins)) {
      refuse(403, "another site's page may not ask here",
             "it does not say which; only --allow-origin '*' (serve.allow_origins) would let it", 0,
             "origin_not_allowed");
    }
    return;
  }
  if (matches_any(*origin, options_.allowed_origins)) return;
  if (const auto page = parse_origin(*origin)) {
    if (is_program_origin(*page)) return;
    const bool is_web = page->scheme == "http" || page->scheme == "https";
    const std::optional<std::string> name = is_web ? host_of(page->authority) : std::nullopt;
    if (name && is_loopback_name(*name)) return;
    // The page that this server itself delivered; its Host was checked already, or it has no key.
    const std::string* host = request.header("Host");
    if (name && host != nullptr && *host == page->authority) return;
  }
  refuse(403, "pages of the origin " + quote(*origin) + " may not call here", how_to_allow_origin(*origin), 0,
         "origin_not_allowed");
}

std::vector<HttpHeader> AccessControl::cors_headers(const HttpRequest& request) const {
  const std::string* origin = request.header("Origin");
  if (origin == nullptr) return {};
  return {{"Access-Control-Allow-Origin", *origin},
          {"Vary", "Origin"},
          {"Access-Control-Expose-Headers", "X-Request-Id, Retry-After"}};
}

std::vector<HttpHeader> AccessControl::preflight_headers(const HttpRequest& request, std::string_view methods) const {
  std::vector<HttpHeader> headers = {{"Access-Control-Allow-Methods", std::string(methods)},
                                     {"Access-Control-Max-Age", "600"}};
  // Whatever a client library of the page adds (x-stainless-…) is harmless: the origin decided already.
  if (const std::string* asked = request.header("Access-Control-Request-Headers")) {
    headers.push_back({"Access-Control-Allow-Headers", *asked});
  }
  if (request.header("Access-Control-Request-Private-Network") != nullptr) {
    headers.push_back({"Access-Control-Allow-Private-Network", "true"});
  }
  return headers;
}

AccessControl::Key* AccessControl::find_key(const HttpRequest& request) const {
  const std::string_view sent = sent_key(request);
  constexpr std::size_t kLongest = 4096;
  if (sent.empty() || sent.size() > kLongest) return nullptr;
  const KeyHash hash = key_hash(sent);
  Key* found = nullptr;
  for (const auto& key : keys_) {  // all of them, so that the time says nothing about which one it was
    if (same_hash(key->hash, hash)) found = key.get();
  }
  return found;
}

std::shared_ptr<void> AccessControl::admit(HttpRequest& request, Scope scope, const std::string& remote_address,
                                           Clock::time_point now) {
  Key* key = keys_.empty() ? nullptr : find_key(request);
  if (key == nullptr) {
    if (scope != Scope::kPublic) limit_address(remote_address, now);
    if (keys_.empty() || scope == Scope::kPublic) return nullptr;
    const bool sent = !sent_key(request).empty();
    refuse(401, sent ? "the API key is not known here" : "this server asks for an API key",
           sent ? "" : "send it as 'Authorization: Bearer KEY'", 0, "invalid_api_key");
  }
  request.principal = {true, key->key.name, key->key.scopes};
  if (!request.principal.may(scope)) {
    refuse(403, "the API key " + quote(key->key.name) + " may not do this: it lacks the scope " + scope_name(scope), {},
           0, "insufficient_scope");
  }
  if (scope == Scope::kPublic) return nullptr;
  if (key->bucket) {
    if (const int wait = key->bucket->take(now)) {
      refuse(429,
             "the API key " + quote(key->key.name) + " may send " + per_minute_text(key->key.requests_per_minute) +
                 " and has sent them faster",
             {}, wait, "rate_limit_exceeded");
    }
  }
  if (key->key.max_concurrent != 0 && key->running->load() >= key->key.max_concurrent) {
    refuse(429, "the API key " + quote(key->key.name) + " has as many requests running as it may", {}, 1,
           "concurrency_limit_exceeded");
  }
  key->running->fetch_add(1);  // also without a limit: new rules may bring one
  return {nullptr, [running = key->running](void*) { running->fetch_sub(1); }};
}

void AccessControl::take_over(const AccessControl& before, Clock::time_point now) {
  for (const auto& key : keys_) {
    for (const auto& old : before.keys_) {
      if (old->key.name != key->key.name || !same_hash(old->hash, key->hash)) continue;
      key->running = old->running;
      if (key->bucket && old->bucket) key->bucket->take_over(*old->bucket, now);
    }
  }
  const double per_minute = address_rate();
  if (per_minute == 0) return;
  for (const auto& [address, bucket] : before.addresses_) {
    addresses_.try_emplace(address, per_minute, now).first->second.take_over(bucket, now);
  }
}

/// Requests per minute of an address that sends no valid key; 0: no limit.
double AccessControl::address_rate() const {
  // With keys, addresses without a valid one are limited in any case: guessing must not be cheap.
  constexpr double kGuesses = 120;
  if (options_.requests_per_minute > 0) return options_.requests_per_minute;
  return keys_.empty() ? 0 : kGuesses;
}

void AccessControl::limit_address(const std::string& remote_address, Clock::time_point now) {
  const double per_minute = address_rate();
  if (per_minute == 0) return;
  constexpr std::size_t kMostAddresses = 10'000;
  if (addresses_.size() >= kMostAddresses) {
    std::erase_if(addresses_, [&](auto& entry) { return entry.second.is_full(now); });
    if (addresses_.size() >= kMostAddresses) addresses_.clear();  // forgetting is better than growing or refusing all
  }
  TokenBucket& bucket = addresses_.try_emplace(remote_address, per_minute, now).first->second;
  if (const int wait = bucket.take(now)) {
    refuse(429, "this address may send " + per_minute_text(per_minute) + " and has sent them faster", {}, wait,
           "rate_limit_exceeded");
  }
}

}  // namespace hearth
