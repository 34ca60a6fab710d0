// What a model's config.json says, in the keys of GGUF ("llama.block_count" …; gguf-py's constants.py has them all).
#pragma once

#include "base/json.h"
#include "format/gguf_writer.h"
#include "model/transformer_spec.h"

namespace hearth {

/// Sets `<architecture>.*` and adds the small rope tensors. `config` has what the spec has already worked up (rope
/// base, scaling). Errors: kCorruptData, kUnsupported for a rope scaling that GGUF has no word for.
void set_architecture_metadata(GgufWriter& writer, const TransformerSpec& spec, const JsonObject& config);

/// Errors: kUnsupported, naming the first setting that a reader of `written` (a GGUF file with all metadata and the
/// rope tensors) would not understand as `spec` has it. So nothing is silently lost.
void check_same_meaning(const TransformerSpec& spec, const std::string& written, const std::string& where);

}  // namespace hearth
