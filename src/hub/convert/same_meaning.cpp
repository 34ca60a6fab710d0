#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <span>

#include "format/gguf.h"
#include "hearth/error.h"
#include "hub/convert/architecture_metadata.h"
#include "model/architecture.h"

namespace hearth {
namespace {

/// Angles come from powers in float64 on one side and through float32 divisors on the other.
bool close(double a, double b) { return std::fabs(a - b) <= 1e-5 * std::fabs(a) + 1e-12; }

bool close(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!close(a[i], b[i])) return false;
  }
  return true;
}

class Comparison {
 public:
  explicit Comparison(const std::string& where) : where_(where) {}

  template <typename T>
  void same(const char* what, const T& wanted, const T& understood) const {
    if (wanted != understood) fail(what);
  }
  void same_number(const char* what, double wanted, double understood) const {
    if (!close(wanted, understood)) fail(what);
  }
  void same_angles(const char* what, const std::vector<float>& wanted, const std::vector<float>& understood) const {
    if (!close(wanted, understood)) fail(what);
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: the model's {} cannot be said in GGUF; the file would answer wrongly", where_, what),
                "use the folder as it is");
  }
  const std::string& where_;
};

}  // namespace

void check_same_meaning(const TransformerSpec& spec, const std::string& written, const std::string& where) {
  const auto bytes = std::make_shared<std::string>(written);
  const auto file = GgufFile::parse(std::as_bytes(std::span(*bytes)), where + " as GGUF", bytes);
  TransformerSpec read = find_gguf_architecture(spec.architecture, where).from_gguf(*file, spec.architecture);
  complete_and_check(read, where + " as GGUF");

  const Comparison compare(where);
  compare.same("number of layers", spec.n_layer, read.n_layer);
  compare.same("embedding length", spec.n_embd, read.n_embd);
  compare.same("feed-forward length", spec.n_ff, read.n_ff);
  compare.same("vocabulary size", spec.n_vocab, read.n_vocab);
  compare.same("number of heads", spec.n_head, read.n_head);
  compare.same("number of KV heads", spec.n_head_kv, read.n_head_kv);
  compare.same("head dimension", spec.head_dim, read.head_dim);
  compare.same("context length", spec.context_length, read.context_length);
  compare.same("order of norms", spec.block, read.block);
  compare.same("kind of norm", spec.norm, read.norm);
  compare.same_number("norm epsilon", spec.norm_eps, read.norm_eps);
  compare.same_number("embedding scale", spec.embedding_scale, read.embedding_scale);
  compare.same("learned positions", spec.learned_positions, read.learned_positions);
  compare.same("rotary dimensions", spec.rope.n_rot, read.rope.n_rot);
  compare.same_number("rope attention factor", spec.rope.magnitude, read.rope.magnitude);
  compare.same_angles("rope scaling", spec.rope.inv_freq, read.rope.inv_freq);
  compare.same_angles("rope scaling", spec.rope.inv_freq_long, read.rope.inv_freq_long);
  if (spec.rope.switches()) compare.same("original context", spec.rope.original_context, read.rope.original_context);
  compare.same_number("attention scale", spec.attention_scale, read.attention_scale);
  compare.same_number("attention soft cap", spec.attention_soft_cap, read.attention_soft_cap);
  compare.same_number("output soft cap", spec.output_soft_cap, read.output_soft_cap);
  compare.same("q and k norms", spec.qk_norm, read.qk_norm);
  compare.same("causality", spec.causal, read.causal);
  compare.same("sliding window", spec.window, read.window);
  compare.same("activation", spec.activation, read.activation);
  compare.same("gated feed-forward", spec.gated, read.gated);
  compare.same("pooling", spec.pooling, read.pooling);
}

}  // namespace hearth
