// A planned pull, done.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "hearth/error.h"
#include "hub/download/file_download.h"
#include "hub/download/part_file.h"
#include "hub/stores/folders.h"
#include "runtime/library/library.h"
#include "runtime/library/pulled_record.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// Adds up what the files report one after the other.
class Reporter {
 public:
  Reporter(const PullPlan& plan, const std::function<void(const PullProgress&)>& on_progress)
      : on_progress_(on_progress), total_(plan.bytes) {}

  void begin(const PullFile& file) { file_ = file; }
  void end() { before_ += file_.bytes; }
  void event(const DownloadEvent& event) {
    if (!on_progress_) return;
    PullProgress progress;
    progress.file = file_.name;
    switch (event.kind) {
      case DownloadEvent::kWaiting: progress.phase = PullProgress::kWaiting; break;
      case DownloadEvent::kBytes: progress.phase = PullProgress::kDownloading; break;
      case DownloadEvent::kChecking: progress.phase = PullProgress::kChecking; break;
    }
    const bool of_all = event.kind != DownloadEvent::kChecking;
    progress.done = (of_all ? before_ : 0) + event.done;
    progress.total = of_all ? std::max(total_, before_ + event.total) : event.total;
    on_progress_(progress);
  }

 private:
  const std::function<void(const PullProgress&)>& on_progress_;
  PullFile file_;
  std::uint64_t before_ = 0, total_ = 0;
};

std::string pull_address(const HubConnection& hub, const PullPlan& plan, const DownloadOptions& options) {
  FileDownload file;
  file.address = plan.address;
  file.target = plan.path;
  file.lock = fs::path(plan.path) += ".lock";
  file.what = plan.address;
  download_file(hub, plan.address, file, options);
  return plan.path;
}

/// Room for everything at once, before the first byte: half a model helps nobody.
void require_space(const Library& library, const PullPlan& plan) {
  const fs::path folder = library.cache().folder(plan.repository);
  const std::uint64_t space = free_space(folder);
  std::uint64_t held = 0;  // by parts of an earlier attempt: blocks, since a part has holes
  for (const PullFile& file : plan.files) {
    struct stat status = {};
    const fs::path part = PartFile::part_path(library.cache().blob(plan.repository, file.id));
    if (::stat(part.c_str(), &status) == 0) held += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  const std::uint64_t need = plan.missing_bytes - std::min(plan.missing_bytes, held);
  if (need <= space) return;
  throw Error(
      ErrorCode::kIo,
      fmt::format("{}: {} MiB are to be fetched and the disk has {} MiB left", plan.name, need >> 20, space >> 20),
      "make room ('hearth list', 'hearth rm', 'hearth prune'), or set HF_HOME to a folder on another disk");
}

}  // namespace

std::string pull(const PullRequest& request, const PullPlan& plan,
                 const std::function<void(const PullProgress&)>& on_progress) {
  const Library library;
  HubConnection hub = hub_connection();
  hub.http.cancel = request.cancel;
  Reporter reporter(plan, on_progress);
  DownloadOptions options;
  options.connections = request.connections;
  options.on_event = [&](const DownloadEvent& event) { reporter.event(event); };
  if (!plan.address.empty()) {
    reporter.begin(plan.files.front());
    return pull_address(hub, plan, options);
  }
  if (!plan.store.empty()) return plan.path;
  require_space(library, plan);
  const HfCache& cache = library.cache();
  for (const PullFile& planned : plan.files) {
    reporter.begin(planned);
    const fs::path place = cache.snapshot(plan.repository, plan.commit) / planned.name;
    // Where links are not possible the file itself stands there.
    if (!fs::is_symlink(place) && file_size_of(place) == planned.bytes) {
      reporter.end();
      continue;
    }
    FileDownload file;
    file.address = resolve_address(hub, plan.repository, plan.commit, planned.name);
    file.token = hub.token;
    file.target = cache.blob(plan.repository, planned.id);
    file.lock = cache.lock(plan.repository, planned.id);
    file.size = planned.bytes;
    file.id = planned.id;
    file.what = plan.repository + " " + planned.name;
    download_file(hub, plan.repository, file, options);
    cache.link(plan.repository, plan.commit, planned.name, planned.id);
    reporter.end();
  }
  cache.set_commit(plan.repository, plan.revision, plan.commit);
  const bool was_there = plan.missing_bytes == 0;
  if (!was_there) record_pulled(library.places().data_folder, plan.path);
  return plan.path;
}

}  // namespace hearth
