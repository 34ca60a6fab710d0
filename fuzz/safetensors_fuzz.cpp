// Any bytes: an Error, or tensors whose every byte can be read and that a copy by the writer equals.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "format/safetensors.h"
#include "hearth/error.h"

namespace {

using hearth::Error;
using hearth::ErrorCode;

using Metadata = std::map<std::string, std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

hearth::TensorTable parse(std::string bytes, Metadata& metadata) {
  const auto owner = std::make_shared<std::string>(std::move(bytes));
  owner->shrink_to_fit();
  hearth::TensorTable table;
  hearth::parse_safetensors(std::as_bytes(std::span(*owner)), "fuzz", owner, table, &metadata);
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    Metadata metadata;
    const hearth::TensorTable table = parse({reinterpret_cast<const char*>(data), size}, metadata);
    Metadata copied_metadata;
    const hearth::TensorTable copy =
        parse(hearth::safetensors_bytes({table.all().begin(), table.all().end()}, metadata), copied_metadata);
    require(copied_metadata == metadata && copy.all().size() == table.all().size());
    for (const auto& [name, tensor] : table.all()) {
      const hearth::Tensor* other = copy.find(name);
      require(other != nullptr && other->dtype == tensor.dtype && other->shape == tensor.shape);
      require(std::memcmp(other->data, tensor.data, tensor.bytes()) == 0);
    }
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kCorruptData || error.code() == ErrorCode::kUnsupported);
    require(!error.message().empty());
  }
  return 0;
}
