// Ollama's store, read where it lies: manifests (JSON) that name blobs, of which one is a GGUF file.
#pragma once

#include <filesystem>
#include <vector>

#include "hub/stores/stored_model.h"

namespace hearth {

/// Models of the store at `folder` (the one that holds manifests/ and blobs/), named as Ollama names them:
/// "llama3.2:3b", "user/model:tag", "hf.co/owner/repo:Q4_K_M". A manifest that is broken gives a model with a problem.
std::vector<StoredModel> models_in_ollama_store(const std::filesystem::path& folder);

/// Removes a model's manifest, and its blobs that no other manifest names. Returns the bytes that are free now. Errors:
/// kIo.
std::uint64_t remove_from_ollama_store(const std::filesystem::path& folder, const StoredModel& model);

}  // namespace hearth
