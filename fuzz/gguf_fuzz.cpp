// Any bytes: an Error, or a file whose every view can be read and that a copy by the writer equals.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "format/gguf.h"
#include "format/gguf_writer.h"
#include "hearth/error.h"

namespace {

using hearth::Error;
using hearth::ErrorCode;
using hearth::GgufFile;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Every typed look at every key: a value or a kCorruptData.
void look(const GgufFile& file) {
  const auto attempt = [](auto action) {
    try {
      action();
    } catch (const Error& error) {
      require(error.code() == ErrorCode::kCorruptData);
    }
  };
  for (const auto& [key, value] : file.metadata()) {
    require(file.find(key) == &value);
    attempt([&, &k = key] { file.string(k); });
    attempt([&, &k = key] { file.integer(k); });
    attempt([&, &k = key] { file.number(k); });
    attempt([&, &k = key] { file.boolean(k); });
    attempt([&, &k = key] { file.strings(k); });
    attempt([&, &k = key] { file.numbers(k); });
    attempt([&, &k = key] { file.integers(k); });
    require(!describe(value).empty());
  }
}

std::string copy(const GgufFile& file) {
  hearth::GgufWriter writer("fuzz");
  for (const auto& [key, value] : file.metadata()) {
    if (key != "general.architecture" && key != "general.alignment") writer.set_raw(key, value);
  }
  for (const auto& [name, tensor] : file.tensors().all()) writer.add_tensor(name, tensor);
  return writer.to_bytes();
}

std::shared_ptr<const GgufFile> parse(std::string bytes) {
  const auto owner = std::make_shared<std::string>(std::move(bytes));
  owner->shrink_to_fit();
  return GgufFile::parse(std::as_bytes(std::span(*owner)), "fuzz", owner);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = parse({reinterpret_cast<const char*>(data), size});
    look(*file);
    const std::string first = copy(*file);
    require(copy(*parse(first)) == first);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kCorruptData || error.code() == ErrorCode::kUnsupported);
    require(!error.message().empty());
  }
  return 0;
}
