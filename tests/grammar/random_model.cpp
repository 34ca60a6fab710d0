#include "grammar/random_model.h"

#include <cstdio>
#include <deque>
#include <random>

#include "format/gguf_writer.h"

namespace hearth::testing {
namespace {

constexpr std::int64_t kWidth = 32, kHidden = 48;
constexpr std::int32_t kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6;  // tokenizer.ggml.token_type

/// As SentencePiece writes spaces.
std::string with_marked_spaces(const std::string& token) {
  std::string marked;
  for (const char c : token) marked += c == ' ' ? "▁" : std::string(1, c);
  return marked;
}

}  // namespace

void make_random_llama(const std::filesystem::path& path, const std::vector<std::string>& tokens, std::uint32_t seed) {
  std::vector<std::string> texts = {"<unk>", "<s>", "</s>"};
  std::vector<std::int32_t> types = {kUnknown, kControl, kControl};
  for (unsigned byte = 0; byte < 256; ++byte) {
    char text[8];
    std::snprintf(text, sizeof(text), "<0x%02X>", byte);
    texts.emplace_back(text);
    types.push_back(kByte);
  }
  for (const std::string& token : tokens) {
    texts.push_back(with_marked_spaces(token));
    types.push_back(kNormal);
  }

  GgufWriter writer("llama");
  writer.set("general.name", "Random");
  writer.set("llama.context_length", std::uint32_t{64});
  writer.set("llama.embedding_length", static_cast<std::uint32_t>(kWidth));
  writer.set("llama.block_count", std::uint32_t{1});
  writer.set("llama.feed_forward_length", static_cast<std::uint32_t>(kHidden));
  writer.set("llama.attention.head_count", std::uint32_t{2});
  writer.set("llama.attention.layer_norm_rms_epsilon", 1e-6F);
  writer.set("tokenizer.ggml.model", "llama");
  writer.set("tokenizer.ggml.tokens", std::span<const std::string>(texts));
  const std::vector<float> scores(texts.size(), 0.0F);
  writer.set("tokenizer.ggml.scores", std::span<const float>(scores));
  writer.set("tokenizer.ggml.token_type", std::span<const std::int32_t>(types));
  writer.set("tokenizer.ggml.unknown_token_id", std::uint32_t{0});
  writer.set("tokenizer.ggml.bos_token_id", std::uint32_t{1});
  writer.set("tokenizer.ggml.eos_token_id", std::uint32_t{2});
  writer.set("tokenizer.ggml.add_space_prefix", false);

  std::mt19937 random(seed);
  std::deque<std::vector<float>> kept;  // until the file is written
  const auto add = [&](const std::string& name, const Shape& shape, float mean, float deviation) {
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float>& values = kept.emplace_back(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = normal(random);
    Tensor tensor;
    tensor.shape = shape;
    tensor.data = reinterpret_cast<const std::byte*>(values.data());
    writer.add_tensor(name, tensor);
  };
  const auto n_vocab = static_cast<std::int64_t>(texts.size());
  add("token_embd.weight", {n_vocab, kWidth}, 0.0F, 1.0F);
  add("output_norm.weight", {kWidth}, 1.0F, 0.2F);
  add("output.weight", {n_vocab, kWidth}, 0.0F, 0.4F);  // logits of about two either way
  add("blk.0.attn_norm.weight", {kWidth}, 1.0F, 0.2F);
  for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"})
    add(std::string("blk.0.") + name + ".weight", {kWidth, kWidth}, 0.0F, 0.3F);
  add("blk.0.ffn_norm.weight", {kWidth}, 1.0F, 0.2F);
  add("blk.0.ffn_gate.weight", {kHidden, kWidth}, 0.0F, 0.3F);
  add("blk.0.ffn_up.weight", {kHidden, kWidth}, 0.0F, 0.3F);
  add("blk.0.ffn_down.weight", {kWidth, kHidden}, 0.0F, 0.3F);
  writer.write(path);
}

}  // namespace hearth::testing
