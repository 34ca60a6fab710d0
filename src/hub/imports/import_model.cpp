#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "base/disk_full.h"
#include "base/quote.h"
#include "hearth/convert.h"
#include "model/loaded_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 128;

/// A name is a path component and must not be able to be anything else.
void check_name(const std::string& name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == ':';
  };
  const bool good = !name.empty() && name.size() <= kLongestName &&
                    std::isalnum(static_cast<unsigned char>(name[0])) != 0 &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (good) return;
  throw Error(
      ErrorCode::kInvalidArgument, fmt::format("{} is no name for a model", quote(name)),
      fmt::format("use a letter or digit, then letters, digits, '.', '_', '-' and ':', {} at most", kLongestName));
}

[[noreturn]] void fail(const fs::path& path, const char* what, const std::error_code& error) {
  fail_io(path, what, error);
}

/// Copies beside the place it shall have, so that a copy that is cut off never has the name.
void place(const fs::path& source, const fs::path& target, ImportMode mode) {
  std::error_code error;
  switch (mode) {
    case ImportMode::kLink:
      fs::create_symlink(source, target, error);
      if (error) fail(target, "make a link there", error);
      return;
    case ImportMode::kMove:
      fs::rename(source, target, error);
      if (!error) return;
      [[fallthrough]];  // another file system: copy, then remove
    case ImportMode::kCopy:
      error.clear();
      fs::copy(source, target, fs::copy_options::recursive, error);
      if (error) fail(target, "copy the model there", error);
      if (mode == ImportMode::kMove) fs::remove_all(source, error);
      return;
  }
}

}  // namespace

std::string import_model(const std::string& path, const std::string& name, const std::string& models_folder,
                         ImportMode mode, bool replace) {
  check_name(name);
  static_cast<void>(load_model(path, LoadDepth::kDescription));  // says what is wrong with it before it has a name
  std::error_code error;
  const fs::path given = hf_folder_of(path).value_or(path);
  const fs::path source = fs::weakly_canonical(given, error);
  if (error) fail(given, "find it", error);

  const fs::path folder = fs::path(models_folder) / "imported";
  const fs::path target = folder / (fs::is_directory(source) ? name : name + ".gguf");
  const fs::path other = folder / (fs::is_directory(source) ? name + ".gguf" : name);
  for (const fs::path& taken : {target, other}) {
    if (fs::exists(fs::symlink_status(taken, error)) && !replace) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("the name {} is taken: {}", quote(name), taken.string()),
                  "choose another name, or add --force");
    }
  }
  fs::create_directories(folder, error);
  if (error) fail(folder, "make this folder", error);
  const fs::path temporary = folder / fmt::format(".{}.importing", name);
  fs::remove_all(temporary, error);
  try {
    place(source, temporary, mode);
    fs::remove_all(other, error);
    if (fs::is_directory(fs::symlink_status(target, error)))
      fs::remove_all(target, error);  // rename replaces files only
    fs::rename(temporary, target, error);
    if (error) fail(target, "give the model its name", error);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
  return target.string();
}

}  // namespace hearth
