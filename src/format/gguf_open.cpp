#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/quote.h"
#include "format/gguf.h"
#include "format/gguf_parser.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::string_view kSplitNo = "split.no";
constexpr std::string_view kSplitCount = "split.count";
constexpr std::string_view kSplitTensors = "split.tensors.count";

/// NAME-0000K-of-0000N.gguf, as llama.cpp's gguf-split writes it.
struct PartName {
  std::string stem;  ///< NAME
  int part;          ///< K, from 1
  int count;         ///< N

  static std::optional<PartName> parse(std::string_view file_name);
  std::string of(int k) const { return fmt::format("{}-{:05}-of-{:05}.gguf", stem, k, count); }
};

std::optional<int> five_digits(std::string_view text) {
  int number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text[0] == '-' || result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<PartName> PartName::parse(std::string_view file_name) {
  const std::string_view pattern = "-KKKKK-of-NNNNN.gguf";
  if (file_name.size() < pattern.size()) return std::nullopt;
  const std::string_view tail = file_name.substr(file_name.size() - pattern.size());
  if (tail[0] != '-' || tail.substr(6, 4) != "-of-" || tail.substr(15) != ".gguf") return std::nullopt;
  const auto part = five_digits(tail.substr(1, 5));
  const auto count = five_digits(tail.substr(10, 5));
  if (!part || !count || *part < 1 || *part > *count) return std::nullopt;
  return PartName{std::string(file_name.substr(0, file_name.size() - pattern.size())), *part, *count};
}

std::shared_ptr<GgufFile> open_part(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return GgufParser(file->bytes(), path.string(), file).parse();
}

void expect(const GgufFile& file, std::string_view key, std::int64_t wanted, std::string_view because) {
  const std::int64_t found = file.require_integer(key);
  if (found != wanted) file.fail(key, fmt::format("is {}, but {} {}", found, because, wanted));
}

void require_all_parts(const std::filesystem::path& folder, const PartName& name) {
  for (int k = 1; k <= name.count; ++k) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / name.of(k), ignored)) continue;
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: no such file; it is part {} of {} of this model", (folder / name.of(k)).string(), k,
                            name.count),
                "put all parts into one folder, with the names that they were published under");
  }
}

}  // namespace

std::shared_ptr<const GgufFile> GgufFile::parse(std::span<const std::byte> bytes, std::string name,
                                                std::shared_ptr<const void> owner) {
  auto file = GgufParser(bytes, std::move(name), std::move(owner)).parse();
  if (const auto count = file->integer(kSplitCount).value_or(1); count > 1) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: this is one part of {}", file->name_, count),
                "open the model by its path");
  }
  return file;
}

std::shared_ptr<const GgufFile> GgufFile::open(const std::filesystem::path& path) {
  std::shared_ptr<GgufFile> opened = open_part(path);
  const std::int64_t count = opened->integer(kSplitCount).value_or(1);
  const auto name = PartName::parse(path.filename().string());
  if (count <= 1 && (!name || name->count == 1)) return opened;
  if (!name) {
    opened->fail(
        kSplitCount,
        fmt::format(
            "is {}, but the file's name does not end in -0000K-of-{:05}.gguf, by which its other parts are found",
            count, count));
  }
  expect(*opened, kSplitCount, name->count, "the file's name says");
  const std::filesystem::path folder = path.parent_path();
  require_all_parts(folder, *name);

  // The first part has the metadata; the others only say which part they are.
  std::shared_ptr<GgufFile> first = name->part == 1 ? opened : open_part(folder / name->of(1));
  const std::int64_t tensors = first->require_integer(kSplitTensors);
  for (int k = 1; k <= name->count; ++k) {
    const std::shared_ptr<GgufFile> part = k == 1 ? first : k == name->part ? opened : open_part(folder / name->of(k));
    expect(*part, kSplitNo, k - 1, "by its name, counted from 0, it is part");
    expect(*part, kSplitCount, name->count, "the file's name says");
    expect(*part, kSplitTensors, tensors, "the first part says");
    if (k == 1) continue;
    first->file_bytes_ += part->file_bytes_;
    for (const auto& [tensor_name, tensor] : part->tensors_.all())
      first->tensors_.add(tensor_name, tensor, part->name_);
  }
  const auto found = static_cast<std::int64_t>(first->tensors_.all().size());
  if (found != tensors)
    first->fail(kSplitTensors, fmt::format("is {}, but all parts together have {}", tensors, found));
  return first;
}

}  // namespace hearth
