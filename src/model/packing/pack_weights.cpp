#include "model/packing/pack_weights.h"

#include <exception>
#include <vector>

#include "base/cpu.h"
#include "base/file.h"
#include "hearth/error.h"
#include "kernels/kernel_table.h"
#include "model/packing/packed_cache.h"

namespace hearth {
namespace {

std::vector<Linear*> packable(Weights& weights) {
  std::vector<Linear*> all;
  const KernelTable& table = kernel_table();
  const auto add = [&](Linear& linear) {
    const Tensor& weight = linear.weight;
    if (!weight || weight.shape.size() != 2 || weight.elements() == 0) return;
    if (can_pack(weight.dtype) && table.matmul_packed[static_cast<std::size_t>(weight.dtype)] != nullptr) {
      all.push_back(&linear);
    }
  };
  for (LayerWeights& layer : weights.layers) {
    for (Linear* linear : {&layer.q, &layer.k, &layer.v, &layer.output, &layer.gate, &layer.up, &layer.down}) {
      add(*linear);
    }
  }
  add(weights.output);
  return all;
}

}  // namespace

void pack_weights(Weights& weights, const PackingOptions& options) {
  if (!options.enabled) return;
  const std::vector<Linear*> linears = packable(weights);
  std::vector<Tensor> sources;
  std::uint64_t bytes = 0;
  for (const Linear* linear : linears) {
    sources.push_back(linear->weight);
    bytes += linear->weight.bytes();
  }
  if (sources.empty()) return;
  if (bytes <= options.in_memory_bytes) {
    for (Linear* linear : linears) {
      linear->packed = pack(linear->weight);
      drop_pages(linear->weight.data, linear->weight.bytes());
    }
    return;
  }
  if (options.folder.empty()) return;
  try {
    PackedCache cache(options.folder, options.max_bytes, options.threads > 0 ? options.threads : usable_cores());
    const auto file = cache.get(sources);
    for (std::size_t i = 0; i < linears.size(); ++i) linears[i]->packed = PackedFile::matrix(file, i);
  } catch (const std::exception& error) {  // a full disk, a read-only home …: the file itself serves, more slowly
    const auto* own = dynamic_cast<const Error*>(&error);
    if (options.on_problem) {
      options.on_problem("weights are used as they are in the file, which is slower: " +
                         (own != nullptr ? own->message() : std::string(error.what())));
    }
  }
}

}  // namespace hearth
