// What a test costs by the model's shape: bytes that must be read, operations that must be done. It is what the
// measured limits of a machine are compared with.
#pragma once

#include "model/transformer_spec.h"
#include "model/weights.h"
#include "runtime/benchmark/benchmark_case.h"
#include "tensor/dtype.h"

namespace hearth {

/// Bytes read from memory for the whole of a decoding test: in each pass all weights once and the keys and values of
/// each sequence (of the cells that a layer's window leaves).
double bytes_to_read(const BenchmarkCase& test, const TransformerSpec& spec, const Weights& weights, DType kv_dtype);

/// Products and sums of a test that reads or embeds: two for each weight and token (those of the output matrix only for
/// the last token of a prompt), and four for each cell, head and dimension that attention looks at.
double operations_to_do(const BenchmarkCase& test, const TransformerSpec& spec, const Weights& weights);

}  // namespace hearth
