#include "cli/model_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "cli/human.h"
#include "cli/terminal_text.h"

namespace hearth::cli {
namespace {

constexpr std::int64_t kUsualContext = 8192;

std::string row(std::string_view name, std::string_view value) {
  // Values may come from the file: one line each, nothing that a terminal obeys.
  return fmt::format("{:<16}{}\n", name, one_line(value));
}

std::string heads_text(const ModelInfo& info) {
  std::string text = fmt::format("{} of {}", info.n_head, info.head_dim);
  if (info.n_head_kv != info.n_head) text += fmt::format(", {} for keys and values", info.n_head_kv);
  return text;
}

std::string context_text(const ModelInfo& info) {
  std::string text = fmt::format("{} tokens", info.context_length);
  if (info.sliding_window > 0) text += fmt::format(", sliding window {}", info.sliding_window);
  return text;
}

std::string tokenizer_text(const ModelInfo& info) {
  std::string text = fmt::format("{}, {} tokens", info.tokenizer, info.n_vocab);
  if (info.bos) text += fmt::format(", BOS {}", *info.bos);
  if (info.eos) text += fmt::format(", EOS {}", *info.eos);
  if (!info.stop_tokens.empty()) text += fmt::format(", an answer ends at {}", fmt::join(info.stop_tokens, ", "));
  return text;
}

std::string template_text(const ModelInfo& info) {
  if (info.chat_template.empty()) return "none: the model continues text";
  if (info.chat_template_origin == "model") return fmt::format("its own, {} bytes", info.chat_template.size());
  return fmt::format("{} (the model has none)", info.chat_template_origin);
}

std::string purpose_text(const ModelInfo& info) {
  if (!info.is_encoder) return info.can_embed ? "generates text, embeds" : "generates text";
  std::string text = fmt::format("embeds, {} pooling", info.pooling);
  if (!info.tasks.empty()) text += fmt::format("; tasks {}", fmt::join(info.tasks, ", "));
  return text;
}

std::string dtype_text(const DTypeShare& share, std::uint64_t all_bytes) {
  const double part = all_bytes == 0 ? 0 : static_cast<double>(share.bytes) / static_cast<double>(all_bytes);
  return fmt::format("{} {} ({} tensors, {})", share.dtype, human_percent(part), share.tensors,
                     human_bytes(share.bytes));
}

std::string dtype_rows(const ModelInfo& info) {
  std::string text;
  std::uint64_t all_bytes = 0;
  for (const DTypeShare& share : info.dtypes) all_bytes += share.bytes;
  for (const DTypeShare& share : info.dtypes) {
    text += row(&share == &info.dtypes.front() ? "dtypes" : "", dtype_text(share, all_bytes));
  }
  return text;
}

}  // namespace

std::int64_t usual_context(const ModelInfo& info) { return std::min(info.context_length, kUsualContext); }

std::string memory_text(const MemoryNeed& need) {
  return fmt::format("weights {} + KV cache {} + scratch {} = {}", human_bytes(need.weights),
                     human_bytes(need.kv_cache), human_bytes(need.scratch), human_bytes(need.total()));
}

std::string foreign_lines(const FileReport& report) {
  const ModelInfo& info = report.info;
  std::string text = row("name", info.name.empty() ? "-" : info.name);
  text += row("file", fmt::format("{} ({}, {})", info.path, info.format, human_bytes(info.file_bytes)));
  text += row("architecture", info.architecture);
  text += row("parameters", human_count(info.parameters));
  text += dtype_rows(info);
  text += row("license", info.license.empty() ? "not stated" : info.license);
  text += row("cannot run", report.problem);
  return text;
}

std::string model_lines(const ModelInfo& info, std::int64_t context, const MemoryNeed& need) {
  std::string text = row("name", info.name.empty() ? "-" : info.name);
  text += row("file", fmt::format("{} ({}, {})", info.path, info.format, human_bytes(info.file_bytes)));
  text += row("architecture", info.architecture);
  text += row("purpose", purpose_text(info));
  text += row("parameters", human_count(info.parameters));
  text += dtype_rows(info);
  text += row("layers", fmt::format("{}", info.n_layer));
  text += row("width", fmt::format("{}, feed-forward {}", info.n_embd, info.n_ff));
  text += row("heads", heads_text(info));
  text += row("context", context_text(info));
  text += row("tokenizer", tokenizer_text(info));
  if (!info.is_encoder) text += row("chat template", template_text(info));
  text += row("license", info.license.empty() ? "not stated" : info.license);
  text += row("memory", fmt::format("{} at {} tokens", memory_text(need), context));
  return text;
}

std::string tensor_lines(const std::vector<TensorInfo>& tensors) {
  std::string text;
  for (const TensorInfo& tensor : tensors) {
    text += fmt::format("{:<48} {:<8} {:>10}  [{}]\n", one_line(tensor.name), tensor.dtype, human_bytes(tensor.bytes),
                        fmt::join(tensor.shape, ", "));
  }
  return text;
}

std::string metadata_lines(const FileReport& report) {
  std::string text;
  for (const auto& [key, value] : report.metadata) text += fmt::format("{} = {}\n", one_line(key), one_line(value));
  return text;
}

}  // namespace hearth::cli
