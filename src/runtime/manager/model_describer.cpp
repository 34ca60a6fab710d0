#include "runtime/manager/model_describer.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "hearth/error.h"
#include "hub/download/digest.h"
#include "model/loaded_model.h"
#include "runtime/manager/file_state.h"
#include "runtime/model_info.h"

namespace hearth {
namespace {

constexpr std::size_t kMostReports = 8;

// The first token of a prompt that has a hole to fill, as the families that can do it spell it: Qwen-Coder and
// StarCoder 2, StarCoder, CodeLlama (Hugging Face's and GGUF's vocabularies), CodeGemma as Qwen, DeepSeek-Coder,
// Codestral.
constexpr std::array<std::string_view, 6> kFillTokens = {"<|fim_prefix|>", "<fim_prefix>",    "<fim-prefix>",
                                                         "▁<PRE>",         "<｜fim▁begin｜>", "[PREFIX]"};

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void tell(OfferedModel& model, const ModelInfo& info) {
  model.format = info.format.starts_with("GGUF") ? "gguf" : info.format;
  model.family = info.architecture;
  model.parameters = info.parameters;
  model.parameter_size = parameter_text(info.parameters);
  if (model.quantization.empty() && !info.dtypes.empty()) model.quantization = upper(info.dtypes.front().dtype);
  if (model.quantization.empty()) model.quantization = "unknown";
  model.context = info.context_length;
  model.embedding_length = info.n_embd;
  model.is_encoder = info.is_encoder;
  model.bytes = info.file_bytes;
}

void look_into(OfferedModel& model) {
  try {
    const LoadedModel loaded = load_model(model.path, LoadDepth::kDescription);
    const ModelInfo info = describe(loaded);
    tell(model, info);
    if (info.is_encoder) {
      model.capabilities = {"embedding"};
      return;
    }
    model.capabilities = {"completion"};
    for (std::string& more : template_capabilities(info.chat_template)) model.capabilities.push_back(std::move(more));
    const bool fills = std::any_of(kFillTokens.begin(), kFillTokens.end(),
                                   [&](std::string_view text) { return loaded.tokenizer->find(text).has_value(); });
    if (fills) model.capabilities.emplace_back("insert");
  } catch (const Error& error) {
    model.problem = error.message();
  } catch (const std::exception& error) {
    model.problem = fmt::format("{}: {}", model.path, error.what());
  }
}

std::int64_t modified_time(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
}

std::string digest_of(const OfferedModel& model, const std::string& files_state) {
  Digest digest(Digest::kSha256);
  digest.add(model.id);
  digest.add(std::string_view("\0", 1));
  digest.add(model.path);
  digest.add(std::string_view("\0", 1));
  digest.add(files_state);
  return digest.hex();
}

void copy_told(OfferedModel& to, const OfferedModel& told) {
  to.format = told.format;
  to.family = told.family;
  to.parameter_size = told.parameter_size;
  to.parameters = told.parameters;
  to.quantization = told.quantization;
  to.context = told.context;
  to.embedding_length = told.embedding_length;
  to.is_encoder = told.is_encoder;
  to.capabilities = told.capabilities;
  to.problem = told.problem;
  if (told.bytes > 0) to.bytes = told.bytes;
}

}  // namespace

std::string parameter_text(std::uint64_t parameters) {
  const auto text = [&](double unit, char letter, int digits) {
    const double number = static_cast<double>(parameters) / unit;
    return number == std::floor(number) ? fmt::format("{:.0f}{}", number, letter)
                                        : fmt::format("{:.{}f}{}", number, digits, letter);
  };
  if (parameters >= 1'000'000'000) return text(1e9, 'B', 1);
  if (parameters >= 1'000'000) return text(1e6, 'M', 2);
  if (parameters >= 1'000) return fmt::format("{:.0f}K", std::floor(static_cast<double>(parameters) / 1e3));
  return fmt::format("{}", parameters);
}

std::vector<std::string> template_capabilities(const std::string& source) {
  std::vector<std::string> capabilities;
  if (holds(source, "tools") || holds(source, "tool_calls")) capabilities.emplace_back("tools");
  if (holds(source, "enable_thinking") || holds(source, "reasoning_content") || holds(source, "<think>")) {
    capabilities.emplace_back("thinking");
  }
  return capabilities;
}

bool OfferedModel::can(const std::string& capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

void ModelDescriber::describe(OfferedModel& model) {
  const auto state = file_state(model.files);
  if (!state) {
    model.problem = fmt::format("{}: the file is gone", model.path);
    return;
  }
  model.modified = modified_time(model.files.front());
  model.digest = digest_of(model, *state);
  {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(model.path);
    if (known != entries_.end() && known->second.files_state == *state) return copy_told(model, known->second.told);
  }
  look_into(model);
  const std::lock_guard lock(mutex_);
  entries_[model.path] = {*state, model};
}

std::shared_ptr<const FileReport> ModelDescriber::report(const OfferedModel& model) {
  const std::string state = file_state(model.files).value_or("");
  {
    const std::lock_guard lock(mutex_);
    for (const Report& known : reports_) {
      if (known.path == model.path && known.files_state == state) return known.report;
    }
  }
  auto report = std::make_shared<const FileReport>(inspect(model.path));
  const std::lock_guard lock(mutex_);
  std::erase_if(reports_, [&](const Report& known) { return known.path == model.path; });
  reports_.push_back({model.path, state, report});
  if (reports_.size() > kMostReports) reports_.pop_front();
  return report;
}

void ModelDescriber::keep_only(const std::set<std::string>& paths) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return !paths.contains(entry.first); });
}

}  // namespace hearth
