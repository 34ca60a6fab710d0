// The seeds that fuzzing starts from. One file corpus_NAME.cpp for each NAME_fuzz.cpp registers a function that makes
// them.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace hearth::fuzz {

using Seeds = std::map<std::string, std::string>;  ///< file name → bytes

/// What each corpus_NAME.cpp registered.
std::map<std::string, std::function<Seeds()>>& corpora();

/// `const hearth::fuzz::Corpus seeds("NAME", [] { return Seeds{…}; });` at namespace scope.
struct Corpus {
  Corpus(std::string name, std::function<Seeds()> make) { corpora().emplace(std::move(name), std::move(make)); }
};

}  // namespace hearth::fuzz
