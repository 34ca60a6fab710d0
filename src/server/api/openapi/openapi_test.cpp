#include "server/api/openapi/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "server/all_routes.h"
#include "server/api/testing/api_house.h"

namespace hearth {
namespace {

/// Calls `visit` with every object in a value.
void each_object(const json::value& value, const std::function<void(const json::object&)>& visit) {
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) each_object(item, visit);
  } else if (value.is_object()) {
    visit(value.get_object());
    for (const auto& [key, member] : value.get_object()) each_object(member, visit);
  }
}

class Openapi : public hearth::testing::ApiHouse {
 protected:
  Openapi() {
    add_all_routes(router_, *context_, conversations_, {[] { return true; }, {}});
  }

  const json::value& resolve(const json::value& value) const {
    const json::object* object = value.if_object();
    const json::value* ref = object == nullptr ? nullptr : object->if_contains("$ref");
    if (ref == nullptr) return value;
    return document_.at_pointer(std::string_view(ref->as_string()).substr(1));
  }

  const json::value document_ = openapi_document();
  Conversations conversations_{*context_, (folder_.path() / "hearth.db").string()};
};

TEST_F(Openapi, DescribesEveryRouteAndNothingElse) { EXPECT_EQ(openapi_gaps(router_), std::vector<std::string>{}); }

TEST_F(Openapi, FindsWhatIsNotDescribedAndWhatIsNotThere) {
  const auto nothing = [](const std::shared_ptr<Exchange>&) {};
  Router router;
  router.add("POST", "/v1/new", Scope::kAny, nothing);
  router.add("GET", "/health", Scope::kAdmin, nothing);
  const std::vector<std::string> gaps = openapi_gaps(router);
  const auto has = [&](const std::string& gap) { return std::find(gaps.begin(), gaps.end(), gap) != gaps.end(); };
  EXPECT_TRUE(has("POST /v1/new is not described"));
  EXPECT_TRUE(has("GET /health needs a key, and is described otherwise"));
  EXPECT_TRUE(has("GET /v1/models is described, but there is no such route"));
}

TEST_F(Openapi, IsServedAsItIs) {
  const auto exchange = send("GET", "/openapi.json", "");
  EXPECT_EQ(exchange->status(), 200);
  EXPECT_EQ(body_of(*exchange), document_);
  EXPECT_EQ(document_.at("openapi"), "3.1.0");
  EXPECT_FALSE(document_.at("info").at("version").as_string().empty());
}

TEST_F(Openapi, ReferencesLeadSomewhereAndEverythingIsUsed) {
  std::set<std::string> used;
  each_object(document_, [&](const json::object& object) {
    const json::value* ref = object.if_contains("$ref");
    if (ref == nullptr) return;
    const std::string target(ref->as_string());
    used.insert(target);
    ASSERT_TRUE(target.starts_with("#/"));
    EXPECT_NO_THROW(document_.at_pointer(target.substr(1))) << target;
  });
  for (const auto& [name, schema] : document_.at("components").at("schemas").as_object())
    EXPECT_TRUE(used.contains("#/components/schemas/" + std::string(name))) << std::string_view(name);
}

TEST_F(Openapi, OperationsHaveNamesAndTheParametersOfTheirPaths) {
  std::set<std::string> names;
  for (const auto& [path, methods] : document_.at("paths").as_object()) {
    for (const auto& [method, value] : methods.as_object()) {
      const json::object& operation = value.as_object();
      EXPECT_TRUE(names.insert(std::string(operation.at("operationId").as_string())).second) << std::string_view(path);
      EXPECT_FALSE(operation.at("summary").as_string().empty());
      EXPECT_FALSE(operation.at("responses").as_object().empty()) << std::string_view(path);
      std::set<std::string> wanted, given;
      const std::string text(path);
      for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1))
        wanted.insert(text.substr(open + 1, text.find('}', open) - open - 1));
      if (const json::value* parameters = operation.if_contains("parameters")) {
        for (const json::value& parameter : parameters->as_array())
          if (parameter.at("in") == "path") given.insert(std::string(parameter.at("name").as_string()));
      }
      EXPECT_EQ(wanted, given) << text;
    }
  }
}

/// The JSON types that a schema takes ("integer" also stands for itself only).
std::set<std::string> types_of(const json::object& schema) {
  std::set<std::string> types;
  if (const json::value* type = schema.if_contains("type")) {
    if (type->is_string()) {
      types.insert(std::string(type->as_string()));
    } else {
      for (const json::value& one : type->as_array()) types.insert(std::string(one.as_string()));
    }
  }
  if (const json::value* values = schema.if_contains("enum"); values != nullptr && types.empty())
    types.insert("string");
  return types;
}

class OpenapiFields : public Openapi {
 protected:
  std::set<std::string> all_types(const json::value& value) const {
    const json::object& schema = resolve(value).as_object();
    std::set<std::string> types = types_of(schema);
    if (const json::value* any = schema.if_contains("anyOf")) {
      for (const json::value& one : any->as_array()) types.merge(all_types(one));
    }
    return types;
  }
  /// A value of a type that the schema does not take.
  std::optional<json::value> wrong_value(const json::value& schema) const {
    const std::set<std::string> types = all_types(schema);
    if (types.empty()) return std::nullopt;
    if (!types.contains("object")) return json::object{{"no", "object"}};
    if (!types.contains("integer") && !types.contains("number")) return json::value(7);
    if (!types.contains("string")) return json::value("text");
    if (!types.contains("boolean")) return json::value(true);
    return std::nullopt;
  }
};

TEST_F(OpenapiFields, EveryFieldThatIsDescribedIsReadWithItsType) {
  // Not looked at where the example has another field of the same meaning, or lacks one that they go with.
  const std::set<std::string> unread = {"name",
                                        "function_call",
                                        "prompt of /tokenize",
                                        "text of /tokenize",
                                        "prompt of /v1/tokenize",
                                        "text of /v1/tokenize"};
  script_.pieces = {"ok"};
  int n_fields = 0;
  for (const auto& [path, methods] : document_.at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      const json::value* body = operation.as_object().if_contains("requestBody");
      const json::value* media =
          body == nullptr ? nullptr : body->at("content").as_object().if_contains("application/json");
      if (media == nullptr) continue;
      const json::object& schema = resolve(media->at("schema")).as_object();
      json::object example = media->at("example").as_object();
      if (example.contains("model")) example["model"] = "parrot";
      for (const auto& [field, described] : schema.at("properties").as_object()) {
        const std::optional<json::value> wrong = wrong_value(described);
        const std::string name(field), place = name + " of " + std::string(path);
        if (!wrong || unread.contains(name) || unread.contains(place)) continue;
        json::object request = example;
        request[name] = *wrong;
        std::string upper_method(method);
        for (char& c : upper_method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        const auto exchange = send(upper_method, std::string(path), json::serialize(request));
        EXPECT_EQ(exchange->status(), 400) << place << ": " << json::serialize(request);
        EXPECT_NE(exchange->body().find(name), std::string::npos) << place << ": " << exchange->body();
        ++n_fields;
      }
    }
  }
  EXPECT_GT(n_fields, 250);
}

}  // namespace
}  // namespace hearth
