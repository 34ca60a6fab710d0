#include "server/api/ollama/blob_store.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/system.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 64;
constexpr auto kKept = std::chrono::hours(24 * 7);

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
  if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: {}", folder_.string(), failure.message()));
  const fs::path target = folder_ / ("sha256-" + digits);
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
  throw Error(ErrorCode::kIo, fmt::format("{}: {}", target.string(), failure.message()));
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

}  // namespace hearth
