#include "format/gguf_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "base/atomic_file.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxKeyBytes = 65535;  // GGUF specification
constexpr std::uint32_t kDefaultAlignment = 32;
constexpr int kMaxDims = 4;  // GGML_MAX_DIMS

template <typename Number>
void put_number(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, std::uint64_t{text.size()});
  out += text;
}

void put_type(std::string& out, GgufType type) { put_number(out, static_cast<std::uint32_t>(type)); }

void put_array_head(std::string& out, GgufType type, std::size_t count) {
  put_type(out, type);
  put_number(out, std::uint64_t{count});
}

template <typename Number>
std::string number_value(GgufType type, Number number) {
  std::string out;
  put_type(out, type);
  put_number(out, number);
  return out;
}

template <typename Number>
std::string number_array(GgufType type, std::span<const Number> values) {
  std::string out;
  put_type(out, GgufType::kArray);
  put_array_head(out, type, values.size());
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return out;
}

[[noreturn]] void fail_mismatch(GgufType type) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("GGUF writer: a value does not fit its type {}", gguf_type_name(type)));
}

void put_raw_array(std::string& out, const GgufArray& array) {
  put_array_head(out, array.type, array.count);
  const auto expect = [&array](std::uint64_t found) {
    if (found != array.count) fail_mismatch(array.type);
  };
  if (array.type == GgufType::kString) {
    expect(array.strings.size());
    for (const std::string_view text : array.strings) put_text(out, text);
  } else if (array.type == GgufType::kArray) {
    expect(array.arrays.size());
    for (const GgufArray& inner : array.arrays) put_raw_array(out, inner);
  } else {
    const std::size_t width = gguf_type_bytes(array.type);
    expect(array.raw.size() % width == 0 ? array.raw.size() / width : std::numeric_limits<std::uint64_t>::max());
    out.append(reinterpret_cast<const char*>(array.raw.data()), array.raw.size());
  }
}

/// `value` as a Number, where it is one of the kind From and fits.
template <typename Number, typename From>
void put_converted(std::string& out, const GgufValue& value) {
  const From* number = std::get_if<From>(&value.value);
  if (number == nullptr) fail_mismatch(value.type);
  if constexpr (std::is_integral_v<Number>) {
    if (*number < std::numeric_limits<Number>::min() || *number > std::numeric_limits<Number>::max())
      fail_mismatch(value.type);
  }
  put_number(out, static_cast<Number>(*number));
}

void put_raw(std::string& out, const GgufValue& value) {
  using Unsigned = std::uint64_t;
  using Signed = std::int64_t;
  switch (value.type) {
    case GgufType::kU8: return put_converted<std::uint8_t, Unsigned>(out, value);
    case GgufType::kU16: return put_converted<std::uint16_t, Unsigned>(out, value);
    case GgufType::kU32: return put_converted<std::uint32_t, Unsigned>(out, value);
    case GgufType::kU64: return put_converted<std::uint64_t, Unsigned>(out, value);
    case GgufType::kI8: return put_converted<std::int8_t, Signed>(out, value);
    case GgufType::kI16: return put_converted<std::int16_t, Signed>(out, value);
    case GgufType::kI32: return put_converted<std::int32_t, Signed>(out, value);
    case GgufType::kI64: return put_converted<std::int64_t, Signed>(out, value);
    case GgufType::kF32: return put_converted<float, double>(out, value);
    case GgufType::kF64: return put_converted<double, double>(out, value);
    case GgufType::kBool: return put_converted<bool, bool>(out, value);
    case GgufType::kString: {
      const auto* text = std::get_if<std::string_view>(&value.value);
      if (text == nullptr) fail_mismatch(value.type);
      return put_text(out, *text);
    }
    case GgufType::kArray: {
      const auto* array = std::get_if<GgufArray>(&value.value);
      if (array == nullptr) fail_mismatch(value.type);
      return put_raw_array(out, *array);
    }
  }
}

void check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kMaxKeyBytes && is_valid_utf8(name)) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("GGUF writer: {} {} must be 1 to {} bytes of UTF-8", what, quote(name), kMaxKeyBytes));
}

void check_alignment(std::uint32_t alignment) {
  if (std::has_single_bit(alignment) && alignment >= 8) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("GGUF writer: alignment {} must be a power of two, 8 or more", alignment));
}

std::uint64_t padding(std::uint64_t size, std::uint32_t alignment) {
  return (alignment - size % alignment) % alignment;
}

}  // namespace

GgufWriter::GgufWriter(std::string_view architecture) { set("general.architecture", architecture); }

void GgufWriter::set(std::string key, std::uint32_t value) { put(std::move(key), number_value(GgufType::kU32, value)); }
void GgufWriter::set(std::string key, std::int32_t value) { put(std::move(key), number_value(GgufType::kI32, value)); }
void GgufWriter::set(std::string key, std::uint64_t value) { put(std::move(key), number_value(GgufType::kU64, value)); }
void GgufWriter::set(std::string key, std::int64_t value) { put(std::move(key), number_value(GgufType::kI64, value)); }
void GgufWriter::set(std::string key, float value) { put(std::move(key), number_value(GgufType::kF32, value)); }
void GgufWriter::set(std::string key, bool value) { put(std::move(key), number_value(GgufType::kBool, value)); }

void GgufWriter::set(std::string key, std::string_view value) {
  std::string out;
  put_type(out, GgufType::kString);
  put_text(out, value);
  put(std::move(key), std::move(out));
}

void GgufWriter::set(std::string key, std::span<const std::string> values) {
  std::string out;
  put_type(out, GgufType::kArray);
  put_array_head(out, GgufType::kString, values.size());
  for (const std::string& value : values) put_text(out, value);
  put(std::move(key), std::move(out));
}

void GgufWriter::set(std::string key, std::span<const float> values) {
  put(std::move(key), number_array(GgufType::kF32, values));
}
void GgufWriter::set(std::string key, std::span<const std::int32_t> values) {
  put(std::move(key), number_array(GgufType::kI32, values));
}
void GgufWriter::set(std::string key, std::span<const std::uint32_t> values) {
  put(std::move(key), number_array(GgufType::kU32, values));
}

void GgufWriter::set_raw(std::string key, const GgufValue& value) {
  std::string out;
  put_type(out, value.type);
  put_raw(out, value);
  put(std::move(key), std::move(out));
}

void GgufWriter::put(std::string key, std::string bytes) {
  check_name("key", key);
  if (key == "general.alignment") {
    throw Error(ErrorCode::kInvalidArgument,
                "GGUF writer: general.alignment is an argument of write, not a key to set");
  }
  if (!keys_.insert(key).second) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("GGUF writer: key {} is given twice", quote(key)));
  }
  entries_.push_back({std::move(key), std::move(bytes)});
}

void GgufWriter::add_tensor(std::string name, Tensor tensor) { put_tensor({std::move(name), std::move(tensor), {}}); }

void GgufWriter::add_tensor(std::string name, DType dtype, const Shape& shape, TensorBytes bytes) {
  put_tensor({std::move(name), {dtype, shape, nullptr, nullptr}, std::move(bytes)});
}

void GgufWriter::put_tensor(NamedTensor added) {
  const std::string& name = added.name;
  const Tensor& tensor = added.tensor;
  check_name("tensor name", name);
  const auto fail = [&name](std::string_view problem) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("GGUF writer: tensor {} {}", quote(name), problem));
  };
  if (dtype_info(tensor.dtype).ggml_type < 0)
    fail(fmt::format("is {}, which GGUF does not have", dtype_name(tensor.dtype)));
  if (tensor.shape.size() < 1 || tensor.shape.size() > kMaxDims) {
    fail(fmt::format("has {} dimensions; GGUF has 1 to {}", tensor.shape.size(), kMaxDims));
  }
  for (int i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] < 1)
      fail(fmt::format("has shape {}; every dimension must be at least 1", tensor.shape.to_string()));
  }
  if (tensor.row_length() % dtype_info(tensor.dtype).block != 0) {
    fail(fmt::format("has rows of {} values; {} stores blocks of {}", tensor.row_length(), dtype_name(tensor.dtype),
                     dtype_info(tensor.dtype).block));
  }
  if (!tensor && !added.bytes) fail("has no data");
  if (!tensor_names_.insert(name).second) fail("is given twice");
  tensors_.push_back(std::move(added));
}

/// Everything before the tensors' data, its padding included.
std::string GgufWriter::header(std::uint32_t alignment) const {
  const bool says_alignment = alignment != kDefaultAlignment;
  std::string out = "GGUF";
  put_number(out, std::uint32_t{3});
  put_number(out, std::uint64_t{tensors_.size()});
  put_number(out, std::uint64_t{entries_.size() + (says_alignment ? 1 : 0)});
  for (const Entry& entry : entries_) {
    put_text(out, entry.key);
    out += entry.bytes;
  }
  if (says_alignment) {
    put_text(out, "general.alignment");
    out += number_value(GgufType::kU32, alignment);
  }
  std::uint64_t offset = 0;
  for (const auto& [name, tensor, bytes] : tensors_) {
    put_text(out, name);
    put_number(out, static_cast<std::uint32_t>(tensor.shape.size()));
    for (int i = tensor.shape.size() - 1; i >= 0; --i) put_number(out, tensor.shape[i]);
    put_number(out, static_cast<std::uint32_t>(dtype_info(tensor.dtype).ggml_type));
    put_number(out, offset);
    offset += tensor.bytes() + padding(tensor.bytes(), alignment);
  }
  out.append(padding(out.size(), alignment), '\0');
  return out;
}

void GgufWriter::emit_tensor(const NamedTensor& added, const Sink& sink) const {
  const std::uint64_t wanted = added.tensor.bytes();
  if (!added.bytes) {
    sink({reinterpret_cast<const char*>(added.tensor.data), wanted});
    return;
  }
  std::uint64_t written = 0;
  added.bytes([&](std::string_view piece) {
    written += piece.size();
    if (written <= wanted) sink(piece);
  });
  if (written == wanted) return;
  throw Error(ErrorCode::kInternal,
              fmt::format("GGUF writer: tensor {} came as {} bytes; {} of shape {} take {}", quote(added.name), written,
                          dtype_name(added.tensor.dtype), added.tensor.shape.to_string(), wanted));
}

std::uint64_t GgufWriter::file_bytes(std::uint32_t alignment) const {
  check_alignment(alignment);
  std::uint64_t total = header(alignment).size();
  for (const NamedTensor& added : tensors_) {
    total += added.tensor.bytes() + padding(added.tensor.bytes(), alignment);
  }
  return total;
}

void GgufWriter::emit(std::uint32_t alignment, const Sink& sink) const {
  check_alignment(alignment);
  sink(header(alignment));
  for (const NamedTensor& added : tensors_) {
    emit_tensor(added, sink);
    sink(std::string(padding(added.tensor.bytes(), alignment), '\0'));
  }
}

void GgufWriter::write(const std::filesystem::path& path, std::uint32_t alignment) const {
  AtomicFile file(path);
  emit(alignment, [&file](std::string_view bytes) { file.append(bytes); });
  file.commit();
}

std::string GgufWriter::to_bytes(std::uint32_t alignment) const {
  std::string out;
  emit(alignment, [&out](std::string_view bytes) { out += bytes; });
  return out;
}

}  // namespace hearth
