// Who may do what over HTTP: API keys with scopes and limits, and the hosts and origins that are answered. Data only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// What a route asks of the key that calls it. kAdmin on a key stands for all.
enum class Scope : std::uint8_t {
  kPublic,  ///< no key at all (/health)
  kAny,     ///< any valid key (lists of models)
  kChat,    ///< generating text, tokenising
  kEmbed,   ///< embeddings, reranking
  kManage,  ///< pulling, creating, copying, deleting, loading and unloading models
  kAdmin    ///< metrics, configuration, stopping
};

/// "chat", "embed", "manage", "admin". Errors: kInvalidArgument for another name.
Scope parse_scope(std::string_view name);
const char* scope_name(Scope scope);

/// A key as it is kept: what was handed out is known by its hash only.
struct ApiKey {
  std::string name;                ///< for logs, metrics and limits; not secret
  std::string sha256;              ///< 64 hexadecimal digits
  std::vector<Scope> scopes;       ///< kChat … kAdmin
  double requests_per_minute = 0;  ///< 0: no limit of its own
  int max_concurrent = 0;          ///< running requests; 0: no limit
};

/// `secret` hashed. Errors: kInvalidArgument when it is shorter than 16 or longer than 512 characters or holds other
/// than printable ASCII without blanks.
ApiKey make_api_key(std::string name, std::string_view secret, std::vector<Scope> scopes);

struct AccessOptions {
  std::vector<ApiKey> keys;  ///< empty: no key is asked for, which is allowed on loopback or with `insecure`
  bool insecure = false;     ///< listen on other addresses than loopback without keys
  /// Names in Host that are answered besides those that AccessControl knows: "hearth.lan", "*.example.org"; "*": any.
  std::vector<std::string> allowed_hosts;
  /// Pages that may call besides loopback's own and programs': "https://app.example", "https://*.example"; "*": any.
  std::vector<std::string> allowed_origins;
  double requests_per_minute = 0;  ///< of callers without a key, per address; 0: no limit
};

/// Who sent a request.
struct Principal {
  bool authenticated = false;  ///< by a key
  std::string key_name;        ///< of that key
  std::vector<Scope> scopes;   ///< of that key

  /// Without keys configured everything is allowed.
  bool may(Scope scope) const;
};

}  // namespace hearth
