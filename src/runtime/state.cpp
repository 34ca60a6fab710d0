#include "runtime/state.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/json.h"
#include "base/unicode.h"
#include "hearth/error.h"
#include "hearth/hub.h"
#include "hearth/system.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxStateFile = 1 << 20;
constexpr std::string_view kLastModel = "last_model";
constexpr std::string_view kUsed = "used";
constexpr std::size_t kMostUsed = 500;  // paths that are remembered; the oldest goes first

json::object read_state() {
  try {
    const json::value state = load_json(paths().state_file, kMaxStateFile);
    if (const json::object* object = state.if_object()) return *object;
  } catch (const Error&) {
    // Missing, unreadable or damaged: it is written anew.
  }
  return {};
}

void write_state(const json::object& state) {
  const fs::path file = paths().state_file;
  std::error_code failure;
  const bool is_new = fs::create_directories(file.parent_path(), failure);
  if (failure) {
    throw Error(ErrorCode::kIo,
                fmt::format("{}: cannot make this folder: {}", file.parent_path().string(), failure.message()));
  }
  // What a person runs and says is nobody else's business on a shared machine.
  if (is_new) ::chmod(file.parent_path().c_str(), 0700);
  write_file_atomic(file, json::serialize(state) + "\n");
}

}  // namespace

std::optional<std::string> last_model() {
  const json::object state = read_state();
  const json::value* value = state.if_contains(kLastModel);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
  return std::string(value->get_string().c_str(), value->get_string().size());
}

std::map<std::string, std::int64_t> last_uses() {
  std::map<std::string, std::int64_t> uses;
  const json::object state = read_state();
  const json::value* used = state.if_contains(kUsed);
  if (used == nullptr || !used->is_object()) return uses;
  for (const auto& [path, time] : used->get_object()) {
    if (time.is_int64()) uses[std::string(path)] = time.get_int64();
  }
  return uses;
}

void note_model_used(const std::string& path) {
  try {
    std::error_code failure;
    const std::string absolute = fs::absolute(path, failure).lexically_normal().string();
    if (failure || !is_valid_utf8(absolute)) return;
    std::map<std::string, std::int64_t> uses = last_uses();
    uses[absolute] = static_cast<std::int64_t>(std::time(nullptr));
    while (uses.size() > kMostUsed) {
      uses.erase(
          std::min_element(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
    }
    json::object used;
    for (const auto& [model, time] : uses) used[model] = time;
    json::object state = read_state();
    state[kUsed] = std::move(used);
    write_state(state);
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a convenience, as the header says
  }
}

void remember_model(const std::string& path) {
  std::error_code failure;
  const std::string absolute = fs::absolute(path, failure).lexically_normal().string();
  // JSON cannot hold a path that is not UTF-8; such a one is not remembered rather than changed.
  if (failure || !is_valid_utf8(absolute)) return;
  json::object state = read_state();
  const json::value* before = state.if_contains(kLastModel);
  if (before != nullptr && before->is_string() && before->get_string() == absolute) return;
  state[kLastModel] = absolute;
  write_state(state);
}

}  // namespace hearth
