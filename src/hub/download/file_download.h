// One file from an address to a path: in parallel ranges, resumed, retried, checked, renamed into place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "hub/download/hub_api.h"

namespace hearth {

struct FileDownload {
  std::string address;
  std::string token;
  std::filesystem::path target;
  std::filesystem::path lock;         ///< one process at a time; others wait and find the file there
  std::optional<std::uint64_t> size;  ///< as the hub states it; empty: what the server says
  std::string id;                     ///< as HubFile::id; empty: no hash is known
  std::string what;                   ///< "owner/repo file.gguf", for errors
};

struct DownloadEvent {
  enum Kind { kWaiting, kBytes, kChecking } kind = kBytes;
  std::uint64_t done = 0, total = 0;  ///< bytes of this file; `done` counts what was there before
};

struct DownloadOptions {
  int connections = 6;
  std::uint64_t smallest_piece = std::uint64_t{8} << 20;
  std::uint64_t largest_piece = std::uint64_t{64} << 20;
  std::function<void(const DownloadEvent&)> on_event;  ///< in the calling thread, about ten times a second
};

/// Returns when `target` is there, whole and checked: at once when it was. Errors: kIo (network, disk, full disk),
/// kCorruptData (hash, size or ranges that are not what was stated), kNotFound, kUnsupported, kCancelled. What was
/// fetched stays for the next attempt, unless it is wrong.
void download_file(const HubConnection& hub, const std::string& repository, const FileDownload& file,
                   const DownloadOptions& options);

}  // namespace hearth
