// A JSON Schema and what it refers to: which draft it is written in, its identifiers, and where a $ref leads. Nothing
// is fetched from anywhere: other documents come from the caller or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"

namespace hearth {

enum class SchemaDraft { k7, k2020 };

/// Gives the text of the document at an absolute URI without fragment, or nothing.
using SchemaResolver = std::function<std::optional<std::string>(const std::string& uri)>;

/// A place in a document where a schema stands.
struct SchemaSite {
  const json::value* value = nullptr;
  std::string base;   ///< the URI that references in here are relative to
  std::string where;  ///< for messages: "#/properties/a"
  SchemaDraft draft = SchemaDraft::k2020;
};
using SiteId = std::uint32_t;

class SchemaDocument {
 public:
  /// `root` must outlive it. Errors: kInvalidArgument for identifiers that are none; kUnsupported for a $schema that is
  /// not known.
  SchemaDocument(const json::value& root, SchemaResolver resolver);

  const SchemaSite& site(SiteId id) const { return sites_[id]; }
  static constexpr SiteId kRoot = 0;

  /// The schema `value`, which stands under `path` ("/properties/a") inside `parent`.
  SiteId child(SiteId parent, const json::value& value, std::string_view path);
  /// Where `reference` leads from `from`. Errors: kInvalidArgument when it leads to nothing that is known, naming it.
  SiteId resolve(SiteId from, const std::string& reference, std::string_view keyword);
  /// As resolve(), for $dynamicRef. Errors: kUnsupported where more than one schema could be meant.
  SiteId resolve_dynamic(SiteId from, const std::string& reference);
  /// Whether any document read so far has the keyword.
  bool uses(std::string_view keyword) const;

 private:
  struct Resource {
    const json::value* value;
    SchemaDraft draft;
    std::string where;
  };
  void index(const json::value& value, std::string base, SchemaDraft draft, const std::string& where, int depth);
  SiteId intern(SchemaSite site);
  const Resource* find_resource(const std::string& uri);

  SchemaResolver resolver_;
  bool draft_is_stated_ = false;
  std::vector<SchemaSite> sites_;
  std::unordered_map<const json::value*, SiteId> site_of_;
  std::map<std::string, Resource, std::less<>> resources_;                        // by URI, with #anchor for anchors
  std::map<std::string, std::vector<std::string>, std::less<>> dynamic_anchors_;  // name to the URIs that have it
  std::map<std::string, bool, std::less<>> keywords_;
  std::vector<std::unique_ptr<json::value>> others_;
};

/// RFC 3986 §5.2: `reference` as seen from `base`, which may be empty.
std::string resolve_uri(std::string_view base, std::string_view reference);

}  // namespace hearth
