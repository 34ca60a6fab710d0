#include "hub/download/part_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/disk_full.h"
#include "base/file.h"
#include "base/json.h"
#include "hearth/error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxJournal = 4 << 20;

[[noreturn]] void fail_write(const fs::path& path, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    throw DiskFullError(fmt::format("{}: the disk is full", path.string()),
                        "make room ('hearth list', 'hearth rm', 'hearth prune') and pull again: what is there is kept");
  }
  throw Error(ErrorCode::kIo, fmt::format("{}: cannot write: {}", path.string(), std::strerror(error)));
}

}  // namespace

fs::path PartFile::part_path(const fs::path& path) { return fs::path(path) += ".hearth-part"; }
fs::path PartFile::journal_path(const fs::path& path) { return fs::path(path) += ".hearth-part.json"; }

// O_NOFOLLOW: a link that somebody planted in a shared cache is never written through.
PartFile::PartFile(const fs::path& path, std::uint64_t size, std::string version, std::uint64_t piece_bytes)
    : path_(path),
      size_(size),
      version_(std::move(version)),
      file_(part_path(path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644) {
  for (std::uint64_t begin = 0; begin < size_; begin += piece_bytes) {
    pieces_.push_back({begin, begin + std::min(piece_bytes, size_ - begin), 0, false});
  }
  read_journal();
  for (const Piece& piece : pieces_) done_ += piece.done;
  if (done_ == 0 && ::ftruncate(file_.get(), 0) != 0) fail_write(part_path(path_), errno);
}

/// A journal that is missing, damaged or of another file counts for nothing.
void PartFile::read_journal() {
  try {
    const json::value parsed = load_json(journal_path(path_), kMaxJournal);
    const JsonObject journal(parsed, "journal");
    const json::array* done = journal.array("done");
    const bool same = journal.integer("size") == static_cast<std::int64_t>(size_) &&
                      journal.string("version") == version_ && done != nullptr && done->size() == pieces_.size();
    if (!same) return;
    const off_t there = ::lseek(file_.get(), 0, SEEK_END);
    std::vector<std::uint64_t> counts;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      boost::system::error_code failure;
      const auto count = (*done)[i].to_number<std::uint64_t>(failure);
      const bool sound = !failure && count <= pieces_[i].end - pieces_[i].begin;
      if (!sound || there < 0 || (count > 0 && pieces_[i].begin + count > static_cast<std::uint64_t>(there))) return;
      counts.push_back(count);
    }
    for (std::size_t i = 0; i < pieces_.size(); ++i) pieces_[i].done = counts[i];
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): as said above
  }
}

std::uint64_t PartFile::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

std::optional<std::size_t> PartFile::take() {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].taken || pieces_[i].begin + pieces_[i].done == pieces_[i].end) continue;
    pieces_[i].taken = true;
    return i;
  }
  return std::nullopt;
}

void PartFile::give_back(std::size_t piece) {
  const std::lock_guard lock(mutex_);
  pieces_[piece].taken = false;
}

PartFile::Piece PartFile::piece(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return pieces_[index];
}

void PartFile::append(std::size_t index, std::string_view bytes) {
  const Piece now = piece(index);  // only its taker changes it
  if (bytes.size() > now.end - now.begin - now.done) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: the server sends more than it was asked for", path_.string()));
  }
  std::uint64_t at = now.begin + now.done;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t n = ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_write(part_path(path_), errno);
    at += static_cast<std::uint64_t>(n);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  const std::lock_guard lock(mutex_);
  pieces_[index].done += bytes.size();
  done_ += bytes.size();
}

void PartFile::reset() {
  const std::lock_guard lock(mutex_);
  for (Piece& piece : pieces_) piece.done = 0;
  done_ = 0;
  std::error_code ignored;
  fs::remove(journal_path(path_), ignored);
}

void PartFile::save() {
  json::array done;
  {
    const std::lock_guard lock(mutex_);
    for (const Piece& piece : pieces_) done.push_back(piece.done);
  }
  // First the bytes: after a power cut the journal may claim too little, never too much.
  if (::fdatasync(file_.get()) != 0) fail_write(part_path(path_), errno);
  const json::object journal = {{"size", size_}, {"version", version_}, {"done", std::move(done)}};
  write_file_atomic(journal_path(path_), json::serialize(journal) + "\n");
}

void PartFile::remove() {
  std::error_code ignored;
  fs::remove(journal_path(path_), ignored);
  fs::remove(part_path(path_), ignored);
}

}  // namespace hearth
