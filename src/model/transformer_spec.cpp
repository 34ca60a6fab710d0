#include "model/transformer_spec.h"

#include <fmt/format.h>

#include <cmath>

#include "hearth/error.h"

namespace hearth {
namespace {

// Far above any model that could run here, far below what overflows when multiplied.
constexpr std::int64_t kMaxWidth = 1 << 20;
constexpr std::int64_t kMaxVocab = 1 << 24;
constexpr std::int64_t kMaxContext = std::int64_t{1} << 31;

void check_range(const std::string& where, const char* field, std::int64_t value, std::int64_t max) {
  if (value < 1 || value > max) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: {} is {}; it must be from 1 to {}", where, field, value, max));
  }
}

}  // namespace

const char* pooling_name(Pooling pooling) {
  switch (pooling) {
    case Pooling::kNone: return "none";
    case Pooling::kMean: return "mean";
    case Pooling::kCls: return "cls";
    case Pooling::kLast: return "last";
  }
  return "none";
}

void complete_and_check(TransformerSpec& spec, const std::string& where) {
  check_range(where, "the number of layers", spec.n_layer, kMaxLayers);
  check_range(where, "the embedding length", spec.n_embd, kMaxWidth);
  check_range(where, "the feed-forward length", spec.n_ff, kMaxWidth);
  check_range(where, "the number of heads", spec.n_head, kMaxWidth);
  check_range(where, "the number of KV heads", spec.n_head_kv, spec.n_head);
  check_range(where, "the context length", spec.context_length, kMaxContext);
  check_range(where, "the vocabulary size", spec.n_vocab, kMaxVocab);
  check_range(where, "the head dimension", spec.head_dim, kMaxWidth);
  check_range(where, "heads times head dimension", spec.n_head * spec.head_dim, kMaxWidth);
  if (spec.n_head % spec.n_head_kv != 0) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: {} heads cannot share {} KV heads evenly", where, spec.n_head, spec.n_head_kv));
  }
  if (!(spec.norm_eps >= 0 && spec.norm_eps < 1)) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: the norm epsilon is {}; it must be from 0 to 1", where, spec.norm_eps));
  }
  for (const float cap : {spec.attention_soft_cap, spec.output_soft_cap}) {
    if (!(cap >= 0 && std::isfinite(cap))) {
      throw Error(ErrorCode::kCorruptData, fmt::format("{}: a soft cap is {}; it must be positive", where, cap));
    }
  }
  const RopeSpec& rope = spec.rope;
  if (rope.n_rot < 0 || rope.n_rot % 2 != 0 || rope.n_rot > spec.head_dim) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: {} rotary dimensions do not fit heads of {}", where, rope.n_rot, spec.head_dim));
  }
  if (spec.attention_scale == 0) spec.attention_scale = 1.0F / std::sqrt(static_cast<float>(spec.head_dim));
  if (spec.window.empty()) spec.window.assign(static_cast<std::size_t>(spec.n_layer), 0);
  if (static_cast<std::int64_t>(spec.window.size()) != spec.n_layer) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: attention windows are given for {} layers, the model has {}",
                                                     where, spec.window.size(), spec.n_layer));
  }
  for (const std::int64_t window : spec.window) {
    if (window < 0) throw Error(ErrorCode::kCorruptData, fmt::format("{}: the attention window is {}", where, window));
  }
}

}  // namespace hearth
