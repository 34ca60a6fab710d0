#include "format/gguf_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/quote.h"
#include "base/unicode.h"
#include "format/ggml_type_name.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 65535;                     // GGUF specification
constexpr std::uint32_t kDefaultAlignment = 32;                   // GGUF specification
constexpr std::uint32_t kMaxDims = 4;                             // GGML_MAX_DIMS
constexpr int kMaxArrayNesting = 4;                               // our limit; no known file nests arrays at all
constexpr std::uint64_t kSmallestEntry = 8 + 1 + 4 + 1;           // key length, key, type, value
constexpr std::uint64_t kSmallestTensor = 8 + 1 + 4 + 8 + 4 + 8;  // name length, name, dims, one dim, type, offset

std::uint32_t byte_swapped(std::uint32_t n) { return n >> 24 | (n >> 8 & 0xFF00) | (n << 8 & 0xFF0000) | n << 24; }

/// What people hand to us in the place of a model, by its first bytes.
std::string hint_for_stranger(std::string_view beginning) {
  if (beginning.starts_with("version https://git-lfs"))
    return "this is a Git LFS pointer, not the file: run git lfs pull";
  if (beginning.starts_with("<")) return "this looks like a web page: download the file itself";
  if (beginning.starts_with("lmgg") || beginning.starts_with("tjgg") || beginning.starts_with("fmgg")) {
    return "this is a GGML file from before GGUF: get the model as GGUF";
  }
  return "name a .gguf file";
}

}  // namespace

GgufParser::GgufParser(std::span<const std::byte> bytes, std::string name, std::shared_ptr<const void> owner)
    : bytes_(bytes), owner_(std::move(owner)), reader_(bytes, name), file_(std::make_shared<GgufFile>()) {
  file_->name_ = std::move(name);
  file_->owner_ = owner_;
  file_->file_bytes_ = bytes.size();
}

std::shared_ptr<GgufFile> GgufParser::parse() {
  reader_.enter("header");
  read_magic_and_version();
  const auto tensor_count = reader_.number<std::uint64_t>("the number of tensors");
  const auto metadata_count = reader_.number<std::uint64_t>("the number of metadata keys");
  reader_.expect_room(metadata_count, kSmallestEntry, "metadata keys");
  for (std::uint64_t i = 0; i < metadata_count; ++i) read_metadata(i, metadata_count);

  reader_.enter("header");
  reader_.expect_room(tensor_count, kSmallestTensor, "tensors");
  std::vector<TensorInfo> infos;
  for (std::uint64_t i = 0; i < tensor_count; ++i) infos.push_back(read_tensor_info(i, tensor_count));
  place_tensors(std::move(infos));
  return std::move(file_);
}

void GgufParser::read_magic_and_version() {
  const std::string_view beginning(reinterpret_cast<const char*>(bytes_.data()),
                                   std::min<std::size_t>(bytes_.size(), 32));
  if (!beginning.starts_with("GGUF")) {
    const bool is_cut_off = std::string_view("GGUF").starts_with(beginning);
    throw Error(
        ErrorCode::kCorruptData,
        is_cut_off ? fmt::format("{}: the file ends after {} bytes", file_->name_, bytes_.size())
                   : fmt::format("{}: not a GGUF file: it begins with {}", file_->name_, quote(beginning.substr(0, 4))),
        is_cut_off ? "the file is incomplete; get it again" : hint_for_stranger(beginning));
  }
  reader_.take(4, "the magic");
  const auto version = reader_.number<std::uint32_t>("the version");
  if (version == 0 || version > 3) {
    if (const std::uint32_t swapped = byte_swapped(version); swapped >= 1 && swapped <= 3) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: big-endian GGUF is not supported", file_->name_),
                  "get the little-endian file of this model");
    }
  }
  if (version != 2 && version != 3) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: GGUF version {} is not supported; versions 2 and 3 are", file_->name_, version),
                "get a newer conversion of this model");
  }
  file_->version_ = version;
}

void GgufParser::read_metadata(std::uint64_t index, std::uint64_t count) {
  reader_.enter(fmt::format("metadata key {} of {}", index + 1, count));
  const std::string_view key = reader_.text("the key");
  if (key.empty()) reader_.fail("the key is empty");
  if (key.size() > kMaxKeyBytes)
    reader_.fail(fmt::format("the key has {} bytes; {} are allowed", key.size(), kMaxKeyBytes));
  if (!is_valid_utf8(key)) reader_.fail(fmt::format("the key {} is not valid UTF-8", quote(key)));
  reader_.enter("key " + quote(key));
  if (!file_->index_.emplace(key, file_->metadata_.size()).second) reader_.fail("it is there twice");
  file_->metadata_.emplace_back(key, read_value(read_type()));
}

GgufType GgufParser::read_type() {
  const auto type = reader_.number<std::uint32_t>("the value's type");
  if (type >= kGgufTypeCount) reader_.fail(fmt::format("value type {} does not exist", type));
  return static_cast<GgufType>(type);
}

GgufValue GgufParser::read_value(GgufType type) {
  if (type == GgufType::kString) return {type, reader_.text("the string")};
  if (type == GgufType::kArray) return {type, read_array(1)};
  const auto raw = reader_.take(gguf_type_bytes(type), "the value");
  if (type == GgufType::kBool && raw[0] > std::byte{1})
    reader_.fail(fmt::format("a bool is {}; it must be 0 or 1", static_cast<int>(raw[0])));
  return decode_gguf_number(type, raw.data());
}

GgufArray GgufParser::read_array(int nesting) {
  if (nesting > kMaxArrayNesting) reader_.fail(fmt::format("arrays are nested more than {} deep", kMaxArrayNesting));
  GgufArray array;
  array.type = read_type();
  array.count = reader_.number<std::uint64_t>("the array's length");
  if (array.type == GgufType::kString) {
    reader_.expect_room(array.count, 8, "strings");
    array.strings.reserve(array.count);  // at most twice the bytes that are there
    for (std::uint64_t i = 0; i < array.count; ++i) array.strings.push_back(reader_.text("a string"));
  } else if (array.type == GgufType::kArray) {
    reader_.expect_room(array.count, 12, "arrays");
    for (std::uint64_t i = 0; i < array.count; ++i) array.arrays.push_back(read_array(nesting + 1));
  } else {
    array.raw = reader_.take(array.count, gguf_type_bytes(array.type), "array elements");
    if (array.type == GgufType::kBool) {
      for (const std::byte b : array.raw) {
        if (b > std::byte{1}) reader_.fail(fmt::format("a bool is {}; it must be 0 or 1", static_cast<int>(b)));
      }
    }
  }
  return array;
}

GgufParser::TensorInfo GgufParser::read_tensor_info(std::uint64_t index, std::uint64_t count) {
  reader_.enter(fmt::format("tensor {} of {}", index + 1, count));
  const std::string_view name = reader_.text("the name");
  if (name.empty()) reader_.fail("the name is empty");
  if (name.size() > kMaxKeyBytes)
    reader_.fail(fmt::format("the name has {} bytes; {} are allowed", name.size(), kMaxKeyBytes));
  if (!is_valid_utf8(name)) reader_.fail(fmt::format("the name {} is not valid UTF-8", quote(name)));
  reader_.enter("tensor " + quote(name));

  TensorInfo info;
  info.name = name;
  info.tensor.shape = read_shape();
  const auto type = reader_.number<std::uint32_t>("the type");
  const auto dtype = dtype_from_ggml(type);
  if (!dtype) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: tensor {} has type {}, which is not supported", file_->name_, quote(name),
                            ggml_type_name(type)),
                "get the model in one of: " + supported_ggml_types());
  }
  info.tensor.dtype = *dtype;
  info.offset = reader_.number<std::uint64_t>("the offset");

  const std::int64_t row = info.tensor.shape.back();
  if (const std::int64_t block = dtype_info(*dtype).block; row % block != 0) {
    reader_.fail(
        fmt::format("its rows have {} values; {} stores them in blocks of {}", row, dtype_name(*dtype), block));
  }
  const auto bytes = checked_bytes(*dtype, info.tensor.shape.elements());
  if (!bytes) reader_.fail(fmt::format("shape {} is too large", info.tensor.shape.to_string()));
  info.bytes = *bytes;
  return info;
}

/// The file lists the row's length first; a Shape reads from the outside in.
Shape GgufParser::read_shape() {
  const auto n_dims = reader_.number<std::uint32_t>("the number of dimensions");
  if (n_dims < 1 || n_dims > kMaxDims)
    reader_.fail(fmt::format("it has {} dimensions; 1 to {} are allowed", n_dims, kMaxDims));
  std::vector<std::int64_t> dims;
  std::int64_t elements = 1;
  for (std::uint32_t i = 0; i < n_dims; ++i) {
    const auto dim = reader_.number<std::int64_t>("a dimension");
    if (dim < 1) reader_.fail(fmt::format("dimension {} is {}; it must be at least 1", i, dim));
    if (__builtin_mul_overflow(elements, dim, &elements))
      reader_.fail(fmt::format("dimension {} is {}: the tensor is too large", i, dim));
    dims.push_back(dim);
  }
  Shape shape;
  for (auto dim = dims.rbegin(); dim != dims.rend(); ++dim) shape.push_back(*dim);
  return shape;
}

std::uint64_t GgufParser::alignment() const {
  const std::string_view key = "general.alignment";
  const GgufValue* value = file_->find(key);
  if (value == nullptr) return kDefaultAlignment;
  if (value->type != GgufType::kU32) {
    file_->fail(key, fmt::format("is {} ({}); it must be a U32", describe(*value), gguf_type_name(value->type)));
  }
  const std::uint64_t alignment = std::get<std::uint64_t>(value->value);
  if (!std::has_single_bit(alignment)) file_->fail(key, fmt::format("is {}; it must be a power of two", alignment));
  return alignment;
}

void GgufParser::place_tensors(std::vector<TensorInfo> infos) {
  const std::uint64_t align = alignment();
  const std::uint64_t begin = (reader_.offset() + align - 1) / align * align;  // both are far below 2^63
  const std::uint64_t available = begin < bytes_.size() ? bytes_.size() - begin : 0;
  for (const TensorInfo& info : infos) {
    const auto fail = [&](const std::string& problem) {
      reader_.enter("tensor " + quote(info.name));
      reader_.fail(problem);
    };
    if (info.offset % align != 0)
      fail(fmt::format("offset {} is not a multiple of the alignment {}", info.offset, align));
    if (info.offset > available || info.bytes > available - info.offset) {
      fail(fmt::format("it takes {} bytes at offset {} of the tensor data, which has {} bytes", info.bytes, info.offset,
                       available));
    }
  }
  check_overlaps(infos);
  for (TensorInfo& info : infos) {
    info.tensor.data = bytes_.data() + begin + info.offset;
    info.tensor.owner = owner_;
    file_->tensors_.add(std::move(info.name), std::move(info.tensor), file_->name_);
  }
}

/// No tool writes two tensors over each other; a file that says so lies somewhere.
void GgufParser::check_overlaps(const std::vector<TensorInfo>& infos) const {
  std::vector<const TensorInfo*> order;
  order.reserve(infos.size());
  for (const TensorInfo& info : infos) order.push_back(&info);
  std::ranges::sort(order, {}, &TensorInfo::offset);
  for (std::size_t i = 1; i < order.size(); ++i) {
    const TensorInfo& before = *order[i - 1];
    if (order[i]->offset - before.offset >= before.bytes) continue;
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: tensors {} (offset {}, {} bytes) and {} (offset {}) overlap", file_->name_,
                            quote(before.name), before.offset, before.bytes, quote(order[i]->name), order[i]->offset),
                "the file is damaged; get it again");
  }
}

}  // namespace hearth
