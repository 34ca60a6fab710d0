// Finds, checks and shapes the weights that a spec asks for. It knows no family: names come from TensorNames.
#pragma once

#include <string>

#include "format/tensor_table.h"
#include "model/tensor_names.h"
#include "model/transformer_spec.h"
#include "model/weights.h"

namespace hearth {

/// Errors: kCorruptData naming `where`, tensor, shape found and shape wanted for what is missing or does not fit;
/// kUnsupported for a tensor that nothing uses (a file is never loaded in part).
Weights load_weights(const TensorTable& table, const TensorNames& names, const TransformerSpec& spec,
                     const std::string& where);

/// The prefix of `names` behind which the table keeps its token embedding. Errors: kCorruptData.
std::string find_prefix(const TensorTable& table, const TensorNames& names, const std::string& where);

/// An F32 copy of a small tensor of any weight dtype.
Tensor to_f32(const Tensor& tensor);
/// An owned copy with rows and columns exchanged. REQUIRES: a matrix of a dtype without blocks.
Tensor transposed(const Tensor& matrix);

}  // namespace hearth
