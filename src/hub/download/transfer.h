// The workers of one download: each takes a piece, asks for its range and appends what comes, until all is there or
// nothing more can be done.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <string>

#include "hub/download/file_download.h"
#include "hub/download/part_file.h"

namespace hearth {

class Transfer {
 public:
  /// `part` has the size that is expected of the file.
  Transfer(const HubConnection& hub, const std::string& repository, const FileDownload& file, PartFile& part);

  /// Runs `connections` workers; `on_tick` is called in this thread about ten times a second. Errors: as
  /// download_file().
  void run(int connections, const std::function<void()>& on_tick);

 private:
  struct Attempt;
  void run_workers(int count, void (Transfer::*job)(), const std::function<void()>& on_tick);
  void work();
  void fetch_piece(HttpClient& client, std::size_t piece, Backoff& backoff);
  void fetch_whole();
  /// What to do about an attempt that did not finish its piece: nothing (try again), or an Error.
  void judge(const HttpOutcome& outcome, const Attempt& attempt, Backoff& backoff, bool progressed);
  void stop(std::exception_ptr error);

  std::string address() const;
  void remember_address(const std::string& address);
  void forget_address();

  const HubConnection& hub_;
  std::string repository_;
  const FileDownload& file_;
  PartFile& part_;
  HttpClientOptions http_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> has_no_ranges_ = false;
  mutable std::mutex mutex_;
  std::string shortcut_;  ///< where the last redirect led
  std::exception_ptr error_;
};

}  // namespace hearth
