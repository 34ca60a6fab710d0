// Where models lie on this machine and how the hub is reached.
#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "base/file.h"
#include "hearth/error.h"
#include "hearth/system.h"
#include "hub/download/url.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTokenFile = 4096;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path home() {
  const std::string home = variable("HOME");
  return home.starts_with('/') ? fs::path(home) : fs::path("/");
}

fs::path cache_home() {
  const std::string xdg = variable("XDG_CACHE_HOME");
  return xdg.starts_with('/') ? fs::path(xdg) : home() / ".cache";
}

std::string trimmed(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  while (!text.empty() && is_space(text.front())) text.erase(0, 1);
  return text;
}

fs::path hf_home() {
  const std::string set = variable("HF_HOME");
  return set.empty() ? cache_home() / "huggingface" : fs::path(set);
}

std::string hub_token() {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (std::string token = trimmed(variable(name)); !token.empty()) return token;
  }
  const std::string set = variable("HF_TOKEN_PATH");
  try {
    return trimmed(read_file(set.empty() ? hf_home() / "token" : fs::path(set), kMaxTokenFile));
  } catch (const Error&) {
    return "";
  }
}

bool is_true(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text == "1" || text == "TRUE" || text == "YES" || text == "ON";  // as huggingface_hub has it
}

/// Folders between ':'.
std::vector<fs::path> folder_list(const std::string& text) {
  std::vector<fs::path> folders;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(':', start), text.size());
    const std::string one = text.substr(start, end - start);
    if (one.starts_with("~/")) {
      folders.push_back(home() / one.substr(2));
    } else if (!one.empty()) {
      folders.emplace_back(one);
    }
    start = end + 1;
  }
  return folders;
}

}  // namespace

LibraryPlaces library_places() {
  const Paths own = paths();
  LibraryPlaces places;
  places.hub_cache = own.hub_folder;
  places.models_folder = own.models_folder;
  places.data_folder = own.data_folder;
  places.config_folder = fs::path(own.config_file).parent_path();
  if (const std::string set = variable("OLLAMA_MODELS"); !set.empty()) places.ollama.emplace_back(set);
  // Of the person, and of the service that its installer sets up.
  places.ollama.push_back(home() / ".ollama/models");
  places.ollama.emplace_back("/usr/share/ollama/.ollama/models");
  places.ollama.emplace_back("/var/lib/ollama/.ollama/models");
  places.lmstudio = {home() / ".lmstudio/models", cache_home() / "lm-studio/models"};
  const std::string llama_cache = variable("LLAMA_CACHE");
  places.llama_cpp = {llama_cache.empty() ? cache_home() / "llama.cpp" : fs::path(llama_cache)};
  if (const auto setting = find_setting(settings(), "model_folders")) places.folders = folder_list(setting->value);
  return places;
}

HubConnection hub_connection() {
  HubConnection hub;
  if (std::string endpoint = variable("HF_ENDPOINT"); !endpoint.empty()) {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!parse_url(endpoint)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("HF_ENDPOINT is '{}'; it must be an http or https address", endpoint),
                  "unset it for huggingface.co");
    }
    hub.endpoint = endpoint;
  }
  hub.token = hub_token();
  hub.offline = is_true(variable("HF_HUB_OFFLINE"));
  return hub;
}

}  // namespace hearth
