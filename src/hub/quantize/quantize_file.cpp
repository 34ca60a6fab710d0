#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/quote.h"
#include "format/gguf.h"
#include "hearth/convert.h"
#include "hub/quantize/block_quantizers.h"
#include "hub/quantize/model_writer.h"
#include "hub/quantize/quantization.h"
#include "hub/quantize/tensor_type.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kQuantizationVersion = 2;  // GGML_QNT_VERSION

bool is_rewritten(std::string_view key) {
  return key == "general.architecture" || key == "general.alignment" || key == "general.file_type" ||
         key == "general.quantization_version" || key.starts_with("split.");
}

GgufWriter metadata_of(const GgufFile& file, const std::string& architecture, const Quantization& wanted) {
  GgufWriter writer(architecture);
  for (const auto& [key, value] : file.metadata()) {
    if (!is_rewritten(key)) writer.set_raw(key, value);
  }
  writer.set("general.quantization_version", kQuantizationVersion);
  writer.set("general.file_type", wanted.file_type);
  return writer;
}

MixContext context_of(const GgufFile& file, const std::string& architecture) {
  MixContext context;
  context.architecture = architecture;
  context.n_layer = file.integer(architecture + ".block_count").value_or(0);
  context.tied_output = file.tensors().find("output.weight") == nullptr;
  for (const auto& [name, tensor] : file.tensors().all()) {
    if (name.ends_with("attn_v.weight") || name.ends_with("attn_qkv.weight")) ++context.n_value_layers;
  }
  return context;
}

/// By where they lie, so that a disk is read from front to back and the new file keeps the order.
std::vector<std::pair<std::string, Tensor>> in_file_order(const GgufFile& file) {
  std::vector<std::pair<std::string, Tensor>> tensors(file.tensors().all().begin(), file.tensors().all().end());
  std::sort(tensors.begin(), tensors.end(),
            [](const auto& a, const auto& b) { return std::less<>()(a.second.data, b.second.data); });
  return tensors;
}

[[noreturn]] void refuse_requantizing(const GgufFile& file, const std::string& name, DType dtype) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: tensor {} is {} already, and quantising again loses more", file.name(), quote(name),
                          dtype_name(dtype)),
              "start from an F32, F16 or BF16 file, or add --requantize");
}

PlannedTensor plan(const GgufFile& file, const std::string& name, const Tensor& tensor, const Quantization& wanted,
                   const MixContext& context, bool requantize) {
  PlannedTensor planned;
  planned.name = name;
  planned.shape = tensor.shape;
  planned.dtype = choose_tensor_type(wanted, context, name, tensor.shape, tensor.dtype);
  planned.source_bytes = tensor.bytes();
  planned.release = [tensor] { release_pages(tensor); };
  if (planned.dtype == tensor.dtype) {
    planned.copy = tensor;
    return planned;
  }
  if (!dtype_info(tensor.dtype).is_weight) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: tensor {} has type {}, which is not for weights", file.name(),
                                                     quote(name), dtype_name(tensor.dtype)));
  }
  if (is_quantized(tensor.dtype) && !requantize) refuse_requantizing(file, name, tensor.dtype);
  planned.read = rows_of(tensor);
  return planned;
}

/// "Q4_K → Q5_0" and how many tensors that holds for.
std::vector<std::string> fallback_notes(const std::vector<PlannedTensor>& tensors, const Quantization& wanted) {
  if (dtype_info(wanted.base).block == 1) return {};
  std::map<DType, std::int64_t> counts;
  for (const PlannedTensor& tensor : tensors) {
    const bool fallback =
        is_quantizable(tensor.name, tensor.shape) && tensor.shape.back() % dtype_info(wanted.base).block != 0;
    if (fallback) ++counts[tensor.dtype];
  }
  std::vector<std::string> notes;
  notes.reserve(counts.size());
  for (const auto& [dtype, count] : counts) {
    notes.push_back(fmt::format("{} tensors are {}: their rows are no multiple of {}, which {} needs", count,
                                dtype_name(dtype), dtype_info(wanted.base).block, dtype_name(wanted.base)));
  }
  return notes;
}

}  // namespace

std::vector<ConversionType> conversion_types() {
  std::vector<ConversionType> types;
  for (const Quantization& quantization : quantizations()) {
    const DTypeInfo& info = dtype_info(quantization.base);
    types.push_back(
        {std::string(quantization.name), 8.0 * static_cast<double>(info.bytes) / static_cast<double>(info.block)});
  }
  return types;
}

ConvertResult quantize_file(const std::string& source, const std::string& destination, const ConvertOptions& options) {
  const Quantization& wanted = find_quantization(options.type);
  check_destination(destination, {source}, options);
  const auto file = GgufFile::open(source);
  const std::string architecture = file->require_string("general.architecture");
  const MixContext context = context_of(*file, architecture);
  std::vector<PlannedTensor> tensors;
  for (const auto& [name, tensor] : in_file_order(*file)) {
    tensors.push_back(plan(*file, name, tensor, wanted, context, options.requantize));
  }
  GgufWriter writer = metadata_of(*file, architecture, wanted);
  ConvertResult result = write_model(writer, tensors, source, destination, options);
  result.notes = fallback_notes(tensors, wanted);
  return result;
}

}  // namespace hearth
