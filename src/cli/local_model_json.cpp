#include "cli/local_model_json.h"

#include "cli/json_text.h"

namespace hearth::cli {

json::array strings_json(const std::vector<std::string>& strings) {
  json::array array;
  for (const std::string& string : strings) array.push_back(json_string(string));
  return array;
}

json::object local_model_json(const LocalModel& model) {
  json::object object = {{"name", json_string(model.name)},
                         {"store", json_string(model.store)},
                         {"path", json_string(model.path)},
                         {"files", strings_json(model.files)},
                         {"bytes", model.bytes},
                         {"quantization", json_string(model.quantization)},
                         {"architecture", json_string(model.architecture)},
                         {"other_names", strings_json(model.other_names)},
                         {"ours", model.is_ours},
                         {"last_used", nullptr},
                         {"problem", json_string(model.problem)}};
  if (model.last_used) object["last_used"] = *model.last_used;
  return object;
}

json::object catalog_model_json(const CatalogModel& model) {
  json::array files;
  for (const CatalogFile& file : model.files) {
    files.push_back({{"quantization", json_string(file.quantization)},
                     {"name", json_string(file.name)},
                     {"bytes", file.bytes},
                     {"memory", file.memory}});
  }
  return {{"name", json_string(model.name)},
          {"title", json_string(model.title)},
          {"note", json_string(model.note)},
          {"repository", json_string(model.repository)},
          {"original", json_string(model.original)},
          {"architecture", json_string(model.architecture)},
          {"template", json_string(model.chat_template)},
          {"license", json_string(model.license)},
          {"terms", json_string(model.terms)},
          {"accept", json_string(model.accept)},
          {"commercial", model.commercial},
          {"aliases", strings_json(model.aliases)},
          {"quantizations", strings_json(model.quantizations)},
          {"purposes", strings_json(model.purposes)},
          {"context", model.context},
          {"parameters", model.parameters},
          {"files", std::move(files)}};
}

json::object fit_json(const FitReport& fit) {
  return {{"name", json_string(fit.name)},
          {"quantization", json_string(fit.quantization)},
          {"local", fit.is_local},
          {"estimate", fit.is_estimate},
          {"context", fit.context},
          {"memory",
           {{"weights", fit.need.weights},
            {"kv_cache", fit.need.kv_cache},
            {"scratch", fit.need.scratch},
            {"total", fit.need.total()}}},
          {"memory_available", fit.memory_available},
          {"fits", fit.fits},
          {"tokens_per_second", fit.tokens_per_second}};
}

}  // namespace hearth::cli
