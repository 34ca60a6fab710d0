#include "server/api/ollama/made_model.h"

#include "server/api/ollama/ollama_json.h"

namespace hearth {

std::string import_name(const std::string& model) {
  std::string name = tagged_name(model);
  for (char& c : name) {
    if (c == '/') c = '-';
  }
  return name;
}

}  // namespace hearth
