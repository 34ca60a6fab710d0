// What /v1/responses/{id} offers of a response that was kept.
#include <fmt/format.h>

#include <algorithm>

#include "server/api/api_answer.h"
#include "server/api/request_fields.h"
#include "server/api/responses/responses_api.h"

namespace hearth {
namespace {

constexpr std::size_t kMostItems = 100, kUsualItems = 20;  // as OpenAI's API

HttpError not_found(const std::string& id) {
  return HttpError(ErrorCode::kNotFound, fmt::format("there is no response '{}' (any more)", id.substr(0, 80)),
                   {404, "invalid_request_error", "response_id", "response_not_found", 0},
                   "responses are kept in memory, the last used ones, unless store is false");
}

std::shared_ptr<const StoredResponse> find(ResponseStore& store, HttpRequest& request) {
  const std::string& id = request.path_param("id");
  auto response = store.find(id, request.principal.key_name);
  if (response == nullptr) throw not_found(id);
  return response;
}

std::size_t read_limit(const HttpRequest& request) {
  const std::string* text = request.query_value("limit");
  if (text == nullptr) return kUsualItems;
  const bool is_number = !text->empty() && text->size() <= 3 &&
                         std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t limit = is_number ? std::stoul(*text) : 0;
  if (limit < 1 || limit > kMostItems)
    throw bad_field("limit", fmt::format("limit must be a number from 1 to {}", kMostItems));
  return limit;
}

bool is_ascending(const HttpRequest& request) {
  const std::string* order = request.query_value("order");
  if (order == nullptr || *order == "desc") return false;
  if (*order != "asc") throw bad_field("order", "order must be asc or desc");
  return true;
}

std::string id_of(const json::value& item) { return std::string(item.as_object().at("id").as_string()); }

}  // namespace

void show_response(ApiContext& /*context*/, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  const std::string* stream = exchange->request().query_value("stream");
  if (stream != nullptr && *stream == "true")
    throw bad_field("stream", "a response that is complete is not streamed again; leave stream out");
  exchange->respond(200, kJsonType, find(store, exchange->request())->response);
}

void delete_response(ApiContext& /*context*/, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  const std::string& id = exchange->request().path_param("id");
  if (!store.remove(id, exchange->request().principal.key_name)) throw not_found(id);
  respond_json(*exchange, {{"id", id}, {"object", "response"}, {"deleted", true}});
}

void cancel_response(ApiContext& /*context*/, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  find(store, exchange->request());
  throw bad_field("response_id",
                  "only responses in the background can be cancelled, and there are none here; close the "
                  "connection to end an answer that is being written");
}

void list_input_items(ApiContext& /*context*/, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  const HttpRequest& request = exchange->request();
  const std::size_t limit = read_limit(request);
  const bool ascending = is_ascending(request);
  const auto response = find(store, exchange->request());
  json::array items = parse_json(response->input, "a kept response", kDeepestKept).as_array();
  if (!ascending) std::reverse(items.begin(), items.end());
  auto begin = items.begin();
  if (const std::string* after = request.query_value("after")) {
    begin = std::find_if(items.begin(), items.end(), [&](const json::value& item) { return id_of(item) == *after; });
    if (begin == items.end()) throw bad_field("after", "after names no item of this response");
    ++begin;
  }
  const auto n = std::min(limit, static_cast<std::size_t>(items.end() - begin));
  const json::array data(begin, begin + n);
  const auto id_or_null = [&](bool first) -> json::value {
    if (data.empty()) return nullptr;
    return json::value(id_of(first ? data.front() : data.back()));
  };
  respond_json(*exchange, {{"object", "list"},
                           {"data", data},
                           {"first_id", id_or_null(true)},
                           {"last_id", id_or_null(false)},
                           {"has_more", n < static_cast<std::size_t>(items.end() - begin)}});
}

}  // namespace hearth
