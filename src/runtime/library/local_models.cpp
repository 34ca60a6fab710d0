#include <algorithm>

#include "hearth/error.h"
#include "runtime/library/library.h"
#include "runtime/library/pulled_record.h"
#include "runtime/state.h"

namespace hearth {
namespace {

void add_catalog_names(const Library& library, const StoredModel& model, LocalModel& local) {
  if (model.repository.empty()) return;
  for (const CatalogEntry& entry : library.catalog().entries()) {
    if (entry.repository != model.repository) continue;
    std::string name = entry.full_name();
    if (!model.quantization.empty() && entry.is_gguf()) name += "-" + model.quantization;
    local.other_names.push_back(std::move(name));
  }
}

}  // namespace

std::vector<LocalModel> local_models() {
  const Library library;
  const auto ours = pulled_models(library.places().data_folder);
  const auto used = last_uses();
  const auto named = aliases();
  std::vector<LocalModel> models;
  for (StoredModel& stored : library.stored_models()) {
    if (stored.problem.empty()) look_into(stored);
    LocalModel local;
    local.name = stored.name;
    local.store = stored.store;
    local.path = stored.path.string();
    for (const auto& file : stored.files) local.files.push_back(file.string());
    local.bytes = stored.bytes;
    local.quantization = stored.quantization;
    local.architecture = stored.architecture;
    local.problem = stored.problem;
    local.is_ours = stored.store == "hearth" || ours.contains(local.path);
    add_catalog_names(library, stored, local);
    for (const auto& [alias, target] : named) {
      const bool is_other =
          std::find(local.other_names.begin(), local.other_names.end(), target) != local.other_names.end();
      if (target == local.name || target == local.path || is_other) local.other_names.push_back(alias);
    }
    if (const auto found = used.find(local.path); found != used.end()) local.last_used = found->second;
    models.push_back(std::move(local));
  }
  std::stable_sort(models.begin(), models.end(),
                   [](const LocalModel& a, const LocalModel& b) { return a.name < b.name; });
  return models;
}

}  // namespace hearth
