#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/atomic_file.h"
#include "base/json.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "format/safetensors.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kAlignment = 8;  // where the data begins; the reference implementation's writer does so too

void check(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  const auto fail = [](const std::string& problem) {
    throw Error(ErrorCode::kInvalidArgument, "safetensors writer: " + problem);
  };
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (!is_valid_utf8(name)) fail(fmt::format("the name {} is not valid UTF-8", quote(name)));
    if (name == "__metadata__") fail("a tensor cannot be called '__metadata__'");
    if (!names.insert(name).second) fail(fmt::format("tensor {} is given twice", quote(name)));
    if (is_quantized(tensor.dtype))
      fail(fmt::format("tensor {} is {}, which safetensors does not have", quote(name), dtype_name(tensor.dtype)));
    for (int i = 0; i < tensor.shape.size(); ++i) {
      if (tensor.shape[i] < 0) fail(fmt::format("tensor {} has shape {}", quote(name), tensor.shape.to_string()));
    }
    if (!tensor && tensor.elements() != 0) fail(fmt::format("tensor {} has no data", quote(name)));
  }
  for (const auto& [key, value] : metadata) {
    if (!is_valid_utf8(key) || !is_valid_utf8(value)) fail(fmt::format("metadata {} is not valid UTF-8", quote(key)));
  }
}

/// The header's length and the header, padded with spaces.
std::string header(const std::vector<const NamedTensors::value_type*>& order,
                   const std::map<std::string, std::string>& metadata) {
  json::object document;
  if (!metadata.empty()) {
    json::object& strings = document["__metadata__"].emplace_object();
    for (const auto& [key, value] : metadata) strings[key] = value;
  }
  std::uint64_t offset = 0;
  for (const auto* item : order) {
    const auto& [name, tensor] = *item;
    json::array shape;
    for (int i = 0; i < tensor.shape.size(); ++i) shape.emplace_back(tensor.shape[i]);
    json::object& entry = document[name].emplace_object();
    const std::string_view dtype = dtype_name(tensor.dtype);
    entry["dtype"] = json::string_view(dtype.data(), dtype.size());
    entry["shape"] = std::move(shape);
    entry["data_offsets"] = json::array{offset, offset + tensor.bytes()};
    offset += tensor.bytes();
  }
  std::string text = json::serialize(document);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

void emit(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata,
          const std::function<void(std::string_view)>& sink) {
  check(tensors, metadata);
  // The format allows no holes between tensors: wide values first keeps each dtype at its own alignment.
  std::vector<const NamedTensors::value_type*> order;
  for (const auto& item : tensors) order.push_back(&item);
  std::ranges::stable_sort(order, std::greater<>(),
                           [](const auto* item) { return dtype_info(item->second.dtype).bytes; });
  sink(header(order, metadata));
  for (const auto* item : order) sink({reinterpret_cast<const char*>(item->second.data), item->second.bytes()});
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  AtomicFile file(path);
  emit(tensors, metadata, [&file](std::string_view bytes) { file.append(bytes); });
  file.commit();
}

std::string safetensors_bytes(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  std::string out;
  emit(tensors, metadata, [&out](std::string_view bytes) { out += bytes; });
  return out;
}

}  // namespace hearth
