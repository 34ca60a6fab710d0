// The keywords of one schema object, one after the other, each as a shape that is intersected with the others.
#pragma once

#include <string>
#include <string_view>

#include "grammar/schema/schema_error.h"
#include "grammar/schema/shape_maker.h"

namespace hearth {

class SiteReader {
 public:
  SiteReader(ShapeMaker& maker, SiteId id);
  Shape read();

 private:
  const json::value* find(std::string_view keyword) const { return object_.if_contains(keyword); }
  ExprId schema(const json::value& value, const std::string& path);
  /// The shape of a schema that applies to the same value.
  const Shape& in_place(const json::value& value, const std::string& path);
  void meet(const Shape& other);
  /// Runs `read`; what it refuses is left out when the maker is lenient.
  template <typename Read>
  void optional(Read&& read);

  void read_type();
  void read_values();
  void read_numbers();
  void read_strings();
  void read_arrays();
  void read_items(ArrayShape& array);
  void read_objects();
  void read_members(ObjectShape& object);
  void read_references();
  void read_combinations();
  void read_conditions();
  void read_dependencies();
  void read_unevaluated();

  Shape any_of(const json::array& list, const std::string& keyword);
  Shape one_of(const json::array& list);
  Shape property_dependency(const std::string& name, const Shape& then);
  const json::array& schema_list(const json::value& value, std::string_view keyword);
  const json::object& schema_map(const json::value& value, std::string_view keyword);
  std::uint32_t count(const json::value& value, std::string_view keyword);

  ShapeMaker& maker_;
  SchemaDocument& document_;
  ExprTable& exprs_;
  SiteId id_;
  SchemaSite site_;
  const json::object& object_;
  Shape shape_ = Shape::any();
};

}  // namespace hearth
