// The public TextTokenizer and render_template: tokenizers and templates without weights.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/file.h"
#include "base/json.h"
#include "format/gguf.h"
#include "hearth/text.h"
#include "model/loaded_model.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBuiltinPrefix = "builtin:";
constexpr std::uint64_t kMaxTemplateBytes = 4u << 20;

std::string token_text(const Tokenizer& tokenizer, std::optional<TokenId> id) {
  return id ? std::string(tokenizer.token_text(*id)) : "";
}

/// By its first bytes: Ollama's files have no ending.
bool is_gguf(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  std::array<char, 4> magic = {};
  std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
  return path.extension() == ".gguf" || std::string_view(magic.data(), magic.size()) == "GGUF";
}

json::array parse_array(const std::string& text, const char* what) {
  json::value value = parse_json(text, what);
  if (!value.is_array()) throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: expected a JSON array", what));
  return std::move(value.get_array());
}

}  // namespace

struct TextTokenizer::Impl {
  std::unique_ptr<const Tokenizer> tokenizer;
};

TextTokenizer::TextTokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TextTokenizer::TextTokenizer(TextTokenizer&&) noexcept = default;
TextTokenizer& TextTokenizer::operator=(TextTokenizer&&) noexcept = default;
TextTokenizer::~TextTokenizer() = default;

TextTokenizer TextTokenizer::load(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  if (is_gguf(path)) {
    impl->tokenizer = load_gguf_tokenizer(*GgufFile::open(path));
  } else {
    impl->tokenizer = load_hf_tokenizer(path);
  }
  return TextTokenizer(std::move(impl));
}

std::vector<TokenId> TextTokenizer::encode(std::string_view text, bool add_special, bool parse_special) const {
  EncodeOptions options;
  options.add_special = add_special;
  options.parse_special = parse_special;
  return impl_->tokenizer->encode(text, options);
}

std::string TextTokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  return impl_->tokenizer->decode(ids, skip_special);
}
std::string TextTokenizer::token_text(TokenId id) const { return std::string(impl_->tokenizer->token_text(id)); }
std::int64_t TextTokenizer::vocab_size() const { return impl_->tokenizer->vocab_size(); }
std::string TextTokenizer::kind() const { return std::string(impl_->tokenizer->kind()); }

std::string render_template(const std::string& model_or_file, const TemplateRequest& request) {
  TemplateInputs inputs;
  inputs.messages = parse_array(request.messages_json, "messages");
  if (!request.tools_json.empty()) inputs.tools = parse_array(request.tools_json, "tools");
  if (!request.extra_json.empty()) {
    json::value extra = parse_json(request.extra_json, "extra variables");
    if (!extra.is_object()) throw Error(ErrorCode::kInvalidArgument, "extra variables: expected a JSON object");
    inputs.extra = std::move(extra.get_object());
  }
  inputs.add_generation_prompt = request.add_generation_prompt;
  std::optional<ChatTemplate> chat_template;
  if (model_or_file.starts_with(kBuiltinPrefix)) {
    chat_template = ChatTemplate::builtin(model_or_file.substr(kBuiltinPrefix.size()));
  } else if (fs::path(model_or_file).extension() == ".jinja") {
    chat_template = ChatTemplate::parse(read_file(model_or_file, kMaxTemplateBytes), model_or_file);
  } else {
    LoadedModel model = load_model(model_or_file, LoadDepth::kDescription);
    if (!model.chat_template) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{} has no chat template", model_or_file),
                  "name a .jinja file or builtin:chatml");
    }
    chat_template = std::move(model.chat_template);
    inputs.bos_token = ::hearth::token_text(*model.tokenizer, model.tokenizer->bos());
    inputs.eos_token = ::hearth::token_text(*model.tokenizer, model.tokenizer->eos());
  }
  if (request.bos) inputs.bos_token = *request.bos;
  if (request.eos) inputs.eos_token = *request.eos;
  return chat_template->render(inputs).text;
}

}  // namespace hearth
