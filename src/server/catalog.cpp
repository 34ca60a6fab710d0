#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "hearth/hub.h"
#include "hearth/system.h"
#include "server/dashboard.h"

namespace hearth {
namespace {

/// The quantisation that people take unless they say another: Q4_K_M, else Q8_0 (small ones), else the first.
const CatalogFile* usual_file(const CatalogModel& model) {
  for (const char* usual : {"Q4_K_M", "Q8_0"}) {
    for (const CatalogFile& file : model.files) {
      if (file.quantization == usual) return &file;
    }
  }
  return model.files.empty() ? nullptr : &model.files.front();
}

json::value known_or_null(std::uint64_t number) { return number == 0 ? json::value(nullptr) : json::value(number); }

json::object file_json(const CatalogFile& file, std::uint64_t memory_available) {
  return {{"quantization", file.quantization},
          {"bytes", known_or_null(file.bytes)},
          {"memory_bytes", known_or_null(file.memory)},
          {"fits", file.memory <= memory_available}};
}

json::object model_json(const CatalogModel& model, bool is_installed, std::uint64_t memory_available) {
  json::array files, purposes;
  for (const CatalogFile& file : model.files) files.push_back(file_json(file, memory_available));
  for (const std::string& purpose : model.purposes) purposes.push_back(json::value(purpose));
  json::object object = {
      {"name", model.name},
      {"title", model.title},
      {"note", model.note},
      {"parameters", known_or_null(model.parameters)},
      {"context", known_or_null(static_cast<std::uint64_t>(std::max<std::int64_t>(0, model.context)))},
      {"purpose", model.purposes.empty() ? json::value(nullptr) : json::value(model.purposes[0])},
      {"purposes", std::move(purposes)},
      {"licence", model.license},
      {"terms", model.terms},
      {"accept", model.accept},
      {"commercial", model.commercial},
      {"installed", is_installed},
      {"files", std::move(files)}};
  const CatalogFile* usual = usual_file(model);
  const CatalogFile none;
  for (auto& [name, value] : file_json(usual == nullptr ? none : *usual, memory_available)) object[name] = value;
  return object;
}

}  // namespace

json::object catalog_json() {
  const std::uint64_t available = system_report().memory_available;
  std::set<std::string> here;
  for (const LocalModel& model : local_models()) {
    if (!model.problem.empty()) continue;
    here.insert(model.name);
    here.insert(model.other_names.begin(), model.other_names.end());
  }
  json::array models;
  for (const CatalogModel& model : catalog_models()) {
    const bool is_installed = std::any_of(here.begin(), here.end(), [&](const std::string& name) {
      // "qwen2.5:0.5b" is also here as "qwen2.5:0.5b-Q8_0".
      return name == model.name || name.starts_with(model.name + "-");
    });
    models.push_back(model_json(model, is_installed, available));
  }
  return {{"memory_available", available}, {"models", std::move(models)}};
}

}  // namespace hearth
