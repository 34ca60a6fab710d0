// Real and published reference data through the whole program.
#include <algorithm>

#include "program_test.h"

namespace hearth::testing {
namespace {

class Fixtures : public ProgramTest {};

TEST_F(Fixtures, StoriesAreToldAsPublished) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const std::string published = content(fixtures / "real" / "stories260K.greedy.txt");
  const std::string model = (fixtures / "real" / "stories260K.gguf").string();
  const Finished finished = run({"run", model, "--temp", "0", "-n", "256", "-p", ""});
  EXPECT_EQ(finished.status, 0);
  const std::size_t n = std::min(published.size(), finished.out.size());
  ASSERT_GT(n, 400U);
  EXPECT_EQ(finished.out.substr(0, n), published.substr(0, n));
}

TEST_F(Fixtures, TokenizersByLines) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const json::value cases = load_json(fixtures / "models" / "llama" / "tokens.json");
  std::string input, expected;
  for (const auto& test : cases.as_array()) {
    input += json::serialize(json::object{{"text", test.at("text")}}) + "\n";
    std::string ids;
    for (const auto& id : test.at("ids_with_special").as_array()) {
      ids += (ids.empty() ? "" : ", ") + std::to_string(id.to_number<int>());
    }
    expected += "{\"ids\": [" + ids + "]}\n";
  }
  const std::string tokenizer = (fixtures / "models" / "llama" / "hf" / "tokenizer.json").string();
  EXPECT_EQ(run({"tokenize", tokenizer, "--special", "--parse-special", "--stdin-jsonl"}, input).out, expected);
}

}  // namespace
}  // namespace hearth::testing
