#include "server/access/access_options.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "hearth/error.h"
#include "server/access/key_hash.h"

namespace hearth {
namespace {

constexpr std::pair<Scope, const char*> kScopes[] = {{Scope::kPublic, "public"}, {Scope::kAny, "any"},
                                                     {Scope::kChat, "chat"},     {Scope::kEmbed, "embed"},
                                                     {Scope::kManage, "manage"}, {Scope::kAdmin, "admin"}};

}  // namespace

Scope parse_scope(std::string_view name) {
  for (const auto& [scope, text] : kScopes) {
    if (scope != Scope::kPublic && scope != Scope::kAny && name == text) return scope;
  }
  throw Error(ErrorCode::kInvalidArgument, "a key's scope is " + quote(name),
              "the scopes are chat, embed, manage and admin");
}

const char* scope_name(Scope scope) {
  for (const auto& [value, text] : kScopes) {
    if (value == scope) return text;
  }
  return "unknown";
}

ApiKey make_api_key(std::string name, std::string_view secret, std::vector<Scope> scopes) {
  constexpr std::size_t kShortest = 16, kLongest = 512;
  if (secret.size() < kShortest || secret.size() > kLongest ||
      !std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    throw Error(ErrorCode::kInvalidArgument,
                "the API key " + quote(name) + " must be 16 to 512 characters of printable ASCII without blanks",
                "make one with 'openssl rand -hex 32'");
  }
  ApiKey key;
  key.name = std::move(name);
  key.sha256 = key_hash_hex(secret);
  key.scopes = std::move(scopes);
  return key;
}

bool Principal::may(Scope scope) const {
  if (!authenticated || scope == Scope::kPublic || scope == Scope::kAny) return true;
  return std::any_of(scopes.begin(), scopes.end(), [&](Scope own) { return own == scope || own == Scope::kAdmin; });
}

}  // namespace hearth
