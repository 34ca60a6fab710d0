// Names of one's own: aliases.json in the data folder.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/hub.h"
#include "hearth/system.h"
#include "hub/model_name.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFile = 1 << 20;

fs::path aliases_file() { return fs::path(paths().data_folder) / "aliases.json"; }

void save(const std::map<std::string, std::string>& aliases) {
  json::object object;
  for (const auto& [alias, target] : aliases) object[alias] = target;
  make_folders(aliases_file().parent_path());
  write_file_atomic(aliases_file(), json::serialize(object) + "\n");
}

}  // namespace

std::map<std::string, std::string> aliases() {
  std::map<std::string, std::string> aliases;
  std::error_code ignored;
  if (!fs::exists(aliases_file(), ignored)) return aliases;
  const json::value parsed = load_json(aliases_file(), kMaxFile);
  const JsonObject object(parsed, aliases_file().string());
  for (const auto& [alias, target] : object.raw()) aliases[alias] = object.require_string(alias);
  return aliases;
}

void set_alias(const std::string& alias, const std::string& target) {
  const std::size_t colon = alias.find(':');
  const std::string tag = colon == std::string::npos ? "x" : alias.substr(colon + 1);
  if (!is_plain_name(alias.substr(0, colon)) || !is_plain_name(tag)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is no name for a model", quote(alias)),
                "letters, digits, '.', '-' and '_', and perhaps ':' and a tag");
  }
  std::map<std::string, std::string> all = aliases();
  std::string end = target;
  for (std::size_t i = 0; i < all.size() && end != alias && all.contains(end); ++i) end = all.at(end);
  if (end == alias) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} would stand for itself", quote(alias)));
  }
  all[alias] = target;
  save(all);
}

bool remove_alias(const std::string& alias) {
  std::map<std::string, std::string> all = aliases();
  if (all.erase(alias) == 0) return false;
  save(all);
  return true;
}

}  // namespace hearth
