// What a pull would fetch: the name resolved, the hub asked, the files and the quantisation chosen.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/system.h"
#include "hub/catalog/quantization_label.h"
#include "hub/download/url.h"
#include "hub/stores/folders.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

std::string host_of(const std::string& address) {
  const auto url = parse_url(address);
  return url ? url->host : address;
}

[[noreturn]] void fail_unknown(const Library& library, const std::string& name) {
  std::string hint = library.near_names_hint(name);
  if (hint.empty()) hint = "'hearth search' lists the names; any OWNER/REPO of the hub works as well";
  throw Error(ErrorCode::kNotFound, fmt::format("there is no model {}", quote(name)), std::move(hint));
}

std::string wanted_quantization(const PullRequest& request, const ResolvedName& resolved) {
  if (request.quantization.empty()) return resolved.quantization;
  const QuantizationLabel* known = find_quantization_label(request.quantization);
  return known == nullptr ? request.quantization : std::string(known->name);
}

/// Where a file's name does not say its quantisation, the catalog may.
void name_quantizations(std::vector<ModelFiles>& models, const CatalogEntry* entry) {
  if (entry == nullptr) return;
  for (ModelFiles& model : models) {
    for (const auto& [quantization, file] : entry->files) {
      if (model.files.front() == file) model.quantization = quantization;
    }
  }
}

[[noreturn]] void fail_no_model(const std::string& repository, const HubListing& listing) {
  const bool has_pickles = std::any_of(listing.files.begin(), listing.files.end(), [](const HubFile& file) {
    return file.name.ends_with(".bin") || file.name.ends_with(".pt") || file.name.ends_with(".pth");
  });
  throw Error(
      ErrorCode::kUnsupported, fmt::format("{} holds no GGUF file and no safetensors with a config.json", repository),
      has_pickles ? "it holds pickled weights only, which can run code and are never read; look for a conversion"
                  : "look for a conversion of it");
}

/// Whether `word` stands in a file's name, between characters that are no letters or digits; the case does not matter.
bool holds_word(std::string_view file, std::string_view word) {
  const auto is_letter = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto same = [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
  };
  if (word.empty()) return false;
  for (auto at = file.begin(); at != file.end();) {
    at = std::search(at, file.end(), word.begin(), word.end(), same);
    if (at == file.end()) return false;
    const auto behind = at + static_cast<std::ptrdiff_t>(word.size());
    if ((at == file.begin() || !is_letter(*(at - 1))) && (behind == file.end() || !is_letter(*behind))) return true;
    ++at;
  }
  return false;
}

/// What Hearth cannot run is not worth its gigabytes.
void require_runnable(const std::string& repository, const ModelFiles& chosen, const std::vector<ModelFiles>& models) {
  const auto runs = [](const ModelFiles& model) {
    const QuantizationLabel* label = find_quantization_label(model.quantization);
    return label == nullptr || label->runs;
  };
  if (runs(chosen)) return;
  std::vector<std::string> others;
  for (const ModelFiles& model : models) {
    if (runs(model) && !model.quantization.empty()) others.push_back(model.quantization);
  }
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: Hearth does not run weights in {}", repository, chosen.quantization),
              others.empty() ? "look for another conversion of it" : fmt::format("it has {}", fmt::join(others, ", ")));
}

/// The models that were asked for, of those there are.
std::vector<ModelFiles> candidates(const std::string& repository, std::vector<ModelFiles> models,
                                   const std::string& file, const std::string& quantization) {
  std::vector<ModelFiles> kept;
  std::vector<std::string> there;
  const bool is_unknown = find_quantization_label(quantization) == nullptr;
  for (ModelFiles& model : models) {
    const bool is_file = file.empty() || std::find(model.files.begin(), model.files.end(), file) != model.files.end();
    const bool is_quantization = quantization.empty() || model.quantization == quantization ||
                                 (is_unknown && holds_word(model.files.front(), quantization));
    there.push_back(!file.empty() || model.quantization.empty() ? model.files.front() : model.quantization);
    if (is_file && is_quantization) kept.push_back(std::move(model));
  }
  if (kept.empty()) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("{} has no {}", repository,
                            file.empty() && !is_unknown ? quantization : quote(file.empty() ? quantization : file)),
                fmt::format("it has {}", fmt::join(there, ", ")));
  }
  if (kept.front().is_gguf) {
    kept.erase(std::remove_if(kept.begin(), kept.end(), [](const ModelFiles& model) { return !model.is_gguf; }),
               kept.end());
  }
  return kept;
}

void require_access(const HubConnection& hub, const HubListing& listing, const CatalogEntry* entry) {
  if (!listing.is_gated || !hub.token.empty()) return;
  const std::string page =
      entry != nullptr && !entry->accept.empty() ? entry->accept : hub.endpoint + "/" + listing.repository;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{} is gated: its makers want their licence accepted", listing.repository),
              fmt::format("accept it at {}, make a token at {}/settings/tokens and set HF_TOKEN", page, hub.endpoint));
}

void describe_files(const Library& library, const HubListing& listing, const ModelFiles& chosen, PullPlan& plan) {
  for (const std::string& name : chosen.files) {
    const auto file = std::find_if(listing.files.begin(), listing.files.end(),
                                   [&](const HubFile& candidate) { return candidate.name == name; });
    PullFile planned{file->name, file->size, file->id, false};
    planned.present = file_size_of(library.cache().blob(listing.repository, file->id)) == file->size ||
                      file_size_of(library.cache().snapshot(listing.repository, listing.commit) / name) == file->size;
    plan.bytes += planned.bytes;
    if (!planned.present) plan.missing_bytes += planned.bytes;
    plan.files.push_back(std::move(planned));
  }
}

/// Another program may have the chosen file: of the same name and size, or (Ollama's) of the same hash.
void find_elsewhere(const Library& library, const ResolvedName& resolved, PullPlan& plan) {
  if (plan.files.size() != 1 || plan.missing_bytes == 0) return;
  const PullFile& wanted = plan.files.front();
  for (const StoredModel& model : library.models_elsewhere(resolved)) {
    const std::string file = model.path.filename().string();
    const bool is_same = model.store == "ollama" ? file == "sha256-" + wanted.id
                                                 : file.ends_with(fs::path(wanted.name).filename().string());
    if (!is_same || file_size_of(model.path) != wanted.bytes) continue;
    plan.store = model.store;
    plan.path = model.path.string();
    plan.files.front().present = true;
    plan.missing_bytes = 0;
    return;
  }
}

PullPlan plan_address(const Library& library, const std::string& address) {
  PullPlan plan;
  plan.name = plan.address = address;
  plan.source = host_of(address);
  plan.path = library.place_of_address(address).string();
  plan.reason = "the file that the address leads to";
  const auto there = file_size_of(plan.path);
  plan.files.push_back({fs::path(plan.path).filename().string(), there.value_or(0), "", there.has_value()});
  plan.bytes = there.value_or(0);
  return plan;
}

}  // namespace

PullPlan plan_pull(const PullRequest& request) {
  const Library library;
  const ResolvedName resolved = library.resolve(request.name);
  if (resolved.name.kind == ModelName::kUrl) return plan_address(library, resolved.name.text);
  if (resolved.repository.empty()) fail_unknown(library, request.name);
  const CatalogEntry* entry = resolved.catalog.entry;
  const std::string quantization = wanted_quantization(request, resolved);

  HubConnection hub = hub_connection();
  hub.http.cancel = request.cancel;
  PullPlan plan;
  plan.revision = request.revision.empty() ? resolved.revision : request.revision;
  const HubListing listing = list_repository(hub, resolved.repository, plan.revision);
  require_access(hub, listing, entry);
  std::vector<NamedSize> names;
  for (const HubFile& file : listing.files) names.push_back({file.name, file.size});
  std::vector<ModelFiles> models = find_models(names);
  if (models.empty()) fail_no_model(resolved.repository, listing);
  name_quantizations(models, entry);
  const std::vector<ModelFiles> all = models;
  models = candidates(listing.repository, std::move(models), resolved.file, quantization);

  const std::uint64_t memory = system_report().memory_available;
  const Choice choice = choose_quantization(
      models, memory, [&](const ModelFiles& model) { return memory_for(entry, model.weight_bytes, request.context); });
  const ModelFiles& chosen = models[choice.index];
  require_runnable(listing.repository, chosen, all);
  plan.repository = listing.repository;
  plan.commit = listing.commit;
  plan.source = host_of(hub.endpoint);
  plan.quantization = chosen.quantization;
  plan.reason = quantization.empty() && resolved.file.empty() ? choice.reason : "as asked for";
  plan.fits = choice.fits;
  plan.license = entry != nullptr && !entry->license.empty() ? entry->license : listing.license;
  plan.terms = entry != nullptr ? entry->terms : "";
  plan.commercial = entry == nullptr || entry->commercial;
  const fs::path home = library.cache().snapshot(plan.repository, plan.commit);
  plan.path = (chosen.is_gguf ? home / chosen.files.front() : home).string();
  const std::string suffix = chosen.quantization.empty() || !chosen.is_gguf ? "" : chosen.quantization;
  plan.name = entry != nullptr ? entry->full_name() + (suffix.empty() ? "" : "-" + suffix)
                               : plan.repository + (suffix.empty() ? "" : ":" + suffix);
  describe_files(library, listing, chosen, plan);
  if (plan.revision == "main") find_elsewhere(library, resolved, plan);
  return plan;
}

}  // namespace hearth
