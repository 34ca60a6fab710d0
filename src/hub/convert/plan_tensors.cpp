#include "hub/convert/plan_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "base/quote.h"
#include "hearth/error.h"
#include "hub/quantize/tensor_type.h"
#include "kernels/dequantize.h"

namespace hearth {
namespace {

/// What happens to a tensor's rows on the way.
enum class Change {
  kNone,
  kPairHeads,  ///< each head's halves become neighbours: how GGUF's llama wants q and k
  kTranspose,  ///< [n_in, n_out] to [n_out, n_in]
  kAddOne      ///< norm weights that are stored minus 1
};

Tensor without_first_rows(const Tensor& tensor, std::int64_t n) { return tensor.rows(n, tensor.shape[0]); }

/// Row r of a head of d rows comes from row r/2 of its first (r even) or second half.
ReadRows paired_rows(const Tensor& tensor, std::int64_t head_dim) {
  return [tensor, head_dim](std::int64_t begin, std::int64_t end, float* out) {
    const std::int64_t n = tensor.row_length();
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t in_head = row % head_dim;
      const std::int64_t from = row - in_head + (in_head % 2) * (head_dim / 2) + in_head / 2;
      dequantize(tensor.dtype, tensor.row(from), n, out + (row - begin) * n);
    }
  };
}

/// The same for a bias, which is one row of all heads.
ReadRows paired_values(const Tensor& tensor, std::int64_t head_dim) {
  return [tensor, head_dim](std::int64_t, std::int64_t, float* out) {
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    dequantize(tensor.dtype, tensor.data, tensor.elements(), values.data());
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      const std::int64_t in_head = i % head_dim;
      out[i] = values[static_cast<std::size_t>(i - in_head + (in_head % 2) * (head_dim / 2) + in_head / 2)];
    }
  };
}

ReadRows columns_of(const Tensor& tensor) {
  return [tensor](std::int64_t begin, std::int64_t end, float* out) {
    const std::int64_t n_in = tensor.shape[0];
    const std::size_t width = dtype_info(tensor.dtype).bytes;
    std::vector<float> piece(static_cast<std::size_t>(end - begin));
    for (std::int64_t i = 0; i < n_in; ++i) {
      dequantize(tensor.dtype, tensor.row(i) + static_cast<std::size_t>(begin) * width, end - begin, piece.data());
      for (std::int64_t o = 0; o < end - begin; ++o) out[o * n_in + i] = piece[static_cast<std::size_t>(o)];
    }
  };
}

ReadRows plus_one(const Tensor& tensor) {
  return [tensor](std::int64_t begin, std::int64_t end, float* out) {
    const std::int64_t n = (end - begin) * tensor.row_length();
    dequantize(tensor.dtype, tensor.row(begin), n, out);
    for (std::int64_t i = 0; i < n; ++i) out[i] += 1.0F;
  };
}

class Planner {
 public:
  Planner(const TensorTable& table, const Architecture& architecture, const TransformerSpec& spec,
          const Quantization& wanted, const std::string& where)
      : table_(table),
        from_(architecture.hf_tensors),
        to_(architecture.gguf_tensors),
        spec_(spec),
        wanted_(wanted),
        where_(where),
        prefix_(find_prefix()) {
    mix_.architecture = spec.architecture;
    mix_.n_layer = mix_.n_value_layers = spec.n_layer;
    mix_.tied_output = !has_output();
  }

  std::vector<PlannedTensor> plan() {
    embeddings();
    for (std::int64_t i = 0; i < spec_.n_layer; ++i) layer(i);
    if (spec_.output_norm) norm(prefix_ + from_.output_norm, to_.output_norm, spec_.n_embd);
    output();
    refuse_unused();
    return std::move(plan_);
  }

 private:
  std::string find_prefix() const {
    for (const std::string& prefix : from_.prefixes) {
      if (table_.find(prefix + from_.token_embedding + ".weight") != nullptr) return prefix;
    }
    fail(from_.prefixes.front() + from_.token_embedding + ".weight", "is missing");
  }

  [[noreturn]] void fail(const std::string& name, const std::string& problem) const {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: tensor {} {}", where_, quote(name), problem),
                "the folder is damaged or was made for something else; get it again");
  }

  const Tensor& require(const std::string& name, const Shape& shape) {
    const Tensor* tensor = table_.find(name);
    if (tensor == nullptr)
      fail(name, fmt::format("is missing ({} with {} layers needs it)", spec_.architecture, spec_.n_layer));
    if (!(tensor->shape == shape))
      fail(name, fmt::format("has shape {}, expected {}", tensor->shape.to_string(), shape.to_string()));
    if (!dtype_info(tensor->dtype).is_weight)
      fail(name, fmt::format("has type {}, which is not for weights", dtype_name(tensor->dtype)));
    used_.insert(name);
    return *tensor;
  }
  bool has(const std::string& name) const { return table_.find(name) != nullptr; }

  void add(std::string name, const Tensor& source, Change change) {
    PlannedTensor planned;
    planned.name = std::move(name);
    planned.shape = source.shape;
    if (change == Change::kTranspose) planned.shape = {source.shape[1], source.shape[0]};
    planned.source_bytes = source.bytes();
    const DType kept = DType::kF32;  // norms, biases and position tables are small and worth all their bits
    planned.dtype = choose_tensor_type(wanted_, mix_, planned.name, planned.shape, kept);
    planned.release = [source] { release_pages(source); };
    const bool is_vector = source.shape.size() == 1;
    switch (change) {
      case Change::kNone:
        if (planned.dtype == source.dtype) planned.copy = source;
        planned.read = rows_of(source);
        break;
      case Change::kPairHeads:
        planned.read = is_vector ? paired_values(source, spec_.head_dim) : paired_rows(source, spec_.head_dim);
        break;
      case Change::kTranspose: planned.read = columns_of(source); break;
      case Change::kAddOne: planned.read = plus_one(source); break;
    }
    plan_.push_back(std::move(planned));
  }

  void norm(const std::string& from, const std::string& to, std::int64_t n) {
    add(to + ".weight", require(from + ".weight", {n}), spec_.unit_offset_norm ? Change::kAddOne : Change::kNone);
    if (spec_.norm == NormKind::kLayer) add(to + ".bias", require(from + ".bias", {n}), Change::kNone);
  }

  void linear(const std::string& from, const std::string& to, std::int64_t n_out, std::int64_t n_in, bool bias_required,
              bool pair_heads = false) {
    const Change change = pair_heads ? Change::kPairHeads : Change::kNone;
    if (spec_.transposed_linear) {
      add(to + ".weight", require(from + ".weight", {n_in, n_out}), Change::kTranspose);
    } else {
      add(to + ".weight", require(from + ".weight", {n_out, n_in}), change);
    }
    if (bias_required || has(from + ".bias")) add(to + ".bias", require(from + ".bias", {n_out}), change);
  }

  void embeddings() {
    const std::int64_t d = spec_.n_embd;
    add(to_.token_embedding + ".weight", require(prefix_ + from_.token_embedding + ".weight", {spec_.n_vocab, d}),
        Change::kNone);
    if (spec_.learned_positions) {
      const Tensor& table =
          require(prefix_ + from_.position_embedding + ".weight", {spec_.context_length + spec_.position_offset, d});
      // GGUF's tables begin with position 0; RoBERTa's have rows before it.
      add(to_.position_embedding + ".weight", without_first_rows(table, spec_.position_offset), Change::kNone);
    }
    if (spec_.token_types) {
      const std::string name = prefix_ + from_.token_type + ".weight";
      const Tensor* table = table_.find(name);
      const std::int64_t rows = table != nullptr && table->shape.size() == 2 ? table->shape[0] : 1;
      add(to_.token_type + ".weight", require(name, {rows, d}), Change::kNone);
    }
    if (spec_.embedding_norm) norm(prefix_ + from_.embedding_norm, to_.embedding_norm, d);
  }

  void attention(const std::string& from, const std::string& to) {
    const std::int64_t q = spec_.n_head * spec_.head_dim;
    const std::int64_t kv = spec_.n_head_kv * spec_.head_dim;
    const bool bias = spec_.linear_bias || spec_.qkv_bias;
    const bool pair = spec_.architecture == "llama";
    if (from_.q.empty() || (!from_.qkv.empty() && has(from + from_.qkv + ".weight"))) {
      linear(from + from_.qkv, to + to_.qkv, q + 2 * kv, spec_.n_embd, bias);
    } else {
      linear(from + from_.q, to + to_.q, q, spec_.n_embd, bias, pair);
      linear(from + from_.k, to + to_.k, kv, spec_.n_embd, bias, pair);
      linear(from + from_.v, to + to_.v, kv, spec_.n_embd, bias);
    }
    if (spec_.qk_norm) {
      norm(from + from_.q_norm, to + to_.q_norm, spec_.head_dim);
      norm(from + from_.k_norm, to + to_.k_norm, spec_.head_dim);
    }
    linear(from + from_.attention_output, to + to_.attention_output, spec_.n_embd, q, spec_.linear_bias);
  }

  void feed_forward(const std::string& from, const std::string& to) {
    const std::int64_t d = spec_.n_embd;
    const std::int64_t ff = spec_.n_ff;
    const bool bias = spec_.linear_bias;
    if (spec_.gated && from_.gate.empty()) {
      linear(from + from_.gate_up, to + to_.gate_up, 2 * ff, d, bias);
    } else {
      if (spec_.gated) linear(from + from_.gate, to + to_.gate, ff, d, bias);
      linear(from + from_.up, to + to_.up, ff, d, bias);
    }
    linear(from + from_.down, to + to_.down, d, ff, bias);
  }

  void layer(std::int64_t index) {
    const std::string from = prefix_ + fmt::format(fmt::runtime(from_.layer), index);
    const std::string to = fmt::format(fmt::runtime(to_.layer), index);
    const std::int64_t d = spec_.n_embd;
    const bool pre = spec_.block != BlockKind::kPostNorm;
    const bool post = spec_.block == BlockKind::kPostNorm || spec_.block == BlockKind::kSandwichNorm;
    if (pre) norm(from + from_.attention_norm, to + to_.attention_norm, d);
    attention(from, to);
    if (post) norm(from + from_.attention_post_norm, to + to_.attention_post_norm, d);
    if (pre && spec_.block != BlockKind::kParallel) norm(from + from_.ffn_norm, to + to_.ffn_norm, d);
    feed_forward(from, to);
    if (post) norm(from + from_.ffn_post_norm, to + to_.ffn_post_norm, d);
  }

  bool has_output() const {
    return !spec_.tied_output && !from_.output.empty() && (has(from_.output + ".weight") || spec_.generates());
  }

  void output() {
    const std::string name = from_.output + ".weight";
    if (!has_output()) {
      if (!from_.output.empty()) used_.insert(name);  // a second copy of the embedding, as some files keep
      return;
    }
    add(to_.output + ".weight", require(name, {spec_.n_vocab, spec_.n_embd}), Change::kNone);
    const std::string bias = from_.output + ".bias";
    if (has(bias)) add(to_.output + ".bias", require(bias, {spec_.n_vocab}), Change::kNone);
  }

  void refuse_unused() const {
    for (const auto& [name, tensor] : table_.all()) {
      const std::string& text = name;
      const bool ignored =
          used_.contains(name) || std::any_of(from_.ignored.begin(), from_.ignored.end(),
                                              [&](const std::string& suffix) { return text.ends_with(suffix); });
      if (ignored) continue;
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: tensor {} {} has no place in a {} model of {} layers", where_, quote(name),
                              tensor.shape.to_string(), spec_.architecture, spec_.n_layer),
                  "the folder holds a variant of this architecture that Hearth does not know");
    }
  }

  const TensorTable& table_;
  const TensorNames& from_;
  const TensorNames& to_;
  const TransformerSpec& spec_;
  const Quantization& wanted_;
  const std::string& where_;
  std::string prefix_;
  MixContext mix_;
  std::set<std::string> used_;
  std::vector<PlannedTensor> plan_;
};

}  // namespace

std::vector<PlannedTensor> plan_tensors(const TensorTable& tensors, const Architecture& architecture,
                                        const TransformerSpec& spec, const Quantization& wanted,
                                        const std::string& where) {
  return Planner(tensors, architecture, spec, wanted, where).plan();
}

}  // namespace hearth
