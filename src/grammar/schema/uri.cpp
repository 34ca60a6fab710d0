#include <vector>

#include "grammar/schema/schema_document.h"

namespace hearth {
namespace {

struct Uri {
  std::string_view scheme, authority, path, query;
  bool has_authority = false, has_query = false;
};

/// RFC 3986 appendix B, without the fragment.
Uri split(std::string_view text) {
  Uri uri;
  text = text.substr(0, text.find('#'));
  const std::size_t colon = text.find_first_of(":/?");
  if (colon != std::string_view::npos && colon > 0 && text[colon] == ':') {
    uri.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    const std::size_t end = text.find_first_of("/?", 2);
    uri.has_authority = true;
    uri.authority = text.substr(2, end == std::string_view::npos ? end : end - 2);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
  const std::size_t query = text.find('?');
  uri.path = text.substr(0, query);
  if (query != std::string_view::npos) {
    uri.has_query = true;
    uri.query = text.substr(query + 1);
  }
  return uri;
}

/// §5.2.4, on the segments between slashes.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool rooted = path.starts_with('/');
  bool ends_with_slash = false;
  for (std::size_t begin = rooted ? 1 : 0; begin <= path.size();) {
    const std::size_t slash = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, slash - begin);
    const bool dots = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!dots) kept.push_back(segment);
    ends_with_slash = dots && slash == path.size();
    begin = slash + 1;
  }
  std::string out = rooted ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) out += '/';
    out += kept[i];
  }
  if (ends_with_slash && !kept.empty()) out += '/';
  return out;
}

}  // namespace

std::string resolve_uri(std::string_view base_text, std::string_view reference) {
  const std::size_t hash = reference.find('#');
  const std::string fragment(hash == std::string_view::npos ? "" : reference.substr(hash));
  const Uri base = split(base_text), ref = split(reference);
  if (!ref.scheme.empty()) return std::string(reference);
  Uri out = base;
  std::string path(base.path);
  if (ref.has_authority) {
    out.has_authority = true;
    out.authority = ref.authority;
    out.has_query = ref.has_query;
    out.query = ref.query;
    path = without_dots(ref.path);
  } else if (ref.path.empty()) {
    if (ref.has_query) {
      out.has_query = true;
      out.query = ref.query;
    }
  } else {
    out.has_query = ref.has_query;
    out.query = ref.query;
    if (ref.path.starts_with('/')) {
      path = without_dots(ref.path);
    } else {
      const std::size_t slash = base.path.rfind('/');
      std::string merged(slash == std::string_view::npos ? "" : base.path.substr(0, slash + 1));
      if (merged.empty() && base.has_authority) merged = "/";
      path = without_dots(merged + std::string(ref.path));
    }
  }
  std::string text;
  if (!out.scheme.empty()) text += std::string(out.scheme) + ":";
  if (out.has_authority) text += "//" + std::string(out.authority);
  text += path;
  if (out.has_query) text += "?" + std::string(out.query);
  return text + fragment;
}

}  // namespace hearth
