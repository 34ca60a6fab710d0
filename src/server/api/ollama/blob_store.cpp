#include "server/api/ollama/blob_store.h"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <system_error>
#include <utility>

#include "base/disk_full.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/system.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 64;
constexpr auto kKept = std::chrono::hours(24 * 7);
constexpr auto kYoung = std::chrono::hours(1);  // a model may be about to be made of it

/// Of a regular file, and not of what a symbolic link leads to: that is not ours.
std::optional<struct stat> status_of(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status;
}

bool is_blob(const fs::path& file) { return file.filename().string().starts_with("sha256-"); }

/// What put() writes where it cannot move a file.
bool is_copy(const fs::path& file) { return file.filename().string().starts_with(".sha256-"); }

}  // namespace

fs::path BlobStore::usual_folder() { return fs::path(paths().models_folder) / "blobs"; }

std::string BlobStore::digits_of(const std::string& digest, const std::string& param) {
  std::string digits = digest.starts_with("sha256:") || digest.starts_with("sha256-") ? digest.substr(7) : "";
  for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool good = digits.size() == kDigits && std::all_of(digits.begin(), digits.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  if (!good) {
    throw bad_field(param, fmt::format("{} is {}; it must be sha256: and 64 hexadecimal digits", param, quote(digest)));
  }
  return digits;
}

std::optional<fs::path> BlobStore::find(const std::string& digits) const {
  const fs::path path = folder_ / ("sha256-" + digits);
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return std::nullopt;
  fs::last_write_time(path, fs::file_time_type::clock::now(), failure);  // tidy() leaves it for another while
  return path;
}

void BlobStore::put(const std::string& digits, const fs::path& source, const HashProgress& progress) const {
  const std::string found = sha256_of_file(source, progress);
  if (found != digits) {
    throw bad_field("digest", fmt::format("what was sent has the digest sha256:{} and not sha256:{}", found, digits));
  }
  std::error_code failure;
  fs::create_directories(folder_, failure);
  if (failure) fail_io(folder_, "make this folder", failure);
  const fs::path target = folder_ / ("sha256-" + digits);
  fs::last_write_time(source, fs::file_time_type::clock::now(),
                      failure);  // its hour begins now, not with its last byte
  failure.clear();
  fs::rename(source, target, failure);
  if (!failure) return;
  static std::atomic<unsigned> count{0};
  const fs::path copy = folder_ / fmt::format(".sha256-{}-{}-{}", digits, ::getpid(), ++count);
  failure.clear();
  fs::copy_file(source, copy, failure);
  if (!failure) fs::rename(copy, target, failure);
  if (!failure) return;
  std::error_code ignored;
  fs::remove(copy, ignored);
  fail_io(target, "put the file there", failure);
}

void BlobStore::tidy() const {
  std::error_code failure;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    const auto written = fs::last_write_time(entry->path(), ignored);
    if (!ignored && now - written > kKept) fs::remove(entry->path(), ignored);
  }
}

std::vector<fs::path> BlobStore::links_of(const std::vector<std::string>& files) const {
  std::set<std::pair<dev_t, ino_t>> wanted;
  for (const std::string& file : files) {
    if (const auto status = status_of(file)) wanted.emplace(status->st_dev, status->st_ino);
  }
  std::vector<fs::path> links;
  std::error_code failure;
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (!is_blob(entry->path())) continue;
    const auto status = status_of(entry->path());
    if (status && wanted.contains({status->st_dev, status->st_ino})) links.push_back(entry->path());
  }
  return links;
}

PrunedBlobs BlobStore::prune() const {
  PrunedBlobs pruned;
  std::error_code failure;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (!is_blob(entry->path()) && !is_copy(entry->path())) continue;
    const auto status = status_of(entry->path());
    std::error_code ignored;
    const auto written = fs::last_write_time(entry->path(), ignored);
    if (!status || ignored || status->st_nlink != 1 || now - written < kYoung) continue;
    if (!fs::remove(entry->path(), ignored)) continue;
    ++pruned.count;
    pruned.bytes += static_cast<std::uint64_t>(status->st_size);
  }
  return pruned;
}

}  // namespace hearth
