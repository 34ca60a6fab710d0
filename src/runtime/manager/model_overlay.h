// A model that is made of another one and of things to say to it: a system message, a chat template, parameters. It has
// no weights of its own and is kept as a small JSON file (what Ollama makes of a Modelfile).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hearth/model.h"

namespace hearth {

struct ModelOverlay {
  std::string name;                          ///< "mario:latest": with a tag, always
  std::string from;                          ///< the id of the model below; never an overlay's
  std::optional<std::string> system;         ///< for conversations that bring no system message of their own
  std::optional<std::string> chat_template;  ///< Jinja source
  std::string parameters_json = "{}";        ///< an object, with Ollama's names: {"temperature": 0.2, "stop": ["###"]}
  std::vector<ChatMessage> messages;         ///< that go before those of a conversation
  std::vector<std::string> license;
  std::int64_t modified = 0;  ///< Unix time in seconds
};

/// "Mario" → "Mario:latest". Errors: kInvalidArgument for what is no name: up to three parts between '/', each of
/// letters, digits, '.', '-' and '_', and perhaps ':' and a tag of these.
std::string overlay_name(const std::string& text);
/// Whether requests for `id`, of a file, get the overlay `name` instead: "mario" is "mario:latest".
bool means_overlay(const std::string& id, const std::string& name);

/// The overlays of a folder, one file each. Thread-safe; files that others put there are seen at the next call. Names
/// differ by more than the case of their letters.
class OverlayStore {
 public:
  /// Makes the folder when something is first written.
  explicit OverlayStore(std::filesystem::path folder);

  /// Sorted by name. What is broken is left out.
  std::vector<ModelOverlay> all() const;
  /// Under the name, with or without ":latest", whatever its case; nullptr where there is none.
  std::shared_ptr<const ModelOverlay> find(const std::string& name) const;
  /// Replaces one of that name. Errors: kInvalidArgument (name, parameters that are no object, a template that is no
  /// Jinja, limits), kIo.
  void put(ModelOverlay overlay);
  /// False where there is none. Errors: kIo.
  bool remove(const std::string& name);

 private:
  struct Cached {
    std::string files_state;
    std::shared_ptr<const ModelOverlay> overlay;  ///< nullptr: broken
  };
  std::filesystem::path file_of(const std::string& name) const;
  std::shared_ptr<const ModelOverlay> read(const std::filesystem::path& file) const;

  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Cached> cache_;  ///< by file name
};

}  // namespace hearth
