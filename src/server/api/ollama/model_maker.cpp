#include "server/api/ollama/model_maker.h"

#include <fmt/format.h>
#include <stdlib.h>  // mkdtemp

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/disk_full.h"
#include "base/quote.h"
#include "hearth/convert.h"
#include "hearth/system.h"
#include "runtime/manager/model_manager.h"
#include "server/api/ollama/made_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// A folder beside the place where models are imported to, so that moving a file there copies nothing.
class WorkFolder {
 public:
  WorkFolder() {
    const fs::path parent = fs::path(paths().models_folder) / "imported";
    std::error_code failure;
    fs::create_directories(parent, failure);
    std::string pattern = (parent / ".making-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) fail_io(parent, "make a folder in it", {errno, std::generic_category()});
    path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class Maker {
 public:
  Maker(ManagingContext& context, const CreateCall& call, StatusStream& stream)
      : context_(context), models_(context.context.models), call_(call), stream_(stream) {}

  void run() {
    stream_.status("reading model metadata");
    if (call_.works_on_files()) {
      const OfferedModel made = import(quantized(call_.files.empty() ? model_file() : sent_file()));
      forget_overlay();
      if (call_.has_overlay() || made.id != tagged(call_.model)) lay_over(made.id);
    } else {
      lay_over(call_.from);
    }
    stream_.status("writing manifest");
  }

 private:
  static std::string tagged(const std::string& name) { return overlay_name(name); }

  fs::path model_file() {
    const OfferedModel model = models_.resolve(call_.from);
    source_type_ = model.quantization;
    return model.path;
  }

  /// The files of the request together in a folder, by links.
  fs::path sent_file() {
    const fs::path folder = work_.path() / "files";
    fs::create_directories(folder);
    std::optional<fs::path> gguf;
    bool is_folder = false;
    for (const auto& [name, digits] : call_.files) {
      const auto blob = context_.blobs.find(digits);
      if (!blob) throw bad_field("files", fmt::format("the blob sha256:{} of {} is not here", digits, quote(name)));
      const fs::path place = folder / name;
      std::error_code failure;
      fs::create_hard_link(*blob, place, failure);
      if (failure) copy(*blob, place);
      is_folder = is_folder || name.ends_with(".safetensors");
      if (!name.ends_with(".safetensors") && !name.ends_with(".json")) gguf = place;
    }
    if (is_folder) return converted(folder);
    if (call_.files.size() != 1) throw bad_field("files", "files must be one GGUF file, or a model with .safetensors");
    // The name may have any ending or none; a GGUF file is known by its own.
    fs::path target = work_.path() / "model.gguf";
    fs::rename(gguf.value_or(folder / call_.files[0].first), target);
    return target;
  }

  static void copy(const fs::path& source, const fs::path& target) {
    std::error_code failure;
    fs::copy_file(source, target, failure);
    if (failure) fail_io(target, "copy the file there", failure);
  }

  fs::path converted(const fs::path& folder) {
    stream_.status("converting model");
    fs::path target = work_.path() / "model.gguf";
    ConvertOptions options = conversion();
    options.type = "F16";
    convert_folder(folder.string(), target.string(), options);
    source_type_ = options.type;
    return target;
  }

  fs::path quantized(fs::path source) {
    if (call_.quantize.empty()) return source;
    stream_.status(source_type_.empty() ? fmt::format("quantizing model to {}", call_.quantize)
                                        : fmt::format("quantizing {} model to {}", source_type_, call_.quantize));
    fs::path target = work_.path() / "quantized.gguf";
    ConvertOptions options = conversion();
    options.type = call_.quantize;
    try {
      quantize_file(source.string(), target.string(), options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      throw bad_field("quantize", error.message());
    }
    return target;
  }

  ConvertOptions conversion() {
    ConvertOptions options;
    options.threads = 1;  // the models that answer have the others
    options.cancel = &cancelled_;
    options.progress = [this](const ConvertProgress&) {
      if (stream_.gone() || context_.stopping) cancelled_ = true;
    };
    return options;
  }

  OfferedModel import(const fs::path& file) {
    if (stream_.gone()) throw Error(ErrorCode::kCancelled, "the client has gone");
    const std::string name = import_name(call_.model);
    const std::string path = import_model(file.string(), name, paths().models_folder, ImportMode::kMove, true);
    models_.refresh();
    for (OfferedModel& model : models_.offered()) {
      if (model.path == path || model.id == name) return std::move(model);
    }
    std::error_code ignored;
    if (!fs::remove(path, ignored)) {
      throw Error(ErrorCode::kNotFound, fmt::format("{} was deleted while it was made", quote(call_.model)),
                  "create it again");
    }
    throw bad_field("files", "this server offers only the models that it was started with: none can be made of files");
  }

  /// What was laid over an earlier model of this name is not to be laid over the new one.
  void forget_overlay() {
    try {
      const OfferedModel old = models_.resolve(call_.model);
      if (old.store == "overlay") models_.remove(old.id);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
    }
  }

  void lay_over(const std::string& below) {
    ModelOverlay overlay = call_.overlay;
    overlay.name = call_.model;
    overlay.from = below;
    models_.create_overlay(std::move(overlay));
  }

  ManagingContext& context_;
  ModelManager& models_;
  const CreateCall& call_;
  StatusStream& stream_;
  WorkFolder work_;
  std::string source_type_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

void make_model(ManagingContext& context, const CreateCall& call, StatusStream& stream) {
  Maker(context, call, stream).run();
}

}  // namespace hearth
