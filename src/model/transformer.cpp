#include "model/transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "hearth/error.h"
#include "kernels/attention.h"
#include "kernels/elementwise.h"
#include "kernels/matmul.h"

namespace hearth {

/// Grow-only buffers of one forward pass; T = tokens in the batch.
struct Transformer::Scratch {
  std::vector<float> x;         ///< [T, n_embd] the residual stream
  std::vector<float> normed;    ///< [T, n_embd]
  std::vector<float> part;      ///< [T, n_embd] what attention or feed-forward adds
  std::vector<float> part2;     ///< [T, n_embd] the second of two parallel parts
  std::vector<float> k, v;      ///< [T, n_head_kv · head_dim]
  std::vector<float> gate, up;  ///< [T, n_ff]; before, [T, n_head · head_dim]: attention's queries and its result
  std::vector<float> lora;      ///< [T, r], then [T, n_out]
  std::vector<float> out_rows;  ///< [n_rows, n_embd]
  std::vector<float> result;    ///< [n_rows, n_vocab or n_embd]

  static float* room(std::vector<float>& buffer, std::int64_t n) {
    if (buffer.size() < static_cast<std::size_t>(n)) buffer.resize(static_cast<std::size_t>(n));
    return buffer.data();
  }
};

/// The inputs laid out as rows.
struct Transformer::Batch {
  struct Part {
    const SequenceInput* input;
    std::int64_t begin, end;  ///< rows
  };
  std::vector<Part> parts;
  std::vector<TokenId> tokens;          ///< [T]
  std::vector<std::int32_t> positions;  ///< [T]
  std::int64_t size() const { return static_cast<std::int64_t>(tokens.size()); }
};

/// A linear layer, the part of an adapter that belongs to it, and where its result goes: [T, n_out].
struct Transformer::Use {
  const Linear& weights;
  LoraPair LayerAdapter::*adapter;
  float* y;
};

Transformer::Transformer(const TransformerSpec& spec, const Weights& weights)
    : spec_(spec), weights_(weights), scratch_(std::make_unique<Scratch>()) {}

Transformer::~Transformer() = default;

std::size_t Transformer::scratch_bytes() const {
  std::size_t floats = 0;
  for (const auto* buffer :
       {&scratch_->x, &scratch_->normed, &scratch_->part, &scratch_->part2, &scratch_->k, &scratch_->v, &scratch_->gate,
        &scratch_->up, &scratch_->lora, &scratch_->out_rows, &scratch_->result}) {
    floats += buffer->capacity();
  }
  return floats * sizeof(float);
}

std::span<const float> Transformer::forward(std::span<const SequenceInput> inputs, KernelContext& context) {
  check(inputs);
  Batch batch;
  for (const SequenceInput& input : inputs) {
    const std::int64_t begin = batch.size();
    for (const TokenId token : input.tokens) {
      batch.positions.push_back(static_cast<std::int32_t>(input.sequence->size() + batch.size() - begin));
      batch.tokens.push_back(token);
    }
    batch.parts.push_back({&input, begin, batch.size()});
  }
  for (const Batch::Part& part : batch.parts)
    part.input->sequence->grow(part.input->sequence->size() + part.end - part.begin);

  embed(batch, context);
  const std::int64_t n = batch.size();
  const std::int64_t d = spec_.n_embd;
  float* x = scratch_->x.data();
  float* normed = Scratch::room(scratch_->normed, n * d);
  float* part = Scratch::room(scratch_->part, n * d);

  for (std::int64_t l = 0; l < spec_.n_layer; ++l) {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(l)];
    switch (spec_.block) {
      case BlockKind::kPreNorm:
        normalize(x, n, d, w.attention_norm, normed, context);
        attention_part(batch, l, normed, part, context);
        add(x, part, n * d, context);
        normalize(x, n, d, w.ffn_norm, normed, context);
        feed_forward_part(batch, l, normed, part, context);
        add(x, part, n * d, context);
        break;
      case BlockKind::kPostNorm:
        attention_part(batch, l, x, part, context);
        add(x, part, n * d, context);
        normalize(x, n, d, w.attention_post_norm, x, context);
        feed_forward_part(batch, l, x, part, context);
        add(x, part, n * d, context);
        normalize(x, n, d, w.ffn_post_norm, x, context);
        break;
      case BlockKind::kSandwichNorm:
        normalize(x, n, d, w.attention_norm, normed, context);
        attention_part(batch, l, normed, part, context);
        normalize(part, n, d, w.attention_post_norm, part, context);
        add(x, part, n * d, context);
        normalize(x, n, d, w.ffn_norm, normed, context);
        feed_forward_part(batch, l, normed, part, context);
        normalize(part, n, d, w.ffn_post_norm, part, context);
        add(x, part, n * d, context);
        break;
      case BlockKind::kParallel: {
        float* part2 = Scratch::room(scratch_->part2, n * d);
        normalize(x, n, d, w.attention_norm, normed, context);
        attention_part(batch, l, normed, part, context);
        feed_forward_part(batch, l, normed, part2, context);
        add(x, part, n * d, context);
        add(x, part2, n * d, context);
        break;
      }
    }
  }
  return output(batch, context);
}

void Transformer::check(std::span<const SequenceInput> inputs) const {
  for (const SequenceInput& input : inputs) {
    assert(input.sequence != nullptr && !input.tokens.empty());
    assert(spec_.causal || input.sequence->size() == 0);
    for (const TokenId token : input.tokens) {
      if (token < 0 || token >= spec_.n_vocab) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("token id {} is outside the vocabulary of {}", token, spec_.n_vocab));
      }
    }
    const std::int64_t end = input.sequence->size() + static_cast<std::int64_t>(input.tokens.size());
    if (spec_.learned_positions && end > spec_.context_length) {
      throw Error(ErrorCode::kContextLimit,
                  fmt::format("{} tokens do not fit the model's {} positions", end, spec_.context_length),
                  "shorten the text");
    }
  }
}

void Transformer::embed(const Batch& batch, KernelContext& context) {
  const std::int64_t d = spec_.n_embd;
  float* x = Scratch::room(scratch_->x, batch.size() * d);
  std::vector<float> row(static_cast<std::size_t>(d));
  for (std::int64_t t = 0; t < batch.size(); ++t) {
    copy_row(weights_.token_embedding, batch.tokens[static_cast<std::size_t>(t)], x + t * d);
  }
  for (const Batch::Part& part : batch.parts) {
    const Adapter* adapter = part.input->adapter;
    if (adapter == nullptr || !adapter->token_embedding) continue;
    for (std::int64_t t = part.begin; t < part.end; ++t) {
      add_embedding_adapter(adapter->token_embedding, batch.tokens[static_cast<std::size_t>(t)],
                            std::span(x + t * d, static_cast<std::size_t>(d)));
    }
  }
  if (spec_.embedding_scale != 1.0F) scale(x, batch.size() * d, spec_.embedding_scale, context);
  for (std::int64_t t = 0; t < batch.size() && spec_.learned_positions; ++t) {
    copy_row(weights_.position_embedding, batch.positions[static_cast<std::size_t>(t)], row.data());
    for (std::int64_t i = 0; i < d; ++i) x[t * d + i] += row[static_cast<std::size_t>(i)];
  }
  for (const Batch::Part& part : batch.parts) {
    if (!spec_.token_types) break;
    std::copy(weights_.token_type.f32().begin(), weights_.token_type.f32().end(), row.begin());
    if (part.input->adapter != nullptr && part.input->adapter->token_type)
      add_embedding_adapter(part.input->adapter->token_type, 0, row);
    for (std::int64_t t = part.begin; t < part.end; ++t) {
      for (std::int64_t i = 0; i < d; ++i) x[t * d + i] += row[static_cast<std::size_t>(i)];
    }
  }
  if (spec_.embedding_norm) normalize(x, batch.size(), d, weights_.embedding_norm, x, context);
}

void Transformer::attention_part(const Batch& batch, std::int64_t l, const float* x, float* out,
                                 KernelContext& context) {
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(l)];
  const std::int64_t n = batch.size();
  const std::int64_t hd = spec_.head_dim;
  const std::int64_t n_q = spec_.n_head * hd;
  const std::int64_t n_kv = spec_.n_head_kv * hd;
  float* q = Scratch::room(scratch_->up, n * n_q);
  float* k = Scratch::room(scratch_->k, n * n_kv);
  float* v = Scratch::room(scratch_->v, n * n_kv);
  linear(batch, {{w.q, &LayerAdapter::q, q}, {w.k, &LayerAdapter::k, k}, {w.v, &LayerAdapter::v, v}}, l, x, context);
  if (spec_.qk_norm) {
    normalize(q, n * spec_.n_head, hd, w.q_norm, q, context);
    normalize(k, n * spec_.n_head_kv, hd, w.k_norm, k, context);
  }

  std::vector<AttentionRow> rows;
  rows.reserve(static_cast<std::size_t>(n));
  const DType kv_dtype = batch.parts.front().input->sequence->dtype();
  const std::int64_t window = spec_.window[static_cast<std::size_t>(l)];
  for (const Batch::Part& part : batch.parts) {
    KvSequence& sequence = *part.input->sequence;
    const auto positions =
        std::span(batch.positions)
            .subspan(static_cast<std::size_t>(part.begin), static_cast<std::size_t>(part.end - part.begin));
    if (spec_.rope.n_rot > 0) {
      const auto& inv_freq = part.input->long_rope ? spec_.rope.inv_freq_long : spec_.rope.inv_freq;
      const auto turn = [&](float* heads, std::int64_t n_head) {
        rope(heads + part.begin * n_head * hd, n_head * hd, part.end - part.begin, n_head, hd, inv_freq,
             spec_.rope.kind, spec_.rope.magnitude, positions, context);
      };
      turn(q, spec_.n_head);
      turn(k, spec_.n_head_kv);
    }
    for (std::int64_t t = part.begin; t < part.end; ++t) {
      const std::int64_t cell = batch.positions[static_cast<std::size_t>(t)];
      store_key(k + t * n_kv, spec_.n_head_kv, hd, kv_dtype, sequence.k_page(l, cell), cell % kKvPageTokens);
      store_value(v + t * n_kv, spec_.n_head_kv, hd, kv_dtype, sequence.v_page(l, cell), cell % kKvPageTokens);
      const std::int64_t end = spec_.causal ? cell + 1 : sequence.size();
      rows.push_back({&sequence.layer(l), window > 0 ? std::max<std::int64_t>(0, cell + 1 - window) : 0, end});
    }
  }

  float* mixed = Scratch::room(scratch_->gate, n * n_q);
  const AttentionShape shape = {.n_head = spec_.n_head,
                                .n_head_kv = spec_.n_head_kv,
                                .head_dim = hd,
                                .head_dim_v = hd,
                                .kv_dtype = kv_dtype,
                                .scale = spec_.attention_scale,
                                .soft_cap = spec_.attention_soft_cap};
  attention(q, rows, shape, mixed, context);
  linear(batch, {{w.output, &LayerAdapter::output, out}}, l, mixed, context);
}

void Transformer::feed_forward_part(const Batch& batch, std::int64_t l, const float* x, float* out,
                                    KernelContext& context) {
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(l)];
  const std::int64_t n = batch.size();
  const std::int64_t ff = spec_.n_ff;
  float* up = Scratch::room(scratch_->up, n * ff);
  if (!spec_.gated) {
    linear(batch, {{w.up, &LayerAdapter::up, up}}, l, x, context);
    activate(up, n * ff, spec_.activation, context);
    linear(batch, {{w.down, &LayerAdapter::down, out}}, l, up, context);
    return;
  }
  float* gate = Scratch::room(scratch_->gate, n * ff);
  linear(batch, {{w.gate, &LayerAdapter::gate, gate}, {w.up, &LayerAdapter::up, up}}, l, x, context);
  activate_and_multiply(gate, ff, up, ff, n, ff, spec_.activation, context);
  linear(batch, {{w.down, &LayerAdapter::down, out}}, l, gate, context);
}

void Transformer::linear(const Batch& batch, std::initializer_list<Use> uses, std::int64_t layer, const float* x,
                         KernelContext& context) {
  const std::int64_t n_in = uses.begin()->weights.weight.shape[1];
  std::vector<Product> products;
  products.reserve(uses.size());
  for (const Use& use : uses) {
    const Linear& w = use.weights;
    products.push_back({w.weight, w.packed, w.bias ? w.bias.f32().data() : nullptr, use.y, w.weight.shape[0]});
  }
  matmul(x, n_in, batch.size(), products, context);
  for (const Batch::Part& part : batch.parts) {
    if (part.input->adapter == nullptr) continue;
    for (const Use& use : uses) {
      const LoraPair& pair = part.input->adapter->layers[static_cast<std::size_t>(layer)].*use.adapter;
      if (!pair) continue;
      const std::int64_t n = part.end - part.begin;
      const std::int64_t n_out = use.weights.weight.shape[0];
      const std::int64_t rank = pair.a.shape[0];
      float* low = Scratch::room(scratch_->lora, n * (rank + n_out));
      float* delta = low + n * rank;
      matmul(x + part.begin * n_in, n_in, n, pair.a, nullptr, low, rank, context);
      matmul(low, rank, n, pair.b, nullptr, delta, n_out, context);
      scale(delta, n * n_out, pair.scale, context);
      add(use.y + part.begin * n_out, delta, n * n_out, context);
    }
  }
}

void Transformer::normalize(const float* x, std::int64_t n_rows, std::int64_t n, const Norm& norm, float* y,
                            KernelContext& context) const {
  const float* weight = norm.weight.f32().data();
  if (spec_.norm == NormKind::kRms) {
    rms_norm(x, n_rows, n, weight, spec_.norm_eps, y, context);
  } else {
    layer_norm(x, n_rows, n, weight, norm.bias.f32().data(), spec_.norm_eps, y, context);
  }
}

std::span<const float> Transformer::output(const Batch& batch, KernelContext& context) {
  const std::int64_t d = spec_.n_embd;
  std::int64_t n_wanted = 0;
  for (const Batch::Part& part : batch.parts) {
    if (part.input->output == Output::kNothing) continue;
    n_wanted += part.input->output == Output::kLastLogits ? 1 : part.end - part.begin;
  }
  float* rows = Scratch::room(scratch_->out_rows, n_wanted * d);
  std::int64_t n_rows = 0;
  bool logits = false;
  for (const Batch::Part& part : batch.parts) {
    const Output wanted = part.input->output;
    if (wanted == Output::kNothing) continue;
    logits = wanted != Output::kAllHidden;
    const std::int64_t first = wanted == Output::kLastLogits ? part.end - 1 : part.begin;
    std::copy_n(scratch_->x.data() + first * d, (part.end - first) * d, rows + n_rows * d);
    n_rows += part.end - first;
  }
  if (n_rows == 0) return {};
  if (spec_.output_norm) normalize(rows, n_rows, d, weights_.output_norm, rows, context);
  if (!logits) return {rows, static_cast<std::size_t>(n_rows * d)};

  assert(weights_.output.weight);
  const std::int64_t n_vocab = spec_.n_vocab;
  float* result = Scratch::room(scratch_->result, n_rows * n_vocab);
  const float* bias = weights_.output.bias ? weights_.output.bias.f32().data() : nullptr;
  const Product product{weights_.output.weight, weights_.output.packed, bias, result, n_vocab};
  matmul(rows, d, n_rows, {&product, 1}, context);
  if (spec_.output_soft_cap > 0) soft_cap(result, n_rows * n_vocab, spec_.output_soft_cap, context);
  return {result, static_cast<std::size_t>(n_rows * n_vocab)};
}

}  // namespace hearth
