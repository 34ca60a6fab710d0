#include "model/packing/packed_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "base/digest.h"
#include "base/file_stamp.h"
#include "hearth/error.h"
#include "kernels/packed_layout.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPacked = ".packed";
constexpr std::string_view kSeen = ".seen";
constexpr std::size_t kSampleBytes = 256;
constexpr std::size_t kMostSeen = 32;                         // copies of one model that are remembered
constexpr std::uint64_t kLeaveFree = std::uint64_t{1} << 30;  // of the disk, for others
constexpr std::chrono::hours kAbandoned{1};                   // a half-written file that nobody wrote to for so long

std::string key_of(std::span<const Tensor> sources) {
  Digest digest(Digest::kSha256);
  digest.add(fmt::format("{} {}\n", kPackedLayoutVersion, sources.size()));
  for (const Tensor& source : sources) {
    digest.add(fmt::format("{} {}\n", dtype_name(source.dtype), source.shape.to_string()));
    const std::size_t size = source.bytes();
    const std::size_t sample = std::min(size, kSampleBytes);
    digest.add({reinterpret_cast<const char*>(source.data) + (size - sample) / 2, sample});
  }
  return digest.hex().substr(0, 32);
}

/// The files that the sources lie in; nothing where one lies elsewhere.
std::optional<std::string> stamps_of(std::span<const Tensor> sources) {
  std::set<FileStamp> stamps;
  for (const Tensor& source : sources) {
    const auto stamp = stamp_of_mapping(source.data);
    if (!stamp) return std::nullopt;
    stamps.insert(*stamp);
  }
  std::string text = "source";
  for (const FileStamp& stamp : stamps) text += " " + stamp.to_text();
  return text;
}

std::string packed_line(const fs::path& path) {
  const auto stamp = FileStamp::of(path);
  return stamp ? "packed " + stamp->to_text() : "";
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::vector<std::string> lines;
  try {
    const std::string text = read_file(path, 1 << 16);
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
      lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): without it everything is checked
  }
  return lines;
}

fs::path seen_path(const fs::path& packed) { return fs::path(packed).replace_extension(kSeen); }

/// Writes which files need no check next time; a failure only costs the check.
void remember(const fs::path& packed, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  try {
    write_file_atomic(seen_path(packed), text);
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace

std::shared_ptr<const PackedFile> PackedCache::get(std::span<const Tensor> sources) {
  const fs::path path = folder_ / (key_of(sources) + std::string(kPacked));
  const auto before = FileStamp::of(path);
  if (auto found = find(path, sources)) return found;

  std::error_code failure;
  fs::create_directories(folder_, failure);
  if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: {}", folder_.string(), failure.message()));
  remove_leftovers();
  const std::uint64_t bytes = PackedFile::bytes_for(sources);
  // Damaged, or for other weights; but not what somebody else has made meanwhile and is about to open.
  if (before && FileStamp::of(path) == before) fs::remove(path, failure);
  make_room(bytes);
  PackedFile::write(path, sources, threads_);
  auto made = PackedFile::open(path, sources);
  std::vector<std::string> lines = {packed_line(path)};
  if (const auto stamps = stamps_of(sources)) lines.push_back(*stamps);
  remember(path, lines);
  return made;
}

std::shared_ptr<const PackedFile> PackedCache::find(const fs::path& path, std::span<const Tensor> sources) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return nullptr;
  std::shared_ptr<const PackedFile> file;
  try {
    file = PackedFile::open(path, sources);
  } catch (const Error&) {
    return nullptr;
  }
  const std::string packed = packed_line(path);
  const auto stamps = stamps_of(sources);
  std::vector<std::string> seen = read_lines(seen_path(path));
  const bool undamaged = !seen.empty() && seen.front() == packed;
  const bool known = stamps && std::find(seen.begin(), seen.end(), *stamps) != seen.end();
  if (undamaged && known) {
    fs::last_write_time(seen_path(path), fs::file_time_type::clock::now(), ignored);
    return file;
  }
  if (!undamaged && !file->is_undamaged(threads_)) return nullptr;
  if (!known && hash_weights(sources, threads_) != file->source_hash()) return nullptr;
  if (seen.empty()) seen.emplace_back();
  seen.front() = packed;
  if (stamps && !known) seen.push_back(*stamps);
  if (seen.size() > kMostSeen) seen.erase(seen.begin() + 1);
  remember(path, seen);
  return file;
}

std::vector<PackedCache::Packed> PackedCache::files() const {
  std::vector<Packed> all;
  std::error_code failure;
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (entry->path().extension() != kPacked) continue;
    std::error_code ignored;
    const std::uint64_t bytes = entry->file_size(ignored);
    if (ignored) continue;  // gone meanwhile
    auto used = fs::last_write_time(seen_path(entry->path()), ignored);
    if (ignored) used = fs::last_write_time(entry->path(), ignored);
    all.push_back({entry->path(), bytes, used});
  }
  std::sort(all.begin(), all.end(), [](const Packed& a, const Packed& b) { return a.used < b.used; });
  return all;
}

/// Removes the least recently used files until `bytes` more fit.
void PackedCache::make_room(std::uint64_t bytes) {
  if (bytes > max_bytes_) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: packed weights of {} bytes exceed the bound of {}", folder_.string(), bytes, max_bytes_),
        "raise the setting packed_gib");
  }
  std::vector<Packed> all = files();
  std::uint64_t used = 0;
  for (const Packed& each : all) used += each.bytes;
  const auto is_free = [&] {
    std::error_code failure;
    const fs::space_info space = fs::space(folder_, failure);
    return failure || space.available >= bytes + kLeaveFree;
  };
  for (const Packed& each : all) {
    if (used + bytes <= max_bytes_) break;
    std::error_code ignored;
    fs::remove(each.path, ignored);
    fs::remove(seen_path(each.path), ignored);
    used -= each.bytes;
  }
  if (!is_free()) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: too little room on the disk for packed weights of {} bytes", folder_.string(), bytes));
  }
}

void PackedCache::remove_leftovers() const {
  std::error_code failure;
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (entry->path().extension() != ".tmp") continue;
    std::error_code ignored;
    const auto written = fs::last_write_time(entry->path(), ignored);
    if (!ignored && fs::file_time_type::clock::now() - written > kAbandoned) fs::remove(entry->path(), ignored);
  }
}

PackedCache::Contents PackedCache::contents() const {
  Contents contents;
  for (const Packed& each : files()) {
    ++contents.files;
    contents.bytes += each.bytes;
  }
  return contents;
}

PackedCache::Contents PackedCache::clear() {
  Contents removed;
  std::error_code failure;
  for (const Packed& each : files()) {
    if (!fs::remove(each.path, failure) || failure) continue;
    ++removed.files;
    removed.bytes += each.bytes;
  }
  if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: {}", folder_.string(), failure.message()));
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    if (entry->path().extension() == kSeen) fs::remove(entry->path(), ignored);
  }
  remove_leftovers();
  return removed;
}

}  // namespace hearth
