#include "server/http/http_request.h"

#include <algorithm>

#include "hearth/error.h"
#include "server/http/header_name.h"

namespace hearth {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? nullptr : &found->second;
}

}  // namespace

const std::string* HttpRequest::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const HttpHeader& header) { return same_header_name(header.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

const std::string* HttpRequest::query_value(std::string_view name) const { return find(query, name); }

const std::string& HttpRequest::path_param(std::string_view name) const {
  if (const std::string* value = find(path_params, name)) return *value;
  throw Error(ErrorCode::kInternal, "the route " + route + " has no part {" + std::string(name) + "}");
}

}  // namespace hearth
