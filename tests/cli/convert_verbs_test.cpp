// quantize, convert and import.
#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConvertVerbs : public ProgramTest {};

TEST_F(ConvertVerbs, AQuantisedModelAnswersAsBefore) {
  const std::string source = llama();
  const std::string destination = (home() / "small.gguf").string();
  const Finished quantized = run({"quantize", source, destination, "q8_0"});
  EXPECT_EQ(quantized.status, 0) << quantized.err;
  EXPECT_THAT(quantized.out, HasSubstr("small.gguf"));
  EXPECT_THAT(quantized.out, HasSubstr("Q8_0"));
  EXPECT_LT(std::filesystem::file_size(destination), std::filesystem::file_size(source) / 2);
  const std::vector<std::string> question = {"run", destination, "--raw", "abc", "-n", "5", "--temp", "0"};
  EXPECT_THAT(run(question).out, HasSubstr("defgh"));
}

TEST_F(ConvertVerbs, SaysWhatItWroteAsJson) {
  const Finished finished = run({"quantize", llama(), (home() / "small.gguf").string(), "Q4_K_M", "--json"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  const json::value value = parse_json(finished.out, "quantize --json");
  EXPECT_EQ(value.at("type"), "Q4_K_M");
  EXPECT_EQ(value.at("file_bytes").to_number<std::uint64_t>(), std::filesystem::file_size(home() / "small.gguf"));
}

TEST_F(ConvertVerbs, MistakesAreNamed) {
  const std::string source = llama();
  const std::string destination = (home() / "small.gguf").string();
  const auto fails = [&](const std::vector<std::string>& arguments, int status, const std::string& words) {
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.status, status) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(words));
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(destination));
  };
  fails({"quantize", source, destination}, 2, "TYPE");
  fails({"quantize", source, destination, "Q4"}, 2, "there is no quantisation 'Q4'");
  fails({"quantize", source, source, "Q8_0"}, 2, "is the file that is read");
  fails({"quantize", destination, (home() / "x.gguf").string(), "Q8_0"}, 1, "no such file");
  fails({"convert", source, destination}, 1, "no such folder");
  fails({"convert", home().string(), destination}, 1, "config.json is missing");
  fails({"import", source}, 2, "--name is missing");
  fails({"import", source, "--name", "../x"}, 2, "is no name for a model");
  fails({"import", source, "--name", "x", "--copy", "--move"}, 2, "exclude each other");
}

TEST_F(ConvertVerbs, AFolderBecomesAFile) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const std::string folder = (fixtures / "models" / "llama" / "hf").string();
  const std::string destination = (home() / "llama.gguf").string();
  ASSERT_EQ(run({"convert", folder, destination, "F32"}).status, 0);
  const std::string text = file("text.txt", "the other and the one of them, and then another");
  const Finished compared = run({"perplexity", destination, text, "--reference", folder, "--json"});
  ASSERT_EQ(compared.status, 0) << compared.err;
  EXPECT_LT(parse_json(compared.out, "perplexity --json").at("mean_kl").to_number<double>(), 1e-8);
}

TEST_F(ConvertVerbs, AnImportedModelHasItsName) {
  const Finished finished = run({"import", llama(), "--name", "mine", "--json"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  const json::value value = parse_json(finished.out, "import --json");
  EXPECT_EQ(value.at("name"), "mine");
  const std::string path(value.at("path").as_string());
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_EQ(run({"run", path, "--raw", "abc", "-n", "3", "--temp", "0"}).out.substr(0, 3), "def");
}

}  // namespace
}  // namespace hearth::testing
