// What the whole-program tests share: a home folder, tiny models in it, and the program.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/json.h"
#include "hearth_process.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth::testing {

class ProgramTest : public ::testing::Test {
 protected:
  std::filesystem::path home() const { return folder_.path(); }
  /// Writes the tiny llama (what it says: support/tiny_model.h) and gives its path.
  std::string llama(const TinyLlamaOptions& options = {}, const std::string& name = "tiny.gguf") const {
    const auto path = home() / name;
    make_tiny_llama(path, 1, options);
    return path.string();
  }
  std::string bert() const {
    const auto path = home() / "bert.gguf";
    make_tiny_bert(path);
    return path.string();
  }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(home() / name, std::ios::binary) << content;
    return (home() / name).string();
  }
  static std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  Finished run(std::vector<std::string> arguments, const std::string& input = "") const {
    return run_hearth(home(), {.arguments = std::move(arguments)}, input);
  }
  Finished run(const Start& start, const std::string& input = "") const { return run_hearth(home(), start, input); }

 private:
  TemporaryFolder folder_;
};

/// Of what a verb printed with --json.
inline json::value parsed(const Finished& finished) { return parse_json(finished.out, "the output"); }

/// Messages in the way of ChatML, as many models write them; the tiny llama answers after it with "abc…z".
inline constexpr const char* kChatTemplate =
    "{% for m in messages %}[{{ m.role }}: {{ m.content }}]{% endfor %}{% if add_generation_prompt %}>{% endif %}";

}  // namespace hearth::testing
