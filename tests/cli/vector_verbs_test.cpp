// logits, embed, similarity and perplexity.
#include <cmath>
#include <cstring>
#include <sstream>

#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class VectorVerbs : public ProgramTest {};

/// The one tensor of a safetensors file: an 8-byte length, a JSON header, the numbers.
struct SavedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
SavedTensor read_tensor(const std::string& bytes) {
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  const json::value header = parse_json(bytes.substr(8, header_size), "header");
  SavedTensor tensor;
  for (const auto& entry : header.as_object()) {
    if (entry.key() == "__metadata__") continue;
    tensor.name = entry.key();
    EXPECT_EQ(entry.value().at("dtype"), "F32");
    for (const auto& dim : entry.value().at("shape").as_array()) tensor.shape.push_back(dim.to_number<std::int64_t>());
  }
  tensor.values.resize((bytes.size() - 8 - header_size) / sizeof(float));
  std::memcpy(tensor.values.data(), bytes.data() + 8 + header_size, tensor.values.size() * sizeof(float));
  return tensor;
}

std::vector<double> numbers(const json::value& array) {
  std::vector<double> result;
  for (const auto& value : array.as_array()) result.push_back(value.to_number<double>());
  return result;
}

double norm(const std::vector<double>& vector) {
  double sum = 0;
  for (const double x : vector) sum += x * x;
  return std::sqrt(sum);
}

TEST_F(VectorVerbs, LogitsAreThoseOfTheRule) {
  const std::string model = llama();
  const std::string out = (home() / "l.safetensors").string();
  const Finished finished = run({"logits", model, "--ids", "1,260,285", "--out", out, "--json"});
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(parsed(finished).at("shape"), (json::array{3, 288}));
  const SavedTensor whole = read_tensor(content(out));
  EXPECT_EQ(whole.name, "logits");
  EXPECT_EQ(whole.shape, (std::vector<std::int64_t>{3, 288}));
  ASSERT_EQ(whole.values.size(), 3U * 288);
  // <s> is followed by a, a by b, z by </s>; the successor has the logit 30 and all others 0 (support/tiny_model.h).
  const std::size_t next[] = {260, 261, 2};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t id = 0; id < 288; ++id) {
      EXPECT_NEAR(whole.values[row * 288 + id], id == next[row] ? 30.0F : 0.0F, 1e-3F) << row << " " << id;
    }
  }
  ASSERT_EQ(run({"logits", model, "--ids", "1 260 285", "--chunk", "1", "--out", out}).status, 0);
  const SavedTensor single = read_tensor(content(out));
  for (std::size_t i = 0; i < whole.values.size(); ++i) EXPECT_NEAR(single.values[i], whole.values[i], 1e-4F);
}

TEST_F(VectorVerbs, EncodersGiveHiddenStates) {
  const std::string out = (home() / "h.safetensors").string();
  const Finished finished = run({"logits", bert(), "--ids", "2,5,3", "--out", out});
  ASSERT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(finished.out, IsEmpty());
  const SavedTensor hidden = read_tensor(content(out));
  EXPECT_EQ(hidden.name, "hidden");
  EXPECT_EQ(hidden.shape, (std::vector<std::int64_t>{3, 32}));
}

TEST_F(VectorVerbs, LogitsRefuses) {
  const std::string model = llama();
  EXPECT_EQ(run({"logits", model, "--out", "x"}).status, 2);
  EXPECT_EQ(run({"logits", model, "--ids", "1"}).status, 2);
  EXPECT_EQ(run({"logits", model, "--ids", "", "--out", "x"}).status, 2);
  EXPECT_EQ(run({"logits", model, "--ids", "1,x", "--out", "x"}).status, 2);
  EXPECT_EQ(run({"logits", model, "--ids", "1", "--chunk", "0", "--out", "x"}).status, 2);
  const Finished beyond = run({"logits", model, "--ids", "1,288", "--out", "x"});
  EXPECT_NE(beyond.status, 0);
  EXPECT_THAT(beyond.err, HasSubstr("288"));
  EXPECT_EQ(run({"logits", model, "--ids", "1", "--out", "/nonexistent/x"}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(home() / "x"));
}

TEST_F(VectorVerbs, EmbedGivesUnitVectors) {
  const std::string model = bert();
  const auto vector = numbers(parsed(run({"embed", model, "--json", "red car"})).at("embedding"));
  EXPECT_EQ(vector.size(), 32U);
  EXPECT_NEAR(norm(vector), 1.0, 1e-6);
  const auto loose = numbers(parsed(run({"embed", model, "--json", "--no-normalize", "red car"})).at("embedding"));
  EXPECT_GT(std::abs(norm(loose) - 1.0), 1e-3);
  for (std::size_t i = 0; i < vector.size(); ++i) EXPECT_NEAR(loose[i] / norm(loose), vector[i], 1e-6);
  const auto cut = numbers(parsed(run({"embed", model, "--json", "--dimensions", "8", "red car"})).at("embedding"));
  EXPECT_EQ(cut.size(), 8U);
  EXPECT_NEAR(norm(cut), 1.0, 1e-6);
  EXPECT_NEAR(cut[0] / cut[1], vector[0] / vector[1], 1e-4);
}

TEST_F(VectorVerbs, EveryWayInGivesTheSameVector) {
  const std::string model = bert();
  const std::string line = run({"embed", model, "--json", "red car"}).out;
  EXPECT_EQ(run({"embed", model, "--json"}, "red car").out, line);
  EXPECT_EQ(run({"embed", model, "--json", "--ids", "2,5,7,3"}).out, line);  // [CLS] red car [SEP]
  EXPECT_EQ(run({"embed", model, "--stdin-jsonl"}, "{\"text\": \"red car\"}\n{\"ids\": [2, 5, 7, 3]}\n").out,
            line + line);
  const Finished several = run({"embed", model, "--json", "red car", "cat", "red car"});
  EXPECT_THAT(several.out, StartsWith(line));
  EXPECT_TRUE(several.out.ends_with(line));
  const std::string plain = run({"embed", model, "red car"}).out;
  std::istringstream stream(plain);
  for (const double expected : numbers(parse_json(line, "line").at("embedding"))) {
    double value = 0;
    stream >> value;
    EXPECT_EQ(value, expected);
  }
}

TEST_F(VectorVerbs, EmbedLinesGoOnAfterABadOne) {
  const Finished finished =
      run({"embed", bert(), "--stdin-jsonl"}, "{}\n{\"text\": \"a\", \"ids\": [1]}\n{\"text\": \"cat\"}\n");
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.out, StartsWith("{\"error\": \"line 1: text is missing (or ids)\"}\n"
                                       "{\"error\": \"line 2: text and ids exclude each other\"}\n{\"embedding\": ["));
}

TEST_F(VectorVerbs, EmbedRefuses) {
  const std::string model = bert();
  EXPECT_EQ(run({"embed"}).status, 2);
  EXPECT_EQ(run({"embed", model, "a", "--ids", "1"}).status, 2);
  EXPECT_EQ(run({"embed", model, "--ids", "1", "--stdin-jsonl"}).status, 2);
  EXPECT_EQ(run({"embed", model, "--dimensions", "0", "a"}).status, 2);
  EXPECT_NE(run({"embed", model, "--dimensions", "33", "a"}).status, 0);
  const Finished task = run({"embed", model, "--task", "nothing", "a"});
  EXPECT_NE(task.status, 0);
  EXPECT_THAT(task.err, HasSubstr("nothing"));
}

TEST_F(VectorVerbs, Similarity) {
  const std::string model = bert();
  EXPECT_EQ(run({"similarity", model, "red car", "red car"}).out, "1.0000\n");
  const double similarity =
      parsed(run({"similarity", model, "--json", "red car", "the cat"})).at("similarity").to_number<double>();
  const auto a = numbers(parsed(run({"embed", model, "--json", "red car"})).at("embedding"));
  const auto b = numbers(parsed(run({"embed", model, "--json", "the cat"})).at("embedding"));
  double dot = 0;
  for (std::size_t i = 0; i < a.size(); ++i) dot += a[i] * b[i];
  EXPECT_NEAR(similarity, dot, 1e-6);
  EXPECT_EQ(run({"similarity", model, "one"}).status, 2);
}

TEST_F(VectorVerbs, PerplexityOfARuleThatIsKept) {
  // The successor has the logit c and 287 others 0: each token costs -ln(e^c / (e^c + 287)) nats.
  const std::string text = file("abc.txt", "abcdefghijklmnopqrstuvwxyz");
  const auto expected = [](double c) { return (std::exp(c) + 287) / std::exp(c); };
  const std::string sharp = llama({.certainty = 5}, "sharp.gguf"), flat = llama({.certainty = 1}, "flat.gguf");
  const auto result = parsed(run({"perplexity", sharp, text, "--json"}));
  EXPECT_NEAR(result.at("perplexity").to_number<double>(), expected(5), 1e-3);
  EXPECT_NEAR(result.at("mean_nll").to_number<double>(), std::log(expected(5)), 1e-4);
  EXPECT_NEAR(parsed(run({"perplexity", flat, text, "--json"})).at("perplexity").to_number<double>(), expected(1), 0.1);

  // KL(reference ‖ model) between two such distributions, and 0 from a model to itself.
  const auto probability = [&](double c) { return 1 / expected(c); };
  const double p = probability(5), q = probability(1);
  const double kl = p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
  const auto compared = parsed(run({"perplexity", flat, text, "--reference", sharp, "--json"}));
  EXPECT_NEAR(compared.at("mean_kl").to_number<double>(), kl, 1e-3);
  EXPECT_NEAR(compared.at("p99_kl").to_number<double>(), kl, 1e-3);
  EXPECT_EQ(compared.at("same_top").to_number<double>(), 1.0);
  EXPECT_NEAR(
      parsed(run({"perplexity", sharp, text, "--reference", sharp, "--json"})).at("mean_kl").to_number<double>(), 0,
      1e-9);
}

TEST_F(VectorVerbs, PerplexityPrintsATableAndReadsInput) {
  const Finished finished = run({"perplexity", llama(), "-"}, "abcdefghij");
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.out, StartsWith("perplexity     1.0000\n"));
  EXPECT_THAT(finished.out, HasSubstr("tokens/s\n"));
  EXPECT_THAT(finished.err, IsEmpty());  // progress is for terminals
}

TEST_F(VectorVerbs, PerplexityRefuses) {
  const std::string model = llama();
  EXPECT_EQ(run({"perplexity", model}).status, 2);
  EXPECT_EQ(run({"perplexity", model, "missing.txt"}).status, 1);
  EXPECT_NE(run({"perplexity", model, file("empty.txt", "")}).status, 0);
  EXPECT_NE(run({"perplexity", bert(), file("a.txt", "abc")}).status, 0);
}

}  // namespace
}  // namespace hearth::testing
