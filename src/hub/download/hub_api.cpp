#include "hub/download/hub_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hub/model_name.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} << 20;
constexpr std::size_t kMaxFiles = 100'000;
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 44;  // 16 TiB: more is a lie

bool is_temporary(int status) { return status == 408 || status == 429 || (status >= 500 && status <= 599); }

/// The body of a 200 answer; anything else is an Error.
std::string fetch(const HubConnection& hub, const std::string& repository, const std::string& url) {
  HttpClient client(hub.http);
  Backoff backoff(hub.retry);
  HttpGet request;
  request.url = url;
  request.token = hub.token;
  while (true) {
    std::string body;
    const HttpOutcome outcome = client.get_text(request, body, kMaxAnswer);
    if (outcome.cancelled) throw Error(ErrorCode::kCancelled, fmt::format("{}: stopped", repository));
    const int status = outcome.response.status;
    if (outcome.problem.empty() && status == 200) return body;
    const bool may_retry = outcome.problem.empty() ? is_temporary(status) : outcome.may_retry;
    const int asked = retry_after_seconds(outcome.response.header("retry-after"));
    if (may_retry && backoff.wait_first(outcome.unreached, hub.http.cancel, asked)) continue;
    if (outcome.problem.empty()) fail_hub_status(hub, repository, outcome.response);
    throw Error(
        ErrorCode::kIo, fmt::format("{}: the hub cannot be reached: {}", repository, outcome.problem),
        "look at the connection and at https_proxy; HF_ENDPOINT names a mirror; models on this disk run without");
  }
}

bool truthy(const json::value* value) {
  if (value == nullptr) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  return value->is_string();  // "gated": "manual" or "auto"
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string license_of(const JsonObject& answer) {
  const auto card = answer.object("cardData");
  if (!card) return "";
  const json::value* license = card->find("license");
  const auto name = [&](const char* key) -> std::string {
    const json::value* value = card->find(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : "";
  };
  if (license == nullptr || !license->is_string()) return "";
  const std::string said(license->get_string().c_str());
  const std::string longer = said == "other" ? name("license_name") : "";
  return longer.empty() ? said : longer;
}

/// Empty where the entry is not one that may be fetched.
std::optional<HubFile> read_file_entry(const json::value& value, const std::string& what) {
  const JsonObject entry(value, what);
  HubFile file;
  file.name = entry.require_string("rfilename");
  if (!is_safe_relative_path(file.name)) return std::nullopt;
  std::optional<std::int64_t> size = entry.integer("size");
  file.id = entry.string("blobId").value_or("");
  if (const auto lfs = entry.object("lfs")) {
    file.id = lfs->string("sha256").value_or("");
    if (const auto stated = lfs->integer("size")) size = stated;
  }
  if (!size || *size < 0 || static_cast<std::uint64_t>(*size) > kLargestFile || !is_object_id(file.id)) {
    return std::nullopt;
  }
  file.size = static_cast<std::uint64_t>(*size);
  return file;
}

}  // namespace

void require_online(const HubConnection& hub, const std::string& what) {
  if (!hub.offline) return;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{} is not on this disk, and HF_HUB_OFFLINE forbids to fetch it", what),
              "'hearth list' shows what is there; unset HF_HUB_OFFLINE to fetch");
}

void fail_hub_status(const HubConnection& hub, const std::string& repository, const HttpResponse& response) {
  const std::string page = hub.endpoint + "/" + repository;
  const std::string code = response.header("x-error-code");
  const std::string tokens = hub.endpoint + "/settings/tokens";
  if (code == "GatedRepo") {
    throw Error(ErrorCode::kUnsupported, fmt::format("{} is gated: its makers want their licence accepted", repository),
                hub.token.empty() ? fmt::format("accept it at {}, make a token at {} and set HF_TOKEN", page, tokens)
                                  : fmt::format("accept it at {} with the account of your HF_TOKEN", page));
  }
  const int status = response.status;
  if (code == "RevisionNotFound") {
    throw Error(ErrorCode::kNotFound, fmt::format("{} has no such revision", repository),
                fmt::format("look at {}", page));
  }
  if (code == "EntryNotFound") {
    throw Error(ErrorCode::kNotFound, fmt::format("{} no longer has that file", repository),
                fmt::format("look at {}", page));
  }
  if (status == 401 && !hub.token.empty() && code != "RepoNotFound") {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the hub does not know the HF_TOKEN that is set", repository),
                fmt::format("make a new one at {}", tokens));
  }
  if (status == 401 || status == 404) {
    // The hub does not tell a stranger whether a private repository exists.
    throw Error(ErrorCode::kNotFound, fmt::format("{}: the hub has no such model, or it is private", repository),
                hub.token.empty() ? "look at the spelling; for a private one set HF_TOKEN"
                                  : "look at the spelling, and whether your HF_TOKEN may read it");
  }
  if (status == 403) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the hub forbids it", repository),
                hub.token.empty() ? fmt::format("look at {}; it may want a licence accepted and HF_TOKEN set", page)
                                  : fmt::format("your HF_TOKEN may lack the right to read it: {}", tokens));
  }
  if (status == 429) {
    throw Error(ErrorCode::kIo, fmt::format("{}: the hub wants fewer requests (429)", repository),
                "wait some minutes; with HF_TOKEN set it allows more");
  }
  throw Error(ErrorCode::kIo, fmt::format("{}: the hub answers {}", repository, status),
              status >= 500 ? "that is its own trouble: try again later" : fmt::format("look at {}", page));
}

HubListing list_repository(const HubConnection& hub, const std::string& repository, const std::string& revision) {
  require_online(hub, repository);
  const std::string what = fmt::format("what the hub says of {}", repository);
  const std::string url = fmt::format("{}/api/models/{}/revision/{}?blobs=true", hub.endpoint, encode_path(repository),
                                      encode_path(revision.empty() ? "main" : revision));
  const json::value parsed = parse_json(fetch(hub, repository, url), what);
  const JsonObject answer(parsed, what);
  HubListing listing;
  // The hub takes names in any case; the cache's folder has the one that the owner wrote.
  const std::string id = answer.string("id").value_or("");
  listing.repository = same_name(id, repository) ? id : repository;
  listing.commit = answer.require_string("sha");
  if (!is_object_id(listing.commit)) answer.fail("sha", fmt::format("is no commit: {}", quote(listing.commit)));
  listing.is_gated = truthy(answer.find("gated"));
  listing.is_private = truthy(answer.find("private"));
  listing.license = license_of(answer);
  const json::array* files = answer.array("siblings");
  if (files == nullptr) answer.fail("siblings", "is missing");
  if (files->size() > kMaxFiles) answer.fail("siblings", fmt::format("lists {} files", files->size()));
  for (const json::value& value : *files) {
    if (auto file = read_file_entry(value, what)) listing.files.push_back(*std::move(file));
  }
  return listing;
}

std::string resolve_address(const HubConnection& hub, const std::string& repository, const std::string& commit,
                            const std::string& file) {
  return fmt::format("{}/{}/resolve/{}/{}", hub.endpoint, encode_path(repository), encode_path(commit),
                     encode_path(file));
}

}  // namespace hearth
