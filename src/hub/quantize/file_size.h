// How large a model's file is in a quantisation, from the model's shape alone: before anything is fetched or written.
#pragma once

#include <cstdint>
#include <string_view>

#include "hub/catalog/catalog.h"

namespace hearth {

/// Bytes of an entry's weights in `quantization`; 0 where the entry does not say enough. As stated by the entry, or
/// else the sum over the tensors that such a file holds, each in the type that choose_tensor_type() gives it; for types
/// that Hearth does not write, and families whose tensors are not listed here, bits times parameters.
std::uint64_t weight_bytes_of(const CatalogEntry& entry, std::string_view quantization);

/// Of the whole file: a GGUF file holds the vocabulary, too.
std::uint64_t file_bytes_of(const CatalogEntry& entry, std::string_view quantization);

}  // namespace hearth
