#include "model/packing/packed_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "base/digest.h"
#include "base/file_stamp.h"
#include "hearth/error.h"
#include "kernels/packed_layout.h"
#include "model/packing/half_written.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPacked = ".packed";
constexpr std::string_view kSeen = ".seen";
constexpr std::size_t kSampleBytes = 256;
constexpr std::size_t kMostSeen = 32;                         // copies of one model that are remembered
constexpr std::uint64_t kLeaveFree = std::uint64_t{1} << 30;  // of the disk, for others

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

std::uint64_t free_bytes_of_disk(const fs::path& folder) {
  std::error_code failure;
  const fs::space_info space = fs::space(folder, failure);
  return failure ? std::numeric_limits<std::uint64_t>::max() / 2 : space.available;
}

std::shared_ptr<const PackedFile> PackedCache::get(std::span<const Tensor> sources) {
  const fs::path path = folder_ / (key_of(sources) + std::string(kPacked));
  const auto before = FileStamp::of(path);
  remove_abandoned(folder_);
  if (auto found = find(path, sources)) return found;

  std::error_code failure;
  fs::create_directories(folder_, failure);
  if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: {}", folder_.string(), failure.message()));
  const std::uint64_t bytes = PackedFile::bytes_for(sources);
  // Damaged, or for other weights; but not what somebody else has made meanwhile and is about to open.
  if (before && FileStamp::of(path) == before) fs::remove(path, failure);
  make_room(path, bytes);
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

void PackedCache::make_room(const fs::path& path, std::uint64_t bytes) {
  const auto exceeds = [&](const std::string& what) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: packed weights of {} bytes{} exceed the bound of {}", folder_.string(), bytes, what,
                            max_bytes_),
                "raise the setting packed_gib");
  };
  if (bytes > max_bytes_) exceeds("");
  std::uint64_t used = 0, unwritten = 0;
  for (const HalfWritten& other : half_written(folder_)) {
    unwritten += other.unwritten;
    // Several that write the same one end up with one file.
    if (!other.path.filename().string().starts_with(path.filename().string())) used += other.bytes;
  }
  if (used + bytes > max_bytes_) exceeds(fmt::format(" and the {} that are being written", used));
  const std::vector<Packed> all = files();
  std::uint64_t removable = 0;
  for (const Packed& each : all) removable += each.bytes;
  used += removable;
  const std::uint64_t wanted = bytes + unwritten + kLeaveFree;
  const auto too_little = [&] {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: too little room on the disk for packed weights of {} bytes", folder_.string(), bytes),
                "make room on that disk");
  };
  // Nobody's copy goes for nothing: first whether it can be done at all.
  if (free_bytes_(folder_) + removable < wanted) too_little();
  for (const Packed& each : all) {
    const std::uint64_t before = free_bytes_(folder_);
    if (used + bytes <= max_bytes_ && before >= wanted) return;
    std::error_code ignored;
    fs::remove(each.path, ignored);
    fs::remove(seen_path(each.path), ignored);
    used -= each.bytes;
    // Copies that a running program maps keep their room on the disk: more of them would go in vain.
    if (before < wanted && free_bytes_(folder_) <= before) break;
  }
  if (free_bytes_(folder_) < wanted) too_little();
}

PackedCache::Contents PackedCache::contents() const {
  Contents contents;
  for (const Packed& each : files()) {
    ++contents.files;
    contents.bytes += each.bytes;
  }
  for (const HalfWritten& each : half_written(folder_)) {
    (each.is_abandoned ? contents.abandoned_bytes : contents.writing_bytes) += each.bytes;
  }
  return contents;
}

PackedCache::Contents PackedCache::clear() {
  Contents removed;
  std::error_code problem;
  for (const Packed& each : files()) {
    std::error_code failure;
    if (fs::remove(each.path, failure)) {
      ++removed.files;
      removed.bytes += each.bytes;
    }
    if (failure) problem = failure;
  }
  for (const HalfWritten& each : remove_abandoned(folder_)) removed.abandoned_bytes += each.bytes;
  if (problem) throw Error(ErrorCode::kIo, fmt::format("{}: {}", folder_.string(), problem.message()));
  std::error_code failure;
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    if (entry->path().extension() == kSeen) fs::remove(entry->path(), ignored);
  }
  return removed;
}

}  // namespace hearth
