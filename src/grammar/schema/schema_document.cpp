#include "grammar/schema/schema_document.h"

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "grammar/schema/schema_error.h"
#include "grammar/schema/schema_words.h"

namespace hearth {
namespace {

constexpr int kDeepestSchema = 128;

std::string_view string_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

/// By $schema; without one, by the words that it is written with: older ones make it draft 7 only where no newer
/// stands.
std::optional<SchemaDraft> draft_of(const json::value& value, const std::string& where) {
  if (!value.is_object()) return std::nullopt;
  std::string_view uri = string_at(value.get_object(), "$schema");
  if (uri.empty()) return std::nullopt;
  if (uri.ends_with('#')) uri.remove_suffix(1);
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!uri.starts_with(scheme)) continue;
    const std::string_view rest = uri.substr(scheme.size());
    if (rest == "json-schema.org/draft/2020-12/schema" || rest == "json-schema.org/draft/2019-09/schema" ||
        rest == "json-schema.org/schema") {
      return SchemaDraft::k2020;
    }
    if (rest == "json-schema.org/draft-07/schema" || rest == "json-schema.org/draft-06/schema" ||
        rest == "json-schema.org/draft-04/schema") {
      return SchemaDraft::k7;
    }
  }
  throw refused("$schema", where, fmt::format("{} is not a known draft", quote(uri)));
}

/// A fragment's or pointer's %XX as bytes.
std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string without_fragment(const std::string& uri) { return uri.substr(0, uri.find('#')); }

}  // namespace

SchemaDocument::SchemaDocument(const json::value& root, SchemaResolver resolver) : resolver_(std::move(resolver)) {
  const auto stated = draft_of(root, "#");
  draft_is_stated_ = stated.has_value();
  const SchemaDraft draft = stated.value_or(SchemaDraft::k2020);
  resources_.try_emplace("", Resource{&root, draft, "#"});
  index(root, "", draft, "#", 0);
  std::string base;
  if (root.is_object()) base = without_fragment(std::string(string_at(root.get_object(), "$id")));
  intern({&root, base, "#", draft});
}

void SchemaDocument::index(const json::value& value, std::string base, SchemaDraft draft, const std::string& where,
                           int depth) {
  if (depth > kDeepestSchema) throw wrong_schema("$schema", where, "nests too deeply");
  if (!value.is_object()) return;
  const json::object& object = value.get_object();
  for (const auto& member : object) keywords_.try_emplace(member.key(), true);
  if (const auto own = draft_of(value, where)) draft = *own;
  const bool only_reference = draft == SchemaDraft::k7 && object.contains("$ref");
  const std::string_view id = string_at(object, "$id");
  if (!id.empty() && object.contains("$ref") && !draft_is_stated_)
    throw refused("$id", where, "beside a $ref it means different things in different drafts, and there is no $schema");
  if (!id.empty() && !only_reference) {
    const std::string uri = resolve_uri(base, id);
    if (id.starts_with('#')) {  // draft 7's way to write an anchor
      resources_.try_emplace(uri, Resource{&value, draft, where});
    } else {
      base = without_fragment(uri);
      resources_.try_emplace(base, Resource{&value, draft, where});
    }
  }
  for (const char* keyword : {"$anchor", "$dynamicAnchor"}) {
    const std::string_view anchor = string_at(object, keyword);
    if (anchor.empty() || draft == SchemaDraft::k7) continue;
    const std::string uri = base + "#" + std::string(anchor);
    resources_.try_emplace(uri, Resource{&value, draft, where});
    if (std::string_view(keyword) == "$dynamicAnchor") dynamic_anchors_[std::string(anchor)].push_back(uri);
  }
  const auto inside = [&](const json::value& part, const std::string& path) {
    index(part, base, draft, where + path, depth + 1);
  };
  for (const std::string_view keyword : kOneSchema) {
    if (const json::value* part = object.if_contains(keyword)) inside(*part, fmt::format("/{}", keyword));
  }
  for (const std::string_view keyword : kSchemaArray) {
    const json::value* list = object.if_contains(keyword);
    if (list == nullptr || !list->is_array()) continue;
    for (std::size_t i = 0; i < list->get_array().size(); ++i)
      inside(list->get_array()[i], fmt::format("/{}/{}", keyword, i));
  }
  for (const std::string_view keyword : kSchemaObject) {
    const json::value* list = object.if_contains(keyword);
    if (list == nullptr || !list->is_object()) continue;
    for (const auto& member : list->get_object())
      inside(member.value(), fmt::format("/{}/{}", keyword, pointer_token(member.key())));
  }
}

SiteId SchemaDocument::intern(SchemaSite site) {
  const auto [found, fresh] = site_of_.try_emplace(site.value, static_cast<SiteId>(sites_.size()));
  if (fresh) sites_.push_back(std::move(site));
  return found->second;
}

SiteId SchemaDocument::child(SiteId parent, const json::value& value, std::string_view path) {
  SchemaSite site = sites_[parent];
  site.value = &value;
  site.where += path;
  if (const auto own = draft_of(value, site.where)) site.draft = *own;
  if (value.is_object()) {
    const std::string_view id = string_at(value.get_object(), "$id");
    const bool only_reference = site.draft == SchemaDraft::k7 && value.get_object().contains("$ref");
    if (!id.empty() && !id.starts_with('#') && !only_reference)
      site.base = without_fragment(resolve_uri(site.base, id));
  }
  return intern(std::move(site));
}

const SchemaDocument::Resource* SchemaDocument::find_resource(const std::string& uri) {
  const auto found = resources_.find(uri);
  if (found != resources_.end()) return &found->second;
  const std::string document = without_fragment(uri);
  if (!resolver_ || resources_.contains(document)) return nullptr;
  const auto text = resolver_(document);
  if (!text) return nullptr;
  others_.push_back(std::make_unique<json::value>(parse_json(*text, document, kDeepestSchema, DuplicateKeys::kRefuse)));
  const json::value& value = *others_.back();
  const SchemaDraft draft = draft_of(value, document + "#").value_or(resources_.find("")->second.draft);
  resources_.try_emplace(document, Resource{&value, draft, document + "#"});
  index(value, document, draft, document + "#", 0);
  const auto now = resources_.find(uri);
  return now == resources_.end() ? nullptr : &now->second;
}

SiteId SchemaDocument::resolve(SiteId from, const std::string& reference, std::string_view keyword) {
  const SchemaSite origin = sites_[from];
  const auto unknown = [&](std::string_view why) {
    return Error(
        ErrorCode::kUnsupported,
        fmt::format("the schema's {} at {} leads to {}, {}", quote(keyword), origin.where, quote(reference), why),
        "put the schema into the document's $defs, or name a folder that holds it");
  };
  std::string uri = resolve_uri(origin.base, reference);
  if (uri.ends_with('#')) uri.pop_back();
  const std::size_t hash = uri.find('#');
  const std::string fragment = hash == std::string::npos ? "" : percent_decoded(std::string_view(uri).substr(hash + 1));
  const bool is_pointer = fragment.starts_with('/');
  if (!is_pointer) {
    const Resource* resource = find_resource(uri);
    if (resource == nullptr) throw unknown("which is not known here");
    SchemaSite site{resource->value, without_fragment(uri), resource->where, resource->draft};
    if (!fragment.empty()) return intern(std::move(site));
    return intern(std::move(site));
  }
  const std::string document = uri.substr(0, hash);
  const Resource* resource = find_resource(document);
  if (resource == nullptr) throw unknown("which is not known here");
  SiteId at = intern({resource->value, document, resource->where, resource->draft});
  const json::value* value = resource->value;
  for (std::size_t begin = 1; begin <= fragment.size();) {
    const std::size_t slash = std::min(fragment.find('/', begin), fragment.size());
    std::string token;
    for (std::size_t i = begin; i < slash; ++i) {
      if (fragment[i] == '~' && i + 1 < slash && (fragment[i + 1] == '0' || fragment[i + 1] == '1')) {
        token += fragment[++i] == '0' ? '~' : '/';
      } else {
        token += fragment[i];
      }
    }
    begin = slash + 1;
    const json::value* next = nullptr;
    if (value->is_object()) {
      next = value->get_object().if_contains(token);
    } else if (value->is_array() && !token.empty() && token.size() < 10 &&
               std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      const auto position = static_cast<std::size_t>(std::stoul(token));
      if (position < value->get_array().size()) next = &value->get_array()[position];
    }
    if (next == nullptr) throw unknown("where nothing stands");
    at = child(at, *next, "/" + pointer_token(token));
    value = next;
  }
  return at;
}

SiteId SchemaDocument::resolve_dynamic(SiteId from, const std::string& reference) {
  const SiteId target = resolve(from, reference, "$dynamicRef");
  const std::size_t hash = reference.find('#');
  const std::string anchor = hash == std::string::npos ? "" : reference.substr(hash + 1);
  const json::value& value = *sites_[target].value;
  const bool dynamic =
      value.is_object() && !anchor.empty() && string_at(value.get_object(), "$dynamicAnchor") == anchor;
  if (!dynamic) return target;  // then it is a plain reference
  const auto found = dynamic_anchors_.find(anchor);
  if (found != dynamic_anchors_.end() && found->second.size() > 1) {
    throw refused("$dynamicRef", sites_[from].where,
                  fmt::format("{} schemas have the $dynamicAnchor {}", found->second.size(), quote(anchor)));
  }
  return target;
}

bool SchemaDocument::uses(std::string_view keyword) const { return keywords_.contains(keyword); }

}  // namespace hearth
