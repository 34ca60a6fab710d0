#include "hub/model_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/quote.h"
#include "base/unicode.h"
#include "hearth/error.h"
#include "hub/catalog/quantization_label.h"

namespace hearth {
namespace {

constexpr std::size_t kLongestPart = 96;  // the hub's own limit of a repository's name
constexpr std::size_t kLongestPath = 512;

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

[[noreturn]] void refuse(std::string_view text, std::string_view problem) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", quote(text), problem),
              "a model is named by a path, NAME[:TAG], OWNER/REPO[:QUANT], hf://OWNER/REPO or https://…");
}

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(mark);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string checked_quantization(std::string_view text, std::string_view typed) {
  if (typed.empty()) refuse(text, "nothing stands behind the ':'");
  if (lower(typed) == "latest") return "";  // what Ollama calls it when nobody has said one
  const QuantizationLabel* known = find_quantization_label(typed);
  if (known != nullptr) return std::string(known->name);
  // It may be new: the repository's own list decides.
  if (!is_plain_name(typed)) refuse(text, fmt::format("there is no quantization {}", quote(typed)));
  return std::string(typed);
}

std::string joined(const std::vector<std::string>& parts, std::size_t first) {
  std::string path;
  for (std::size_t i = first; i < parts.size(); ++i) path += (path.empty() ? "" : "/") + parts[i];
  return path;
}

/// "owner/repo[/file][@revision][:QUANT]".
ModelName repository_name(std::string_view text, std::string_view body) {
  ModelName name;
  name.kind = ModelName::kRepository;
  if (const std::size_t colon = body.rfind(':'); colon != std::string_view::npos) {
    name.quantization = checked_quantization(text, body.substr(colon + 1));
    body = body.substr(0, colon);
  }
  if (const std::size_t at = body.find('@'); at != std::string_view::npos) {
    name.revision = body.substr(at + 1);
    body = body.substr(0, at);
    if (!is_safe_relative_path(name.revision)) refuse(text, "that is no revision");
  }
  const std::vector<std::string> parts = split(body, '/');
  if (parts.size() < 2) refuse(text, "a repository reads OWNER/REPO");
  name.repository = parts[0] + "/" + parts[1];
  if (!is_repository_name(name.repository)) refuse(text, fmt::format("{} is no repository", quote(name.repository)));
  name.file = joined(parts, 2);
  if (!name.file.empty() && !is_safe_relative_path(name.file)) refuse(text, "that is no file of a repository");
  return name;
}

/// "owner/repo", "owner/repo/resolve/main/file.gguf", "owner/repo/tree/main", behind the hub's address.
ModelName page_name(std::string_view text, std::string_view body) {
  body = body.substr(0, body.find_first_of("?#"));
  while (body.ends_with('/')) body.remove_suffix(1);
  std::vector<std::string> parts = split(body, '/');
  const bool has_page = parts.size() >= 4 && (parts[2] == "resolve" || parts[2] == "blob" || parts[2] == "tree");
  if (!has_page) return repository_name(text, body);
  ModelName name = repository_name(text, parts[0] + "/" + parts[1]);
  name.revision = parts[3];
  if (!is_safe_relative_path(name.revision)) refuse(text, "that is no revision");
  if (parts[2] != "tree") name.file = joined(parts, 4);
  if (!name.file.empty() && !is_safe_relative_path(name.file)) refuse(text, "that is no file of a repository");
  return name;
}

std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

bool is_loopback_url(std::string_view text) {
  return text.starts_with("http://127.0.0.1:") || text.starts_with("http://localhost:") ||
         text.starts_with("http://[::1]:");
}

}  // namespace

bool is_plain_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestPart || !std::all_of(text.begin(), text.end(), is_name_character)) {
    return false;
  }
  const auto is_mark = [](char c) { return c == '.' || c == '-'; };
  return !is_mark(text.front()) && !is_mark(text.back()) && text.find("..") == std::string_view::npos &&
         text.find("--") == std::string_view::npos;
}

bool is_repository_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && is_plain_name(text.substr(0, slash)) &&
         is_plain_name(text.substr(slash + 1));
}

bool is_safe_relative_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath || !is_valid_utf8(path)) return false;
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; };
  if (std::any_of(path.begin(), path.end(), is_bad)) return false;
  const std::vector<std::string> parts = split(path, '/');
  return std::none_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part.empty() || part == "." || part == ".." || part.size() > 255;
  });
}

bool is_object_id(std::string_view text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), is_hex);
}

ModelName parse_model_name(std::string_view text, std::string_view endpoint) {
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  if (text.empty()) refuse(text, "that is no name");
  if (const auto body = after(text, "hf://")) return repository_name(text, *body);
  for (const std::string& hub :
       {std::string(endpoint), std::string("https://huggingface.co"), std::string("https://hf.co")}) {
    if (const auto body = after(text, hub + "/")) return page_name(text, *body);
  }
  if (const auto body = after(text, "hf.co/")) return page_name(text, *body);
  if (const auto body = after(text, "huggingface.co/")) return page_name(text, *body);
  if (text.starts_with("https://") || is_loopback_url(text)) {
    const std::string_view path = text.substr(0, text.find_first_of("?#"));
    if (!path.ends_with(".gguf")) refuse(text, "an address must lead to a .gguf file");
    ModelName name;
    name.kind = ModelName::kUrl;
    name.text = text;
    return name;
  }
  if (text.find("://") != std::string_view::npos) refuse(text, "only hf:// and https:// addresses are fetched");
  if (text.find('/') != std::string_view::npos) {
    return repository_name(text, text);
  }
  ModelName name;
  name.text = text;
  const std::size_t colon = text.find(':');
  const std::string_view tag = colon == std::string_view::npos ? "x" : text.substr(colon + 1);
  if (!is_plain_name(text.substr(0, colon)) || !is_plain_name(tag)) refuse(text, "that is no name of a model");
  return name;
}

}  // namespace hearth
