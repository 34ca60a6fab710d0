#include "runtime/embed_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hearth/error.h"
#include "text/tokenizer.h"

namespace hearth {

const Adapter* find_adapter(const LoadedModel& model, const std::string& task) {
  if (task.empty()) return nullptr;
  std::vector<std::string> names;
  for (const Adapter& adapter : model.adapters) {
    if (adapter.name == task) return &adapter;
    names.push_back(adapter.name);
  }
  if (names.empty())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("this model has no tasks; '{}' was asked for", task),
                "leave the task out");
  throw Error(ErrorCode::kInvalidArgument, fmt::format("unknown task '{}'", task),
              fmt::format("this model knows {}", fmt::join(names, ", ")));
}

std::vector<TokenId> embed_tokens(const LoadedModel& model, std::string_view text, const EmbedOptions& options) {
  const Adapter* adapter = find_adapter(model, options.task);
  EncodeOptions encode;
  encode.add_special = true;
  if (adapter == nullptr || !options.prompt || adapter->prompt.empty()) return model.tokenizer->encode(text, encode);
  return model.tokenizer->encode(adapter->prompt + std::string(text), encode);
}

}  // namespace hearth
