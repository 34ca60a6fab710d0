// Which models in the shared cache Hearth fetched itself: only those are removed without being forced to.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace hearth {

/// Paths as StoredModel::path has them. A record that cannot be read is empty.
std::set<std::string> pulled_models(const std::filesystem::path& data_folder);
/// Errors: kIo.
void record_pulled(const std::filesystem::path& data_folder, const std::filesystem::path& model);
void forget_pulled(const std::filesystem::path& data_folder, const std::filesystem::path& model);

}  // namespace hearth
