// A model that lies on this disk, whoever put it there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hearth {

struct StoredModel {
  std::string store;                         ///< "huggingface", "ollama", "lmstudio", "llama.cpp", "folder", "hearth"
  std::string name;                          ///< as one may type it: "owner/repo:Q4_K_M", "llama3.2:3b", "file-name"
  std::filesystem::path path;                ///< what a loader opens
  std::vector<std::filesystem::path> files;  ///< all of it
  std::uint64_t bytes = 0;
  std::string quantization;        ///< may be empty
  std::string architecture;        ///< may be empty before look_into()
  std::string repository, commit;  ///< of "huggingface"
  std::string problem;             ///< why it cannot be used; empty when nothing is known against it
};

/// Reads the head of the file or the config.json: architecture, and the quantisation where the name did not say. What
/// is broken goes to `problem`.
void look_into(StoredModel& model);

}  // namespace hearth
