// What the hub says of a repository: its commit and its files with their sizes and hashes. Everything it says is
// untrusted: names that lead elsewhere, sizes and ids that are none are refused here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/download/backoff.h"
#include "hub/download/http_client.h"

namespace hearth {

struct HubConnection {
  std::string endpoint = "https://huggingface.co";  ///< without a '/' at its end
  std::string token;                                ///< may be empty
  bool offline = false;                             ///< HF_HUB_OFFLINE
  RetryPolicy retry;
  HttpClientOptions http;
};

struct HubFile {
  std::string name;        ///< a safe relative path
  std::uint64_t size = 0;  ///< bytes
  std::string id;  ///< of its content: 64 digits are SHA-256, 40 git's blob id. Also the blob's name in the cache
};

struct HubListing {
  std::string repository;  ///< in the letters (small, capital) that the hub has
  std::string commit;      ///< 40 digits
  std::string license;
  bool is_gated = false, is_private = false;
  std::vector<HubFile> files;  ///< only those whose name, size and id are sound
};

/// The files of a repository at a branch, tag or commit. Errors: kNotFound; kUnsupported when offline or not allowed
/// (gated, private), with what to accept and where; kIo when the hub cannot be reached or answers nonsense; kCancelled.
HubListing list_repository(const HubConnection& hub, const std::string& repository, const std::string& revision);

/// Where a file is fetched from.
std::string resolve_address(const HubConnection& hub, const std::string& repository, const std::string& commit,
                            const std::string& file);

/// The Error for a status that is not an answer, in words for a person.
[[noreturn]] void fail_hub_status(const HubConnection& hub, const std::string& repository,
                                  const HttpResponse& response);
/// Errors: kUnsupported when the hub must not be asked.
void require_online(const HubConnection& hub, const std::string& what);

}  // namespace hearth
