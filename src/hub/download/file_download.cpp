#include "hub/download/file_download.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>

#include "hearth/error.h"
#include "hub/download/digest.h"
#include "hub/download/file_lock.h"
#include "hub/download/part_file.h"
#include "hub/download/transfer.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kJournalPause{1};
/// What a disk should have left when the file is there, for journals, links and whoever else writes.
constexpr std::uint64_t kSpareSpace = std::uint64_t{1} << 20;

void report(const DownloadOptions& options, DownloadEvent::Kind kind, std::uint64_t done, std::uint64_t total) {
  if (options.on_event) options.on_event({kind, done, total});
}

bool is_there(const FileDownload& file) {
  const auto size = file_size_of(file.target);
  return size && (!file.size || *size == *file.size);
}

/// What the server says of a file that no hub describes: its size and version.
std::pair<std::uint64_t, std::string> ask_size(const HubConnection& hub, const std::string& repository,
                                               const FileDownload& file) {
  HttpClient client(hub.http);
  Backoff backoff(hub.retry);
  HttpGet request;
  request.url = file.address;
  request.token = file.token;
  request.first = request.last = 0;
  while (true) {
    const HttpOutcome outcome = client.get(
        request, [](const HttpResponse&) { return false; }, [](std::string_view) { return false; });
    if (outcome.cancelled) throw Error(ErrorCode::kCancelled, fmt::format("{}: stopped", file.what));
    const HttpResponse& response = outcome.response;
    const std::string range = response.header("content-range");
    const std::string text = response.status == 206 ? range.substr(std::min(range.rfind('/') + 1, range.size()))
                                                    : response.header("content-length");
    std::uint64_t size = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size);
    const bool sound = failure == std::errc() && end == text.data() + text.size() && size > 0;
    if ((response.status == 200 || response.status == 206) && sound) return {size, response.header("etag")};
    const bool may_retry = outcome.may_retry || response.status == 429 || response.status >= 500;
    const int asked = retry_after_seconds(response.header("retry-after"));
    if (may_retry && backoff.wait_first(outcome.unreached, hub.http.cancel, asked)) continue;
    if (!outcome.problem.empty()) throw Error(ErrorCode::kIo, fmt::format("{}: {}", file.what, outcome.problem));
    if (response.status == 200 || response.status == 206) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: the server does not say how large the file is", file.what));
    }
    fail_hub_status(hub, repository, response);
  }
}

void require_space(const FileDownload& file, std::uint64_t size) {
  // Blocks that the part holds already need no space again; a hole in it does.
  struct stat status = {};
  const std::uint64_t held = ::stat(PartFile::part_path(file.target).c_str(), &status) == 0
                                 ? static_cast<std::uint64_t>(status.st_blocks) * 512
                                 : 0;
  const std::uint64_t need = size - std::min(size, held) + kSpareSpace;
  const std::uint64_t space = free_space(file.target.parent_path());
  if (need <= space) return;
  throw Error(ErrorCode::kIo,
              fmt::format("{}: the disk has {} MiB left and the download needs {} MiB more", file.what, space >> 20,
                          (need + (1 << 20) - 1) >> 20),
              "make room ('hearth list', 'hearth rm', 'hearth prune'), or set HF_HOME to a folder on another disk");
}

/// True when the bytes are what was stated; otherwise they are removed.
bool is_right(const FileDownload& file, PartFile& part, const DownloadOptions& options,
              const std::atomic<bool>* cancel) {
  if (file.id.empty()) return true;
  HashProgress progress;
  progress.cancel = cancel;
  progress.report = [&](std::uint64_t done, std::uint64_t total) {
    report(options, DownloadEvent::kChecking, done, total);
  };
  if (object_id_of_file(PartFile::part_path(file.target), file.id.size(), progress) == file.id) return true;
  part.remove();
  return false;
}

void fetch(const HubConnection& hub, const std::string& repository, const FileDownload& file, std::uint64_t size,
           const std::string& version, const DownloadOptions& options) {
  const std::uint64_t share = size / static_cast<std::uint64_t>(std::max(1, options.connections) * 4);
  const std::uint64_t piece = std::clamp(share, options.smallest_piece, options.largest_piece);
  for (int attempt = 0; attempt < 2; ++attempt) {
    PartFile part(file.target, size, version, piece);
    auto last_save = std::chrono::steady_clock::now();
    if (!part.complete()) {
      Transfer transfer(hub, repository, file, part);
      part.save();
      const auto pieces = (size - part.done() + piece - 1) / piece;
      const int connections =
          static_cast<int>(std::min<std::uint64_t>(pieces, static_cast<std::uint64_t>(options.connections)));
      try {
        transfer.run(connections, [&] {
          report(options, DownloadEvent::kBytes, part.done(), size);
          if (std::chrono::steady_clock::now() - last_save < kJournalPause) return;
          part.save();
          last_save = std::chrono::steady_clock::now();
        });
      } catch (...) {
        try {
          part.save();
        } catch (const Error&) {  // NOLINT(bugprone-empty-catch): the first failure is the one to report
        }
        throw;
      }
      part.save();
    }
    report(options, DownloadEvent::kBytes, part.done(), size);
    if (is_right(file, part, options, hub.http.cancel)) {
      std::error_code failure;
      fs::rename(PartFile::part_path(file.target), file.target, failure);
      if (failure)
        throw Error(ErrorCode::kIo, fmt::format("{}: cannot rename it: {}", file.target.string(), failure.message()));
      part.remove();
      return;
    }
  }
  throw Error(ErrorCode::kCorruptData,
              fmt::format("{}: what comes is not what the hub states ({} {}), twice", file.what,
                          file.id.size() == 64 ? "SHA-256" : "git id", file.id),
              "it was removed; the connection, a proxy or the mirror changes it");
}

}  // namespace

void download_file(const HubConnection& hub, const std::string& repository, const FileDownload& file,
                   const DownloadOptions& options) {
  if (is_there(file)) return;
  require_online(hub, file.what);
  make_folders(file.target.parent_path());
  const FileLock lock = FileLock::wait_for(file.lock, hub.http.cancel,
                                           [&] { report(options, DownloadEvent::kWaiting, 0, file.size.value_or(0)); });
  if (is_there(file)) return;  // somebody else fetched it meanwhile
  std::uint64_t size = file.size.value_or(0);
  std::string version = file.id;
  if (!file.size) std::tie(size, version) = ask_size(hub, repository, file);
  require_space(file, size);
  fetch(hub, repository, file, size, version, options);
}

}  // namespace hearth
