// Folders of model files that other programs keep: LM Studio's, llama.cpp's, those that a person configures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hub/model_files.h"
#include "hub/stores/stored_model.h"

namespace hearth {

/// Regular files (links to files count) below `folder`, at most `depth` folders deep and 20,000 of them; links to
/// folders are not followed.
std::vector<NamedSize> files_below(const std::filesystem::path& folder, int depth);

/// Models in `folder` and below. `store` goes into each; a name is the path below `folder` without ".gguf".
std::vector<StoredModel> models_in_folder(const std::filesystem::path& folder, const std::string& store);
/// llama.cpp's flat cache: "owner_repo_file.gguf" is named by its file.
std::vector<StoredModel> models_in_llama_cpp_cache(const std::filesystem::path& folder);

}  // namespace hearth
