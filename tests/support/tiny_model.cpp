#include "support/tiny_model.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "format/gguf.h"
#include "format/gguf_writer.h"

namespace hearth::testing {
namespace {

// tokenizer.ggml.token_type
constexpr std::int32_t kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6;

/// Tensors and their numbers, kept alive until the file is written.
class Weights {
 public:
  explicit Weights(std::uint32_t seed) : random_(seed) {}

  void add(GgufWriter& writer, const std::string& name, const Shape& shape, std::vector<float> values) {
    const std::vector<float>& kept = kept_.emplace_back(std::move(values));
    Tensor tensor;
    tensor.shape = shape;
    tensor.data = reinterpret_cast<const std::byte*>(kept.data());
    writer.add_tensor(name, tensor);
  }
  void add_random(GgufWriter& writer, const std::string& name, const Shape& shape, float mean = 0.0F,
                  float deviation = 0.2F) {
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = normal(random_);
    add(writer, name, shape, std::move(values));
  }
  void add_constant(GgufWriter& writer, const std::string& name, const Shape& shape, float value) {
    add(writer, name, shape, std::vector<float>(static_cast<std::size_t>(shape.elements()), value));
  }

 private:
  std::mt19937 random_;
  std::deque<std::vector<float>> kept_;
};

struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<std::int32_t> types;
  void add(std::string token, std::int32_t type) {
    tokens.push_back(std::move(token));
    types.push_back(type);
  }
  std::size_t id(const std::string& token) const {
    const auto found = std::find(tokens.begin(), tokens.end(), token);
    if (found == tokens.end()) std::abort();  // the test is wrong
    return static_cast<std::size_t>(found - tokens.begin());
  }
};

Vocabulary llama_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.add("<unk>", kUnknown);
  vocabulary.add("<s>", kControl);
  vocabulary.add("</s>", kControl);
  for (int byte = 0; byte < 256; ++byte) {
    char text[8];
    std::snprintf(text, sizeof(text), "<0x%02X>", static_cast<unsigned>(byte));
    vocabulary.add(text, kByte);
  }
  vocabulary.add("▁", kNormal);
  for (char letter = 'a'; letter <= 'z'; ++letter) vocabulary.add(std::string(1, letter), kNormal);
  vocabulary.add("A", kNormal);
  vocabulary.add("B", kNormal);
  return vocabulary;
}

std::string successor(const std::string& token, const TinyLlamaOptions& options) {
  if (const auto exception = options.next.find(token); exception != options.next.end()) return exception->second;
  if (token == "z") return "</s>";
  const bool is_letter = token.size() == 1 && token[0] >= 'a' && token[0] < 'z';
  return is_letter ? std::string(1, static_cast<char>(token[0] + 1)) : "a";
}

void set_llama_metadata(GgufWriter& writer, const Vocabulary& vocabulary, const TinyLlamaOptions& options) {
  writer.set("general.name", options.name);
  if (!options.license.empty()) writer.set("general.license", options.license);
  writer.set("llama.context_length", static_cast<std::uint32_t>(options.context));
  writer.set("llama.embedding_length", std::uint32_t{288});
  writer.set("llama.block_count", std::uint32_t{2});
  writer.set("llama.feed_forward_length", std::uint32_t{64});
  writer.set("llama.attention.head_count", std::uint32_t{9});
  writer.set("llama.attention.head_count_kv", std::uint32_t{3});
  writer.set("llama.attention.layer_norm_rms_epsilon", 1e-6F);
  writer.set("llama.rope.freq_base", 10000.0F);
  writer.set("tokenizer.ggml.model", "llama");
  writer.set("tokenizer.ggml.tokens", std::span<const std::string>(vocabulary.tokens));
  const std::vector<float> scores(vocabulary.tokens.size(), 0.0F);
  writer.set("tokenizer.ggml.scores", std::span<const float>(scores));
  writer.set("tokenizer.ggml.token_type", std::span<const std::int32_t>(vocabulary.types));
  writer.set("tokenizer.ggml.unknown_token_id", std::uint32_t{0});
  writer.set("tokenizer.ggml.bos_token_id", std::uint32_t{1});
  writer.set("tokenizer.ggml.eos_token_id", std::uint32_t{2});
  writer.set("tokenizer.ggml.add_bos_token", true);
  writer.set("tokenizer.ggml.add_space_prefix", false);
  if (!options.chat_template.empty()) writer.set("tokenizer.chat_template", options.chat_template);
}

}  // namespace

void make_tiny_llama(const std::filesystem::path& path, std::uint32_t seed, const TinyLlamaOptions& options) {
  constexpr std::int64_t kWidth = 288, kKv = 96, kHidden = 64;
  const Vocabulary vocabulary = llama_vocabulary();
  const auto n_vocab = static_cast<std::int64_t>(vocabulary.tokens.size());
  if (n_vocab != kWidth) std::abort();
  GgufWriter writer("llama");
  set_llama_metadata(writer, vocabulary, options);
  Weights weights(seed);

  // Token t is the axis t, √width long as RMSNorm leaves it, and the row of its successor picks it up.
  const float length = std::sqrt(static_cast<float>(kWidth));
  std::vector<float> embedding(static_cast<std::size_t>(n_vocab * kWidth)), output(embedding.size());
  for (std::size_t t = 0; t < vocabulary.tokens.size(); ++t) {
    const std::size_t next = vocabulary.id(successor(vocabulary.tokens[t], options));
    embedding[t * kWidth + t] = length;
    output[next * kWidth + t] = options.certainty / length;
  }
  weights.add(writer, "token_embd.weight", {n_vocab, kWidth}, std::move(embedding));
  weights.add_constant(writer, "output_norm.weight", {kWidth}, 1.0F);
  weights.add(writer, "output.weight", {n_vocab, kWidth}, std::move(output));
  for (int layer = 0; layer < 2; ++layer) {
    const std::string name = "blk." + std::to_string(layer) + ".";
    weights.add_random(writer, name + "attn_norm.weight", {kWidth}, 1.0F);
    weights.add_random(writer, name + "attn_q.weight", {kWidth, kWidth});
    weights.add_random(writer, name + "attn_k.weight", {kKv, kWidth});
    weights.add_random(writer, name + "attn_v.weight", {kKv, kWidth});
    weights.add_constant(writer, name + "attn_output.weight", {kWidth, kWidth}, 0.0F);
    weights.add_random(writer, name + "ffn_norm.weight", {kWidth}, 1.0F);
    weights.add_random(writer, name + "ffn_gate.weight", {kHidden, kWidth});
    weights.add_random(writer, name + "ffn_up.weight", {kHidden, kWidth});
    weights.add_constant(writer, name + "ffn_down.weight", {kWidth, kHidden}, 0.0F);
  }
  writer.write(path);
}

void make_tiny_bert(const std::filesystem::path& path, std::uint32_t seed) {
  constexpr std::int64_t kWidth = 32, kHidden = 64, kPositions = 64;
  Vocabulary vocabulary;
  for (const char* special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) vocabulary.add(special, kControl);
  for (const char* word : {"red", "crimson", "car", "cat", "a", "the"}) {
    vocabulary.add(std::string("▁") + word, kNormal);
  }
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    if (letter != 'a') vocabulary.add("▁" + std::string(1, letter), kNormal);
    vocabulary.add(std::string(1, letter), kNormal);
  }
  const auto n_vocab = static_cast<std::int64_t>(vocabulary.tokens.size());

  GgufWriter writer("bert");
  writer.set("general.name", "Tiny encoder");
  writer.set("bert.context_length", static_cast<std::uint32_t>(kPositions));
  writer.set("bert.embedding_length", static_cast<std::uint32_t>(kWidth));
  writer.set("bert.block_count", std::uint32_t{2});
  writer.set("bert.feed_forward_length", static_cast<std::uint32_t>(kHidden));
  writer.set("bert.attention.head_count", std::uint32_t{2});
  writer.set("bert.attention.causal", false);
  writer.set("bert.pooling_type", std::uint32_t{1});
  writer.set("bert.attention.layer_norm_epsilon", 1e-12F);
  writer.set("tokenizer.ggml.model", "bert");
  writer.set("tokenizer.ggml.tokens", std::span<const std::string>(vocabulary.tokens));
  writer.set("tokenizer.ggml.token_type", std::span<const std::int32_t>(vocabulary.types));
  writer.set("tokenizer.ggml.unknown_token_id", std::uint32_t{1});
  writer.set("tokenizer.ggml.cls_token_id", std::uint32_t{2});
  writer.set("tokenizer.ggml.bos_token_id", std::uint32_t{2});
  writer.set("tokenizer.ggml.seperator_token_id", std::uint32_t{3});  // the format spells it so
  writer.set("tokenizer.ggml.padding_token_id", std::uint32_t{0});
  writer.set("tokenizer.ggml.mask_token_id", std::uint32_t{4});

  Weights weights(seed);
  const auto add_norm = [&](const std::string& name) {
    weights.add_random(writer, name + ".weight", {kWidth}, 1.0F);
    weights.add_random(writer, name + ".bias", {kWidth});
  };
  const auto add_linear = [&](const std::string& name, std::int64_t n_out, std::int64_t n_in) {
    weights.add_random(writer, name + ".weight", {n_out, n_in});
    weights.add_random(writer, name + ".bias", {n_out});
  };
  weights.add_random(writer, "token_embd.weight", {n_vocab, kWidth}, 0.0F, 1.0F);
  weights.add_random(writer, "position_embd.weight", {kPositions, kWidth});
  weights.add_random(writer, "token_types.weight", {2, kWidth});
  add_norm("token_embd_norm");
  for (int layer = 0; layer < 2; ++layer) {
    const std::string name = "blk." + std::to_string(layer) + ".";
    for (const char* projection : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      add_linear(name + projection, kWidth, kWidth);
    }
    add_norm(name + "attn_output_norm");
    add_linear(name + "ffn_up", kHidden, kWidth);
    add_linear(name + "ffn_down", kWidth, kHidden);
    add_norm(name + "layer_output_norm");
  }
  writer.write(path);
}

}  // namespace hearth::testing
