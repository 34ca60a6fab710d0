#include "grammar/schema/site_reader.h"

#include <algorithm>
#include <cmath>

#include "grammar/formats.h"
#include "grammar/regex.h"

namespace hearth {
namespace {

constexpr std::uint32_t kLargestCount = 1'000'000'000;

const char* const kTypes[] = {"null", "boolean", "object", "array", "number", "string", "integer"};

KeySet name_set(std::string name) { return {KeySet::Kind::kName, std::move(name), nullptr, nullptr, {}}; }

}  // namespace

SiteReader::SiteReader(ShapeMaker& maker, SiteId id)
    : maker_(maker),
      document_(maker.document_),
      exprs_(maker.exprs_),
      id_(id),
      site_(document_.site(id)),
      object_(site_.value->get_object()) {}

ExprId SiteReader::schema(const json::value& value, const std::string& path) {
  if (value.is_bool()) return value.get_bool() ? ExprTable::kTrue : ExprTable::kFalse;
  if (!value.is_object()) throw wrong_schema(path.substr(1), site_.where, "is neither an object nor a boolean");
  if (value.get_object().empty()) return ExprTable::kTrue;
  return exprs_.of_site(document_.child(id_, value, path));
}

const Shape& SiteReader::in_place(const json::value& value, const std::string& path) {
  return maker_.shape(schema(value, path));
}

void SiteReader::meet(const Shape& other) { shape_ = maker_.algebra_.intersection(shape_, other, site_.where); }

template <typename Read>
void SiteReader::optional(Read&& read) {
  const Shape before = maker_.lenient_ ? shape_ : Shape{};
  try {
    read();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    maker_.drop(error);
    shape_ = before;
  }
}

const json::array& SiteReader::schema_list(const json::value& value, std::string_view keyword) {
  if (!value.is_array()) throw wrong_schema(keyword, site_.where, "is not an array of schemas");
  return value.get_array();
}

const json::object& SiteReader::schema_map(const json::value& value, std::string_view keyword) {
  if (!value.is_object()) throw wrong_schema(keyword, site_.where, "is not an object of schemas");
  return value.get_object();
}

std::uint32_t SiteReader::count(const json::value& value, std::string_view keyword) {
  double number = -1;
  if (value.is_number()) number = value.to_number<double>();
  if (number < 0 || number != std::floor(number)) throw wrong_schema(keyword, site_.where, "is not a count");
  return number > kLargestCount ? kLargestCount : static_cast<std::uint32_t>(number);
}

Shape SiteReader::read() {
  if (site_.draft == SchemaDraft::k7 && object_.contains("$ref")) {  // its siblings mean nothing there
    read_references();
    return shape_;
  }
  read_type();
  read_values();
  optional([this] { read_numbers(); });
  optional([this] { read_strings(); });
  optional([this] { read_arrays(); });
  optional([this] { read_objects(); });
  optional([this] { read_references(); });
  read_combinations();
  optional([this] { read_conditions(); });
  optional([this] { read_dependencies(); });
  optional([this] { read_unevaluated(); });
  return shape_;
}

void SiteReader::read_type() {
  const json::value* type = find("type");
  if (type == nullptr) return;
  std::vector<std::string_view> names;
  if (type->is_string()) {
    names.emplace_back(type->get_string());
  } else if (type->is_array()) {
    for (const json::value& name : type->get_array()) {
      if (!name.is_string()) throw wrong_schema("type", site_.where, "is not the name of a type, or an array of names");
      names.emplace_back(name.get_string());
    }
  } else {
    throw wrong_schema("type", site_.where, "is not the name of a type, or an array of names");
  }
  Shape allowed;
  const Shape any = Shape::any();
  for (const std::string_view name : names) {
    if (std::find(std::begin(kTypes), std::end(kTypes), name) == std::end(kTypes))
      throw wrong_schema("type", site_.where, fmt::format("names {}, which is no type", quote(name)));
    if (name == "null") allowed.null_value = true;
    if (name == "boolean") allowed.true_value = allowed.false_value = true;
    if (name == "object") allowed.objects = any.objects;
    if (name == "array") allowed.arrays = any.arrays;
    if (name == "string") allowed.strings = any.strings;
    if (name == "number") allowed.numbers = NumberSet::all();
    if (name == "integer" && std::find(names.begin(), names.end(), "number") == names.end())
      allowed.numbers = NumberSet::integers();
  }
  meet(allowed);
}

void SiteReader::read_values() {
  if (const json::value* value = find("const")) meet(maker_.of_literal(*value));
  const json::value* values = find("enum");
  if (values == nullptr) return;
  if (!values->is_array()) throw wrong_schema("enum", site_.where, "is not an array");
  meet(maker_.of_enum(values->get_array()));
}

void SiteReader::read_numbers() {
  const auto number = [this](std::string_view keyword) -> std::optional<Decimal> {
    const json::value* value = find(keyword);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) throw wrong_schema(keyword, site_.where, "is not a number");
    return decimal_of(*value);
  };
  NumberSet set = shape_.numbers;
  if (const auto bound = number("minimum")) set = set & NumberSet::at_least(*bound);
  if (const auto bound = number("exclusiveMinimum")) set = set & NumberSet::at_least(*bound, true);
  if (const auto bound = number("maximum")) set = set & NumberSet::at_most(*bound);
  if (const auto bound = number("exclusiveMaximum")) set = set & NumberSet::at_most(*bound, true);
  if (const auto step = number("multipleOf")) {
    if (step->negative || step->digits == "0") throw wrong_schema("multipleOf", site_.where, "is not above 0");
    if (!set.empty()) set = set & NumberSet::multiples_of(*step);
  }
  shape_.numbers = set;
}

void SiteReader::read_strings() {
  StringShape string;
  bool any = false;
  if (const json::value* value = find("minLength")) string.min = count(*value, "minLength"), any = true;
  if (const json::value* value = find("maxLength")) string.max = count(*value, "maxLength"), any = true;
  const auto meet_text = [&](DfaPointer text) {
    any = true;
    string.text = string.text == nullptr ? text : intersection(*string.text, *text);
  };
  if (shape_.strings.empty()) return;  // what strings must be does not matter
  if (const json::value* value = find("pattern")) {
    if (!value->is_string()) throw wrong_schema("pattern", site_.where, "is not a string");
    try {
      meet_text(compile_regex(value->get_string(), RegexMatch::kSearch, fmt::format("'pattern' at {}", site_.where)));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      throw refused("pattern", site_.where, error.message());
    }
  }
  if (const json::value* value = find("format")) {
    if (!value->is_string()) throw wrong_schema("format", site_.where, "is not a string");
    // A format that nobody knows says nothing, as the specification has it.
    if (DfaPointer text = format_texts(value->get_string())) meet_text(std::move(text));
  }
  if (!any) return;
  Shape allowed = Shape::any();
  allowed.strings.clear();
  if (string.min <= string.max && (string.text == nullptr || !string.text->empty())) allowed.strings.push_back(string);
  meet(allowed);
}

void SiteReader::read_items(ArrayShape& array) {
  const json::value* items = find("items");
  const json::value* prefix = site_.draft == SchemaDraft::k2020 ? find("prefixItems") : nullptr;
  const json::value* rest = items;
  std::string rest_keyword = "items", prefix_keyword = "prefixItems";
  if (items != nullptr && items->is_array()) {  // draft 7
    prefix = items;
    prefix_keyword = "items";
    rest_keyword = "additionalItems";
    rest = find("additionalItems");
  }
  if (prefix != nullptr) {
    const json::array& list = schema_list(*prefix, prefix_keyword);
    for (std::size_t i = 0; i < list.size(); ++i)
      array.prefix.push_back(schema(list[i], fmt::format("/{}/{}", prefix_keyword, i)));
    array.evaluated = static_cast<std::uint32_t>(list.size());
  }
  if (rest != nullptr) {
    array.rest = schema(*rest, "/" + rest_keyword);
    array.evaluated = kNoLimit;
  }
}

void SiteReader::read_arrays() {
  ArrayShape array;
  read_items(array);
  if (const json::value* value = find("minItems")) array.min = count(*value, "minItems");
  if (const json::value* value = find("maxItems")) array.max = count(*value, "maxItems");
  if (const json::value* value = find("uniqueItems")) {
    if (!value->is_bool()) throw wrong_schema("uniqueItems", site_.where, "is not a boolean");
    array.unique = value->get_bool();
  }
  if (const json::value* value = find("contains")) {
    ArrayShape::Contains contains{schema(*value, "/contains"), 1, kNoLimit, 0};
    if (site_.draft == SchemaDraft::k2020) {
      if (const json::value* min = find("minContains")) contains.min = count(*min, "minContains");
      if (const json::value* max = find("maxContains")) contains.max = count(*max, "maxContains");
      array.evaluated_if.push_back(contains.item);
    }
    if (contains.min > 0 || contains.max != kNoLimit) array.contains.push_back(contains);
  }
  Shape allowed = Shape::any();
  // Meeting the array of everything brings it into the form that has no impossible bounds.
  Shape one;
  one.arrays.push_back(std::move(array));
  allowed.arrays = maker_.algebra_.intersection(allowed, one, site_.where).arrays;
  meet(allowed);
}

void SiteReader::read_members(ObjectShape& object) {
  const auto names = std::make_shared<std::set<std::string>>();
  std::vector<DfaPointer> patterns;
  if (const json::value* value = find("properties")) {
    for (const auto& member : schema_map(*value, "properties")) {
      const std::string name(member.key());
      names->insert(name);
      object.order.push_back(name);
      object.evaluated.push_back(name_set(name));
      const ExprId expr = schema(member.value(), "/properties/" + name);
      if (expr != ExprTable::kTrue) object.rules.push_back({name_set(name), expr});
    }
  }
  if (const json::value* value = find("patternProperties")) {
    for (const auto& member : schema_map(*value, "patternProperties")) {
      const std::string pattern(member.key());
      DfaPointer keys;
      try {
        keys = compile_regex(pattern, RegexMatch::kSearch, fmt::format("'patternProperties' at {}", site_.where));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUnsupported) throw;
        throw refused("patternProperties", site_.where, error.message());
      }
      patterns.push_back(keys);
      const KeySet set{KeySet::Kind::kPattern, "", keys, nullptr, {}};
      object.evaluated.push_back(set);
      const ExprId expr = schema(member.value(), "/patternProperties/" + pattern);
      if (expr != ExprTable::kTrue) object.rules.push_back({set, expr});
    }
  }
  if (const json::value* value = find("additionalProperties")) {
    object.all_evaluated = true;
    const ExprId expr = schema(*value, "/additionalProperties");
    if (expr != ExprTable::kTrue) object.rules.push_back({{KeySet::Kind::kOthers, "", nullptr, names, patterns}, expr});
  }
}

void SiteReader::read_objects() {
  ObjectShape object;
  read_members(object);
  if (const json::value* value = find("required")) {
    if (!value->is_array()) throw wrong_schema("required", site_.where, "is not an array of names");
    std::set<std::string> known(object.order.begin(), object.order.end());
    std::set<std::string> required;
    for (const json::value& name : value->get_array()) {
      if (!name.is_string()) throw wrong_schema("required", site_.where, "is not an array of names");
      const std::string text(name.get_string());
      if (required.insert(text).second) object.required.push_back(text);
      if (known.insert(text).second) object.order.push_back(text);
    }
  }
  if (const json::value* value = find("minProperties")) object.min = count(*value, "minProperties");
  if (const json::value* value = find("maxProperties")) object.max = count(*value, "maxProperties");
  if (const json::value* value = find("propertyNames")) {
    const Shape& names = in_place(*value, "/propertyNames");
    DfaPointer allowed;
    for (const StringShape& string : names.strings) {
      const DfaPointer text = text_of(string);
      allowed = allowed == nullptr ? text : unite(*allowed, *text);
    }
    const DfaPointer others = allowed == nullptr ? any_text() : difference(*any_text(), *allowed);
    if (!others->empty())
      object.rules.push_back({{KeySet::Kind::kPattern, "", others, nullptr, {}}, ExprTable::kFalse});
  }
  Shape allowed = Shape::any(), one;
  one.objects.push_back(std::move(object));
  // The object read here stands first, so that its order of names is the one that is written.
  allowed.objects = maker_.algebra_.intersection(one, allowed, site_.where).objects;
  meet(allowed);
}

void SiteReader::read_references() {
  if (const json::value* value = find("$ref")) {
    if (!value->is_string()) throw wrong_schema("$ref", site_.where, "is not a string");
    meet(maker_.shape(exprs_.of_site(document_.resolve(id_, std::string(value->get_string()), "$ref"))));
  }
  const json::value* value = site_.draft == SchemaDraft::k2020 ? find("$dynamicRef") : nullptr;
  if (value == nullptr) return;
  if (!value->is_string()) throw wrong_schema("$dynamicRef", site_.where, "is not a string");
  meet(maker_.shape(exprs_.of_site(document_.resolve_dynamic(id_, std::string(value->get_string())))));
}

Shape SiteReader::any_of(const json::array& list, const std::string& keyword) {
  if (!maker_.tracks_evaluation()) {
    Shape result;
    for (std::size_t i = 0; i < list.size(); ++i)
      result = maker_.algebra_.unite(result, in_place(list[i], fmt::format("/{}/{}", keyword, i)), site_.where);
    return result;
  }
  // What any alternative that holds has looked at counts, so those for which several hold are alternatives of their
  // own.
  Shape result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Shape& one = in_place(list[i], fmt::format("/{}/{}", keyword, i));
    const Shape with = maker_.algebra_.intersection(result, one, site_.where);
    result = maker_.algebra_.unite(maker_.algebra_.unite(result, one, site_.where), with, site_.where);
  }
  return result;
}

Shape SiteReader::one_of(const json::array& list) {
  std::vector<ExprId> exprs;
  for (std::size_t i = 0; i < list.size(); ++i) exprs.push_back(schema(list[i], fmt::format("/oneOf/{}", i)));
  Shape result;
  for (std::size_t i = 0; i < exprs.size(); ++i) {
    Shape one = maker_.shape(exprs[i]);
    for (std::size_t j = 0; j < exprs.size(); ++j) {
      // Alternatives that no value shares need not be told apart.
      if (j == i || (exprs[i] != exprs[j] && maker_.certainly_empty(exprs_.both(exprs[i], exprs[j])))) continue;
      one = maker_.algebra_.intersection(one, maker_.shape(exprs_.negation(exprs[j])), site_.where);
    }
    result = maker_.algebra_.unite(result, one, site_.where);
  }
  return result;
}

void SiteReader::read_combinations() {
  if (const json::value* value = find("allOf")) {
    const json::array& list = schema_list(*value, "allOf");
    for (std::size_t i = 0; i < list.size(); ++i)
      optional([&] { meet(in_place(list[i], fmt::format("/allOf/{}", i))); });
  }
  if (const json::value* value = find("anyOf")) {
    const json::array& list = schema_list(*value, "anyOf");
    optional([&] { meet(any_of(list, "anyOf")); });
  }
  if (const json::value* value = find("oneOf")) {
    const json::array& list = schema_list(*value, "oneOf");
    optional([&] { meet(one_of(list)); });
  }
  if (const json::value* value = find("not")) {
    optional([&] { meet(maker_.shape(exprs_.negation(schema(*value, "/not")))); });
  }
}

void SiteReader::read_conditions() {
  const json::value* condition = find("if");
  if (condition == nullptr) return;
  const json::value *then = find("then"), *otherwise = find("else");
  if (then == nullptr && otherwise == nullptr && !maker_.tracks_evaluation()) return;
  const ExprId when = schema(*condition, "/if");
  Shape yes = maker_.shape(when), no = maker_.shape(exprs_.negation(when));
  if (then != nullptr) yes = maker_.algebra_.intersection(yes, in_place(*then, "/then"), site_.where);
  if (otherwise != nullptr) no = maker_.algebra_.intersection(no, in_place(*otherwise, "/else"), site_.where);
  meet(maker_.algebra_.unite(yes, no, site_.where));
}

/// Objects without the member, and those with it that `then` allows; every other type.
Shape SiteReader::property_dependency(const std::string& name, const Shape& then) {
  Shape with = Shape::any(), without;
  with.objects[0].required.push_back(name);
  with.objects[0].order.push_back(name);
  with = maker_.algebra_.intersection(then, with, site_.where);
  ObjectShape absent;
  absent.rules.push_back({name_set(name), ExprTable::kFalse});
  without.objects.push_back(std::move(absent));
  Shape result = Shape::any();
  result.objects = maker_.algebra_.unite(without, with, site_.where).objects;
  return result;
}

void SiteReader::read_dependencies() {
  for (const char* keyword : {"dependencies", "dependentRequired", "dependentSchemas"}) {
    const json::value* value = find(keyword);
    if (value == nullptr) continue;
    if (site_.draft == SchemaDraft::k7 && std::string_view(keyword) != "dependencies") continue;
    for (const auto& member : schema_map(*value, keyword)) {
      const std::string name(member.key());
      Shape then = Shape::any();
      if (member.value().is_array()) {
        for (const json::value& other : member.value().get_array()) {
          if (!other.is_string()) throw wrong_schema(keyword, site_.where, "names something that is no string");
          const std::string text(other.get_string());
          then.objects[0].required.push_back(text);
          then.objects[0].order.push_back(text);
        }
        std::sort(then.objects[0].required.begin(), then.objects[0].required.end());
        auto& required = then.objects[0].required;
        required.erase(std::unique(required.begin(), required.end()), required.end());
      } else {
        then.objects = in_place(member.value(), fmt::format("/{}/{}", keyword, name)).objects;
      }
      meet(property_dependency(name, then));
    }
  }
}

void SiteReader::read_unevaluated() {
  if (site_.draft != SchemaDraft::k2020) return;
  if (const json::value* value = find("unevaluatedItems")) {
    const ExprId expr = schema(*value, "/unevaluatedItems");
    std::vector<ArrayShape> arrays;
    for (ArrayShape& array : shape_.arrays) {
      if (array.evaluated != kNoLimit) {
        ExprId item = expr;
        for (const ExprId known : array.evaluated_if) item = exprs_.either(item, known);
        ArrayShape others;
        others.prefix.assign(array.evaluated, ExprTable::kTrue);
        others.rest = item;
        Shape a, b;
        a.arrays = {array};
        b.arrays = {others};
        Shape met = maker_.algebra_.intersection(a, b, site_.where);
        for (ArrayShape& both : met.arrays) {
          both.evaluated = kNoLimit;
          arrays.push_back(std::move(both));
        }
      } else {
        arrays.push_back(std::move(array));
      }
    }
    shape_.arrays = std::move(arrays);
  }
  if (const json::value* value = find("unevaluatedProperties")) {
    const ExprId expr = schema(*value, "/unevaluatedProperties");
    std::vector<ObjectShape> objects;
    for (ObjectShape& object : shape_.objects) {
      if (object.all_evaluated) {
        objects.push_back(std::move(object));
        continue;
      }
      const auto names = std::make_shared<std::set<std::string>>();
      ObjectShape others;
      KeySet rest{KeySet::Kind::kOthers, "", nullptr, names, {}};
      for (const KeySet& keys : object.evaluated) {
        if (keys.kind == KeySet::Kind::kName) names->insert(keys.name);
        if (keys.kind == KeySet::Kind::kPattern) rest.except_patterns.push_back(keys.pattern);
      }
      if (expr != ExprTable::kTrue) others.rules.push_back({rest, expr});
      Shape a, b;
      a.objects = {object};
      b.objects = {others};
      Shape met = maker_.algebra_.intersection(a, b, site_.where);
      for (ObjectShape& both : met.objects) {
        both.all_evaluated = true;
        objects.push_back(std::move(both));
      }
    }
    shape_.objects = std::move(objects);
  }
}

}  // namespace hearth
