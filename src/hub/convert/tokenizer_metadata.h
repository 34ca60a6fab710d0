// A folder's tokenizer in the keys of GGUF ("tokenizer.ggml.*").
#pragma once

#include <string>
#include <vector>

#include "format/gguf_writer.h"
#include "format/hf_folder.h"
#include "model/transformer_spec.h"

namespace hearth {

/// Sets tokens (as many as the embedding has rows), types, merges or scores, pre-tokenizer, special ids and chat
/// template. What GGUF cannot say exactly is added to `notes`. Errors: kCorruptData; kUnsupported for a kind of
/// tokenizer or pre-tokenizer that GGUF has no name for.
void set_tokenizer_metadata(GgufWriter& writer, const HfFolder& folder, const TransformerSpec& spec,
                            std::vector<std::string>& notes);

/// Compares the tokenizer that a reader of `written` gets with the folder's on texts that have been trouble before;
/// adds a note where they differ.
void compare_tokenizers(const std::string& written, const HfFolder& folder, std::vector<std::string>& notes);

}  // namespace hearth
