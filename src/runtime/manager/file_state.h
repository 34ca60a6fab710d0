// Whether a model's files are still those that were read.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hearth {

/// Which files they are, their sizes and times, as text to compare; empty where one of them is not there. Links are
/// followed.
std::optional<std::string> file_state(const std::vector<std::string>& files);

/// The files that make up the model at a path: the parts of a split GGUF file, what a loader reads of a folder.
std::vector<std::string> files_of_model(const std::string& path);

}  // namespace hearth
