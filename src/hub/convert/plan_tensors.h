// Which tensors of a Hugging Face folder become which of a GGUF file, and how their rows move on the way.
#pragma once

#include <string>
#include <vector>

#include "format/tensor_table.h"
#include "hub/quantize/planned_tensor.h"
#include "hub/quantize/quantization.h"
#include "model/architecture.h"

namespace hearth {

/// In the order of the layers. The types are chosen by tensor_type.h; what is no matrix becomes F32. Errors:
/// kCorruptData (a tensor is missing or has a wrong shape or type), kUnsupported (one is left over), naming `where` and
/// the tensor.
std::vector<PlannedTensor> plan_tensors(const TensorTable& tensors, const Architecture& architecture,
                                        const TransformerSpec& spec, const Quantization& wanted,
                                        const std::string& where);

}  // namespace hearth
