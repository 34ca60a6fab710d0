#include "runtime/manager/model_overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "hearth/error.h"
#include "hub/model_name.h"
#include "hub/stores/folders.h"
#include "runtime/manager/file_state.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFile = 4 << 20;
constexpr std::size_t kMostMessages = 1000;
constexpr std::size_t kMostOverlays = 10'000;
constexpr std::string_view kEnding = ".json";

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

[[noreturn]] void fail_name(const std::string& text) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is no name for a model", quote(text)),
              "letters, digits, '.', '-' and '_', with up to two '/', and perhaps ':' and a tag");
}

[[noreturn]] void fail_field(const std::string& name, const std::string& problem) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, problem));
}

void check_text(const std::string& name, const char* field, const std::string& text) {
  if (!is_valid_utf8(text)) fail_field(name, fmt::format("{} is not UTF-8", field));
}

void check(const ModelOverlay& overlay) {
  const std::string& name = overlay.name;
  json::value parameters;
  try {
    parameters = parse_json(overlay.parameters_json, "parameters");
  } catch (const Error& error) {
    fail_field(name, error.message());
  }
  if (!parameters.is_object()) fail_field(name, "parameters must be an object");
  if (overlay.system) check_text(name, "system", *overlay.system);
  if (overlay.chat_template) {
    check_text(name, "template", *overlay.chat_template);
    try {
      ChatTemplate::parse(*overlay.chat_template, "template");
    } catch (const Error& error) {
      const bool is_go = overlay.chat_template->find("{{ .") != std::string::npos ||
                         overlay.chat_template->find("{{.") != std::string::npos;
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, error.message()),
                  is_go ? "Hearth reads templates in Jinja, not in Go's language; the model below brings its own"
                        : "templates are written in Jinja");
    }
  }
  if (overlay.messages.size() > kMostMessages) fail_field(name, fmt::format("more than {} messages", kMostMessages));
  for (const ChatMessage& message : overlay.messages) {
    check_text(name, "a message", message.role + message.content + message.reasoning + message.name);
    check_text(name, "a message", message.tool_calls_json + message.tool_call_id);
  }
  for (const std::string& license : overlay.license) check_text(name, "license", license);
}

json::object message_json(const ChatMessage& message) {
  json::object object{{"role", message.role}, {"content", message.content}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) object[key] = value;
  };
  add("reasoning", message.reasoning);
  add("tool_calls_json", message.tool_calls_json);
  add("tool_call_id", message.tool_call_id);
  add("name", message.name);
  return object;
}

std::string to_text(const ModelOverlay& overlay) {
  json::object object{{"name", overlay.name}, {"from", overlay.from}, {"modified", overlay.modified}};
  if (overlay.system) object["system"] = *overlay.system;
  if (overlay.chat_template) object["template"] = *overlay.chat_template;
  object["parameters"] = parse_json(overlay.parameters_json, "parameters");
  json::array messages;
  for (const ChatMessage& message : overlay.messages) messages.push_back(message_json(message));
  object["messages"] = std::move(messages);
  json::array license;
  for (const std::string& text : overlay.license) license.emplace_back(text);
  object["license"] = std::move(license);
  return json::serialize(object) + "\n";
}

ModelOverlay from_json(const json::value& value, const std::string& what) {
  const JsonObject object(value, what);
  ModelOverlay overlay;
  overlay.name = overlay_name(object.require_string("name"));
  overlay.from = object.require_string("from");
  overlay.modified = object.integer("modified").value_or(0);
  overlay.system = object.string("system");
  overlay.chat_template = object.string("template");
  if (const json::value* parameters = object.find("parameters")) overlay.parameters_json = json::serialize(*parameters);
  if (const json::array* messages = object.array("messages")) {
    for (const json::value& one : *messages) {
      const JsonObject message(one, what);
      const auto text = [&](const char* key) { return message.string(key).value_or(""); };
      overlay.messages.push_back({text("role"), text("content"), text("reasoning"), text("tool_calls_json"),
                                  text("tool_call_id"), text("name")});
    }
  }
  if (const json::array* license = object.array("license")) {
    for (const json::value& text : *license) {
      if (!text.is_string()) object.fail("license", "holds something that is no text");
      overlay.license.emplace_back(text.get_string());
    }
  }
  check(overlay);
  return overlay;
}

/// Neither '+' nor '@' occurs in a name, so no two names have one file.
std::string file_name(std::string name) {
  for (char& c : name) {
    if (c == '/') c = '+';
    if (c == ':') c = '@';
  }
  return lower(std::move(name)) + std::string(kEnding);
}

}  // namespace

std::string overlay_name(const std::string& text) {
  const std::size_t slash = text.rfind('/');
  const std::size_t colon = text.find(':', slash == std::string::npos ? 0 : slash);
  const std::string tag = colon == std::string::npos ? "latest" : text.substr(colon + 1);
  const std::string path = text.substr(0, colon);
  if (!is_plain_name(tag) || text.size() > 200 || std::count(path.begin(), path.end(), '/') > 2) fail_name(text);
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (!is_plain_name(path.substr(start, end - start))) fail_name(text);
    start = end + 1;
  }
  return path + ":" + tag;
}

OverlayStore::OverlayStore(fs::path folder) : folder_(std::move(folder)) {}

bool means_overlay(const std::string& id, const std::string& name) {
  try {
    return lower(overlay_name(id)) == lower(name);
  } catch (const Error&) {
    return false;  // no overlay can be called like that
  }
}

fs::path OverlayStore::file_of(const std::string& name) const { return folder_ / file_name(overlay_name(name)); }

std::shared_ptr<const ModelOverlay> OverlayStore::read(const fs::path& file) const {
  const auto state = file_state({file.string()});
  const std::lock_guard lock(mutex_);
  if (!state) {
    cache_.erase(file.string());
    return nullptr;
  }
  Cached& cached = cache_[file.string()];
  if (cached.files_state == *state) return cached.overlay;
  cached.files_state = *state;
  cached.overlay = nullptr;
  try {
    cached.overlay = std::make_shared<const ModelOverlay>(from_json(load_json(file, kMaxFile), file.string()));
  } catch (
      const Error&) {  // NOLINT(bugprone-empty-catch): a damaged file is no model, and the others are not to suffer
  }
  return cached.overlay;
}

std::vector<ModelOverlay> OverlayStore::all() const {
  std::vector<ModelOverlay> overlays;
  for (const std::string& name : names_in(folder_, kMostOverlays)) {
    if (!name.ends_with(kEnding)) continue;
    const auto overlay = read(folder_ / name);
    if (overlay && file_name(overlay->name) == name) overlays.push_back(*overlay);
  }
  std::sort(overlays.begin(), overlays.end(),
            [](const ModelOverlay& a, const ModelOverlay& b) { return a.name < b.name; });
  return overlays;
}

std::shared_ptr<const ModelOverlay> OverlayStore::find(const std::string& name) const {
  try {
    return read(file_of(name));
  } catch (const Error&) {
    return nullptr;
  }
}

void OverlayStore::put(ModelOverlay overlay) {
  overlay.name = overlay_name(overlay.name);
  overlay.modified = static_cast<std::int64_t>(std::time(nullptr));
  check(overlay);
  const std::string text = to_text(overlay);
  if (text.size() > kMaxFile) fail_field(overlay.name, fmt::format("more than {} bytes to keep", kMaxFile));
  make_folders(folder_);
  write_file_atomic(file_of(overlay.name), text);
}

bool OverlayStore::remove(const std::string& name) {
  if (!find(name)) return false;
  const fs::path file = file_of(name);
  std::error_code failure;
  fs::remove(file, failure);
  if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: cannot remove it: {}", file.string(), failure.message()));
  return true;
}

}  // namespace hearth
