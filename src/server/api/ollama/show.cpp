// POST /api/show: all that is known of a model.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/ollama/model_facts.h"
#include "server/api/ollama/modelfile.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

/// The file that would make it again.
Modelfile as_modelfile(const ModelDescription& description) {
  Modelfile file;
  // Not the path: where files lie on this machine is not for every client.
  file.from = tagged_name(description.model.parent.empty() ? description.model.id : description.model.parent);
  const std::string& own = description.report.info.chat_template;
  if (!own.empty()) file.chat_template = own;
  if (!description.report.info.license.empty()) file.license = {description.report.info.license};
  if (!description.overlay) return file;
  const ModelOverlay& overlay = *description.overlay;
  if (overlay.chat_template) file.chat_template = overlay.chat_template;
  if (!overlay.license.empty()) file.license = overlay.license;
  file.system = overlay.system;
  file.messages = overlay.messages;
  const json::value parameters = parse_json(overlay.parameters_json, "parameters");
  if (parameters.is_object()) file.parameters = parameters.get_object();
  return file;
}

json::array tensor_list(const FileReport& report) {
  json::array tensors;
  for (const TensorInfo& tensor : report.tensors) {
    // GGUF writes the dimension that changes fastest first.
    json::array shape(tensor.shape.rbegin(), tensor.shape.rend());
    tensors.push_back({{"name", tensor.name}, {"type", tensor.dtype}, {"shape", std::move(shape)}});
  }
  return tensors;
}

}  // namespace

void ollama_show(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object request = parse_body(exchange->request().body);
  const RequestFields fields(request);
  const bool verbose = fields.boolean("verbose").value_or(false);
  const ModelDescription description = context.models.describe(read_model_name(fields));
  const Modelfile file = as_modelfile(description);

  json::object body;
  if (!file.license.empty()) body["license"] = fmt::format("{}", fmt::join(file.license, "\n"));
  body["modelfile"] = write_modelfile(
      file, {"Modelfile written by Hearth",
             "To make a model of this one, write FROM with its name:", "FROM " + tagged_name(description.model.id)});
  if (!file.parameters.empty()) body["parameters"] = parameter_lines(file.parameters);
  body["template"] = file.chat_template.value_or("");
  if (file.system) body["system"] = *file.system;
  if (!file.messages.empty()) {
    json::array messages;
    for (const ChatMessage& message : file.messages)
      messages.push_back({{"role", message.role}, {"content", message.content}});
    body["messages"] = std::move(messages);
  }
  body["details"] = model_details(description.model);
  body["model_info"] = model_facts(description, verbose);
  if (verbose) body["tensors"] = tensor_list(description.report);
  json::array capabilities;
  for (const std::string& capability : description.model.capabilities) capabilities.emplace_back(capability);
  body["capabilities"] = std::move(capabilities);
  const std::int64_t modified = description.overlay ? description.overlay->modified : description.model.modified;
  body["modified_at"] = rfc3339(modified);
  respond_json(*exchange, body);
}

}  // namespace hearth
