// Hashing a model on this disk again.
#include <fmt/format.h>

#include <system_error>

#include "hearth/error.h"
#include "hub/download/digest.h"
#include "hub/stores/folders.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOllamaBlob = "sha256-";

/// What the store states of a file: Hugging Face's and Ollama's blobs are named by their hash.
std::string stated_id(const StoredModel& model, const fs::path& file) {
  std::error_code failure;
  if (model.store == "huggingface" && fs::is_symlink(file, failure)) {
    const std::string name = fs::read_symlink(file, failure).filename().string();
    return is_object_id(name) ? name : "";
  }
  const std::string name = file.filename().string();
  if (model.store == "ollama" && name.starts_with(kOllamaBlob)) return name.substr(kOllamaBlob.size());
  return "";
}

}  // namespace

std::vector<VerifiedFile> verify_model(const std::string& name, const std::atomic<bool>* cancel,
                                       const std::function<void(const PullProgress&)>& on_progress) {
  const Library library;
  const auto model = library.find(name);
  if (!model) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such model on this disk", name),
                "'hearth list' shows what is there");
  }
  std::vector<VerifiedFile> verified;
  const std::vector<fs::path> files = model->files.empty() ? std::vector<fs::path>{model->path} : model->files;
  for (const fs::path& file : files) {
    if (model->store == "ollama" && !file.filename().string().starts_with(kOllamaBlob)) continue;  // the manifest
    if (!fs::is_regular_file(file)) continue;
    VerifiedFile result;
    result.path = file.string();
    result.bytes = file_size_of(file).value_or(0);
    result.expected = stated_id(*model, file);
    HashProgress progress;
    progress.cancel = cancel;
    progress.report = [&](std::uint64_t done, std::uint64_t total) {
      if (on_progress) on_progress({PullProgress::kChecking, file.filename().string(), done, total});
    };
    const std::size_t digits = result.expected.empty() ? 64 : result.expected.size();
    result.found = object_id_of_file(file, digits, progress);
    verified.push_back(std::move(result));
  }
  return verified;
}

}  // namespace hearth
