#include "server/api/ollama/create_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/quote.h"
#include "hearth/convert.h"
#include "hub/model_name.h"
#include "server/api/ollama/blob_store.h"
#include "server/api/ollama/modelfile.h"
#include "server/api/ollama/ollama_call.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/ollama/ollama_messages.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kMostLicenses = 100;

[[noreturn]] void refuse_adapters(const std::string& param) {
  throw bad_field(param, "adapters cannot be laid over a model here; merge them into a model file first");
}

std::string quantization(const std::string& wanted) {
  std::vector<std::string> names;
  for (const ConversionType& type : conversion_types()) {
    const bool is_same =
        std::equal(type.name.begin(), type.name.end(), wanted.begin(), wanted.end(),
                   [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    if (is_same) return type.name;
    names.push_back(type.name);
  }
  throw bad_field("quantize",
                  fmt::format("quantize is {}; it must be one of {}", quote(wanted), fmt::join(names, ", ")));
}

void take_modelfile(CreateCall& call, const std::string& text, const ApiLimits& limits) {
  Modelfile file = parse_modelfile(text, "modelfile");
  if (!file.adapters.empty()) refuse_adapters("modelfile");
  if (file.from.starts_with('@')) {
    call.files = {{"model.gguf", BlobStore::digits_of(file.from.substr(1), "modelfile")}};
  } else {
    call.from = std::move(file.from);
  }
  call.overlay.system = std::move(file.system);
  if (file.chat_template)
    call.overlay.chat_template = read_template(*file.chat_template, "modelfile", limits.max_constraint);
  call.overlay.parameters_json = json::serialize(file.parameters);
  call.overlay.messages = std::move(file.messages);
  call.overlay.license = std::move(file.license);
}

void take_files(CreateCall& call, const RequestFields& fields) {
  const json::object* files = fields.object("files");
  if (files == nullptr || files->empty()) return;
  if (files->size() > kMostFiles)
    throw bad_field("files", fmt::format("files has {} entries; at most {} are allowed", files->size(), kMostFiles));
  call.files.clear();
  const RequestFields child = fields.child("files", *files);
  for (const auto& entry : *files) {
    const std::string name(entry.key());
    // The name becomes one of a file: no part of it may lead elsewhere.
    if (!is_plain_name(name)) throw bad_field("files", fmt::format("{} is no name of a file", quote(name)));
    call.files.emplace_back(name, BlobStore::digits_of(child.required_string(name), child.param(name)));
  }
}

/// The texts and numbers are of the kinds that answers will need.
void check_parameters(const std::string& parameters_json) {
  const json::value parameters = parse_json(parameters_json, "parameters");
  GenerateRequest unused;
  read_ollama_options(RequestFields(parameters.as_object(), "parameters"), unused);
}

}  // namespace

bool CreateCall::has_overlay() const {
  return overlay.system || overlay.chat_template || overlay.parameters_json != "{}" || !overlay.messages.empty() ||
         !overlay.license.empty();
}

CreateCall read_create_call(const RequestFields& fields, const ApiLimits& limits) {
  CreateCall call;
  call.model = read_model_name(fields);
  overlay_name(call.model);
  call.stream = fields.boolean("stream").value_or(true);
  if (const auto text = fields.string("modelfile"); text && !text->empty()) take_modelfile(call, *text, limits);
  if (const json::object* adapters = fields.object("adapters"); adapters != nullptr && !adapters->empty())
    refuse_adapters("adapters");
  take_files(call, fields);
  if (const auto from = fields.string("from"); from && !from->empty()) call.from = *from;
  if (call.from.empty() == call.files.empty()) {
    throw bad_field("from", call.from.empty() ? "from is missing: it names the model that this one is made of"
                                              : "a model is made of another one or of files, not of both");
  }
  if (const auto type = fields.string("quantize"); type && !type->empty()) call.quantize = quantization(*type);
  if (auto system = fields.string("system")) call.overlay.system = std::move(system);
  if (const auto source = fields.string("template"); source && !source->empty())
    call.overlay.chat_template = read_template(*source, "template", limits.max_constraint);
  if (const json::object* parameters = fields.object("parameters"))
    call.overlay.parameters_json = json::serialize(*parameters);
  check_parameters(call.overlay.parameters_json);
  if (fields.array("messages") != nullptr) call.overlay.messages = read_ollama_messages(fields, limits.max_messages);
  if (fields.has("license")) call.overlay.license = fields.strings("license", kMostLicenses);
  return call;
}

}  // namespace hearth
