// Writes every registered corpus: make_corpus FOLDER → FOLDER/NAME/SEED.
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "corpus.h"
#include "hearth/error.h"

namespace hearth::fuzz {

std::map<std::string, std::function<Seeds()>>& corpora() {
  static std::map<std::string, std::function<Seeds()>> all;  // inside: registration runs before main, in any order
  return all;
}

}  // namespace hearth::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    for (const auto& [name, make] : hearth::fuzz::corpora()) {
      const std::filesystem::path folder = std::filesystem::path(argv[1]) / name;
      std::filesystem::create_directories(folder);
      for (const auto& [seed, bytes] : make()) hearth::write_file_atomic(folder / seed, bytes);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
  return 0;
}
