#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/quote.h"
#include "format/safetensors.h"
#include "hearth/error.h"

namespace hearth {
namespace {

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

/// A shard is a file beside the index: a name that could lead anywhere else is refused.
bool is_plain_shard_name(std::string_view name) {
  return name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos && name.ends_with(".safetensors");
}

}  // namespace

std::vector<std::filesystem::path> read_safetensors_index(const std::filesystem::path& index, TensorTable& table) {
  constexpr std::uint64_t kMaxIndexBytes = 100'000'000;  // as for one file's header
  constexpr int kMaxIndexDepth = 16;
  const std::string name = index.string();
  const json::value document =
      parse_json(read_file(index, kMaxIndexBytes), name, kMaxIndexDepth, DuplicateKeys::kRefuse);
  const auto weight_map = JsonObject(document, name).object("weight_map");
  if (!weight_map) JsonObject(document, name).fail("weight_map", "is missing");

  std::map<std::string, std::vector<std::string>, std::less<>> tensors_of;  // by shard
  for (const auto& item : weight_map->raw()) {
    const std::string_view tensor = view(item.key());
    if (!item.value().is_string()) weight_map->fail(quote(tensor), "must be a file name");
    const std::string_view shard = view(item.value().get_string());
    if (!is_plain_shard_name(shard)) {
      weight_map->fail(
          quote(tensor),
          fmt::format("is in {}; it must be the name of a .safetensors file in the same folder", quote(shard)));
    }
    tensors_of[std::string(shard)].emplace_back(tensor);
  }
  if (tensors_of.empty()) JsonObject(document, name).fail("weight_map", "is empty");

  std::vector<std::filesystem::path> shards;
  TensorTable all;
  for (const auto& [shard, tensors] : tensors_of) {
    const std::filesystem::path path = index.parent_path() / shard;
    TensorTable found;
    read_safetensors(path, found);
    for (const std::string& tensor : tensors) {
      if (found.find(tensor) != nullptr) continue;
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}: tensor {} is not in {}, where the index says", name, quote(tensor), path.string()),
                  "files of two versions of the model are mixed; get them again");
    }
    for (const auto& [tensor_name, tensor] : found.all()) all.add(tensor_name, tensor, path.string());
    shards.push_back(path);
  }
  for (const auto& [tensor_name, tensor] : all.all()) table.add(tensor_name, tensor, name);
  return shards;
}

}  // namespace hearth
