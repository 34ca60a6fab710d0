// For tests: a llama with random weights, so that an answer depends on every token before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "format/gguf_writer.h"
#include "kernels/random_weights.h"

namespace hearth::testing {

/// Two layers of width 256, 288 tokens (<unk>, <s>, </s>, 256 bytes, "▁", a to z, A, B); matrices in `dtype`.
inline void make_random_llama(const std::filesystem::path& path, DType dtype, std::int64_t context = 512,
                              unsigned seed = 1) {
  constexpr std::int64_t kWidth = 256, kKv = 128, kHidden = 256, kVocab = 288;
  std::vector<std::string> tokens = {"<unk>", "<s>", "</s>"};
  std::vector<std::int32_t> types = {2, 3, 3};
  for (int byte = 0; byte < 256; ++byte) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    tokens.push_back(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">");
    types.push_back(6);
  }
  tokens.emplace_back("▁");
  for (char letter = 'a'; letter <= 'z'; ++letter) tokens.emplace_back(1, letter);
  tokens.emplace_back("A");
  tokens.emplace_back("B");
  types.resize(tokens.size(), 1);

  GgufWriter writer("llama");
  writer.set("general.name", "Random");
  writer.set("llama.context_length", static_cast<std::uint32_t>(context));
  writer.set("llama.embedding_length", static_cast<std::uint32_t>(kWidth));
  writer.set("llama.block_count", std::uint32_t{2});
  writer.set("llama.feed_forward_length", static_cast<std::uint32_t>(kHidden));
  writer.set("llama.attention.head_count", std::uint32_t{8});
  writer.set("llama.attention.head_count_kv", std::uint32_t{4});
  writer.set("llama.attention.layer_norm_rms_epsilon", 1e-6F);
  writer.set("llama.rope.freq_base", 10000.0F);
  writer.set("tokenizer.ggml.model", "llama");
  writer.set("tokenizer.ggml.tokens", std::span<const std::string>(tokens));
  const std::vector<float> scores(tokens.size(), 0.0F);
  writer.set("tokenizer.ggml.scores", std::span<const float>(scores));
  writer.set("tokenizer.ggml.token_type", std::span<const std::int32_t>(types));
  writer.set("tokenizer.ggml.unknown_token_id", std::uint32_t{0});
  writer.set("tokenizer.ggml.bos_token_id", std::uint32_t{1});
  writer.set("tokenizer.ggml.eos_token_id", std::uint32_t{2});
  writer.set("tokenizer.ggml.add_bos_token", true);
  writer.set("tokenizer.ggml.add_space_prefix", false);

  const auto matrix = [&](const std::string& name, std::int64_t n_out, std::int64_t n_in) {
    writer.add_tensor(name, random_weights(dtype, n_out, n_in, seed++));
  };
  const std::vector<float> ones(kWidth, 1.0F);
  const auto norm = [&](const std::string& name) {
    Tensor tensor;
    tensor.shape = {kWidth};
    tensor.data = reinterpret_cast<const std::byte*>(ones.data());
    writer.add_tensor(name, tensor);
  };
  writer.add_tensor("token_embd.weight", random_weights(DType::kF32, kVocab, kWidth, seed++));
  norm("output_norm.weight");
  writer.add_tensor("output.weight", random_weights(DType::kF32, kVocab, kWidth, seed++));
  for (int layer = 0; layer < 2; ++layer) {
    const std::string name = "blk." + std::to_string(layer) + ".";
    norm(name + "attn_norm.weight");
    matrix(name + "attn_q.weight", kWidth, kWidth);
    matrix(name + "attn_k.weight", kKv, kWidth);
    matrix(name + "attn_v.weight", kKv, kWidth);
    matrix(name + "attn_output.weight", kWidth, kWidth);
    norm(name + "ffn_norm.weight");
    matrix(name + "ffn_gate.weight", kHidden, kWidth);
    matrix(name + "ffn_up.weight", kHidden, kWidth);
    matrix(name + "ffn_down.weight", kWidth, kHidden);
  }
  writer.write(path);
}

}  // namespace hearth::testing
