#include "format/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // MAX_HEADER_SIZE of the reference implementation
constexpr int kMaxHeaderDepth = 4;                      // the header, a tensor, its shape
constexpr const char* kDamaged = "the file is damaged or incomplete; get it again";

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

struct Entry {
  std::string name;
  Tensor tensor;
  std::uint64_t begin;  ///< bytes of the data
  std::uint64_t end;
};

/// The header of one file, entry by entry.
class Header {
 public:
  Header(std::string_view text, const std::string& name)
      : name_(name), document_(parse_json(text, name + ": header", kMaxHeaderDepth, DuplicateKeys::kRefuse)) {
    if (!document_.is_object()) fail("the header is no JSON object");
  }

  std::vector<Entry> entries() const {
    std::vector<Entry> result;
    for (const auto& item : document_.get_object()) {
      if (view(item.key()) != "__metadata__") result.push_back(entry(view(item.key()), item.value()));
    }
    return result;
  }

  std::map<std::string, std::string> metadata() const {
    std::map<std::string, std::string> result;
    const json::value* found = document_.get_object().if_contains("__metadata__");
    if (found == nullptr || found->is_null()) return result;
    if (!found->is_object()) fail("__metadata__ must be an object of strings");
    for (const auto& item : found->get_object()) {
      if (!item.value().is_string()) fail(fmt::format("__metadata__: {} must be a string", quote(view(item.key()))));
      result.emplace(view(item.key()), view(item.value().get_string()));
    }
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view problem) const {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}", name_, problem), kDamaged);
  }

  Entry entry(std::string_view tensor_name, const json::value& value) const {
    const std::string what = fmt::format("tensor {}", quote(tensor_name));
    const JsonObject object(value, fmt::format("{}: {}", name_, what));
    const std::string dtype_text = object.require_string("dtype");
    const auto dtype = dtype_from_safetensors(dtype_text);
    if (!dtype) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: {} has dtype {}, which is not supported", name_, what, quote(dtype_text)),
                  "get the model in F32, F16 or BF16");
    }
    Entry result{std::string(tensor_name), {}, 0, 0};
    result.tensor.dtype = *dtype;
    std::vector<std::uint64_t> offsets = numbers(object, "data_offsets");
    if (offsets.size() != 2) object.fail("data_offsets", fmt::format("has {} numbers; it must have 2", offsets.size()));
    result.begin = offsets[0];
    result.end = offsets[1];

    std::uint64_t elements = 1;
    const std::vector<std::uint64_t> dims = numbers(object, "shape");
    if (dims.size() > Shape::kMaxDims) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} has {} dimensions; at most {} are supported", name_,
                                                       what, dims.size(), Shape::kMaxDims));
    }
    bool is_empty = false;
    for (const std::uint64_t dim : dims) {
      // A zero must not hide an overflow of the others: products are formed in any order later.
      if (dim != 0 && __builtin_mul_overflow(elements, dim, &elements)) object.fail("shape", "is too large");
      is_empty |= dim == 0;
      result.tensor.shape.push_back(static_cast<std::int64_t>(dim));
    }
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(elements, std::uint64_t{dtype_info(*dtype).bytes}, &bytes) ||
        bytes > std::uint64_t{INT64_MAX}) {
      object.fail("shape", "is too large");
    }
    if (is_empty) bytes = 0;
    if (result.end < result.begin || result.end - result.begin != bytes) {
      object.fail("data_offsets", fmt::format("is [{}, {}], but {} {} takes {} bytes", result.begin, result.end,
                                              dtype_text, result.tensor.shape.to_string(), bytes));
    }
    return result;
  }

  static std::vector<std::uint64_t> numbers(const JsonObject& object, std::string_view key) {
    const json::array* array = object.array(key);
    if (array == nullptr) object.fail(key, "is missing");
    std::vector<std::uint64_t> result;
    for (const json::value& element : *array) {
      const auto* number = element.if_int64();  // what does not fit into 63 bits is no size
      if (number == nullptr || *number < 0) object.fail(key, "must hold whole numbers from 0 to 2^63 - 1");
      result.push_back(static_cast<std::uint64_t>(*number));
    }
    return result;
  }

  const std::string& name_;
  json::value document_;
};

/// The data must be covered by the tensors without holes, overlaps or a rest.
void check_coverage(std::vector<Entry>& entries, std::uint64_t data_bytes, const std::string& name) {
  const auto fail = [&name](const Entry& entry, const std::string& problem) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: tensor {}: {}", name, quote(entry.name), problem), kDamaged);
  };
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.end > data_bytes) {
      fail(entry, fmt::format("data_offsets is [{}, {}], but the file has {} bytes of data", entry.begin, entry.end,
                              data_bytes));
    }
    if (entry.begin != covered) {
      fail(entry, fmt::format("data_offsets begins at {}, but the tensor before ends at {}: there is {}", entry.begin,
                              covered, entry.begin < covered ? "an overlap" : "a hole"));
    }
    covered = entry.end;
  }
  if (covered != data_bytes) {
    throw Error(
        ErrorCode::kCorruptData,
        fmt::format("{}: the tensors take {} bytes, but the file has {} bytes of data", name, covered, data_bytes),
        kDamaged);
  }
}

std::string_view read_header(std::span<const std::byte> bytes, const std::string& name) {
  const auto fail = [&name](const std::string& problem) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}", name, problem), kDamaged);
  };
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length)
    fail(fmt::format("the file ends after {} bytes; the header's length takes 8", bytes.size()));
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeaderBytes) {
    fail(fmt::format("not a safetensors file: the header's length is {}; {} are allowed", length, kMaxHeaderBytes));
  }
  if (length > bytes.size() - sizeof length) {
    fail(fmt::format("the header's length is {}, but only {} bytes follow", length, bytes.size() - sizeof length));
  }
  return {reinterpret_cast<const char*>(bytes.data() + sizeof length), length};
}

}  // namespace

void parse_safetensors(std::span<const std::byte> bytes, const std::string& name,
                       const std::shared_ptr<const void>& owner, TensorTable& table,
                       std::map<std::string, std::string>* metadata) {
  const std::string_view header_text = read_header(bytes, name);
  const Header header(header_text, name);
  std::vector<Entry> entries = header.entries();
  std::map<std::string, std::string> found_metadata = header.metadata();
  const auto data = bytes.subspan(sizeof(std::uint64_t) + header_text.size());
  check_coverage(entries, data.size(), name);
  for (const Entry& entry : entries) {
    if (table.find(entry.name) == nullptr) continue;
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: tensor {} is in another file of this model too", name, quote(entry.name)));
  }
  for (Entry& entry : entries) {
    entry.tensor.data = data.data() + entry.begin;
    entry.tensor.owner = owner;
    table.add(std::move(entry.name), std::move(entry.tensor), name);
  }
  if (metadata != nullptr) *metadata = std::move(found_metadata);
}

void read_safetensors(const std::filesystem::path& path, TensorTable& table,
                      std::map<std::string, std::string>* metadata) {
  const auto file = MappedFile::open(path);
  parse_safetensors(file->bytes(), path.string(), file, table, metadata);
}

}  // namespace hearth
