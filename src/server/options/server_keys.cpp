// The file of API keys. Errors name lines and keys and never what stands in a secret.
#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/quote.h"
#include "hearth/server.h"
#include "server/access/access_options.h"

namespace hearth {
namespace {

constexpr std::uint64_t kMaxFile = 1 << 20;

[[noreturn]] void fail(const std::string& path, const toml::node& node, const std::string& problem,
                       std::string hint = {}) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} line {}: {}", path, node.source().begin.line, problem),
              std::move(hint));
}

std::string text_of(const std::string& path, std::string_view key, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) fail(path, node, fmt::format("{} must be a text", key));
  return text->get();
}

double number_of(const std::string& path, std::string_view key, const toml::node& node, double most) {
  const auto number = node.value<double>();
  if (!node.is_number() || !number || !(*number >= 0) || *number > most) {
    fail(path, node, fmt::format("{} must be a number from 0 to {}", key, most));
  }
  return *number;
}

std::vector<std::string> scopes_of(const std::string& path, const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr) fail(path, node, "scopes must be a list", R"(as in scopes = ["chat", "embed"])");
  if (array->empty()) {
    fail(path, node, "a key without a scope may do nothing", "the scopes are chat, embed, manage and admin");
  }
  std::vector<std::string> scopes;
  for (const toml::node& one : *array) {
    scopes.push_back(text_of(path, "a scope", one));
    try {
      (void)parse_scope(scopes.back());
    } catch (const Error& error) {
      fail(path, one, error.message(), error.hint());
    }
  }
  return scopes;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

ServerKey key_of(const std::string& path, const toml::table& table) {
  ServerKey key;
  for (const auto& [toml_name, node] : table) {
    const std::string_view name = toml_name.str();
    if (name == "name") {
      key.name = text_of(path, name, node);
    } else if (name == "secret") {
      key.secret = text_of(path, name, node);
    } else if (name == "sha256") {
      key.sha256 = text_of(path, name, node);
      if (!is_sha256(key.sha256)) fail(path, node, "sha256 must be 64 hexadecimal digits");
      for (char& c : key.sha256) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (name == "scopes") {
      key.scopes = scopes_of(path, node);
    } else if (name == "requests_per_minute") {
      key.requests_per_minute = number_of(path, name, node, 1e9);
    } else if (name == "max_concurrent") {
      key.max_concurrent = static_cast<int>(number_of(path, name, node, 1e6));
    } else {
      fail(path, node, fmt::format("a key has no {}", quote(name)),
           "it has name, secret or sha256, scopes, requests_per_minute and max_concurrent");
    }
  }
  if (key.name.empty()) fail(path, table, "a key needs a name");
  if (key.secret.empty() == key.sha256.empty()) {
    fail(path, table, fmt::format("the key {} needs a secret or its sha256, and not both", quote(key.name)));
  }
  return key;
}

/// A secret alone, as container secrets are: one line without blanks, '=' only at its end (base64).
bool is_secret_alone(const std::string& text) {
  const std::string_view line(text.data(), text.find_last_not_of("=\r\n") + 1);
  return !line.empty() && !line.starts_with('#') && line.find_first_of(" \t\r\n=[]\"'") == std::string_view::npos;
}

}  // namespace

std::vector<ServerKey> read_server_keys(const std::string& path) {
  const std::string text = read_file(path, kMaxFile);
  struct stat status = {};
  // That others may only read it is bad enough, but it is how containers mount secrets.
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: everybody on this machine can change the keys", path),
                fmt::format("chmod 600 {}", path));
  }
  if (is_secret_alone(text)) {
    ServerKey key;
    key.name = std::filesystem::path(path).stem().string();
    key.secret = text.substr(0, text.find_last_not_of("\r\n") + 1);
    return {key};
  }
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& failure) {
    // toml++ quotes what it stumbles over, and that may be a secret.
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} line {}: this is no TOML", path, failure.source().begin.line),
                "tables [[key]] with name, secret and scopes; see docs/serve.md");
  }
  std::vector<ServerKey> keys;
  std::set<std::string> names;
  for (const auto& [toml_name, node] : table) {
    const auto* list = node.as_array();
    if (toml_name.str() != "key" || list == nullptr || !list->is_array_of_tables()) {
      fail(path, node, "only tables [[key]] may stand here");
    }
    for (const toml::node& one : *list) {
      keys.push_back(key_of(path, *one.as_table()));
      if (!names.insert(keys.back().name).second) {
        fail(path, one, fmt::format("two keys are called {}", quote(keys.back().name)));
      }
    }
  }
  if (keys.empty()) throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: no key is in it", path));
  return keys;
}

}  // namespace hearth
