// POST /v1/embeddings and /v1/rerank.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "server/api/base64_text.h"
#include "server/api/model_vectors.h"
#include "server/api/openai/openai_api.h"
#include "server/api/openai/openai_json.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

using Input = std::variant<std::string, std::vector<TokenId>>;

bool is_token_list(const json::array& items) {
  return !items.empty() &&
         std::all_of(items.begin(), items.end(), [](const json::value& item) { return item.is_int64(); });
}

Input one_input(const json::value& value, const std::string& param) {
  if (value.is_string()) {
    if (value.get_string().empty()) throw bad_field(param, fmt::format("{} is an empty string", param));
    return std::string(value.get_string());
  }
  if (value.is_array() && is_token_list(value.get_array())) {
    std::vector<TokenId> ids;
    for (const json::value& item : value.get_array()) {
      const std::int64_t id = item.get_int64();
      if (id < 0 || id > std::numeric_limits<TokenId>::max())
        throw bad_field(param, fmt::format("{}: {} is no token id", param, id));
      ids.push_back(static_cast<TokenId>(id));
    }
    return ids;
  }
  throw bad_field(param,
                  fmt::format("{} must be a string or an array of token ids, and is {}", param, json_type_name(value)));
}

std::vector<Input> read_inputs(const RequestFields& fields, std::size_t most) {
  const json::value* input = fields.find("input");
  if (input == nullptr) throw bad_field("input", "input is missing", "missing_required_parameter");
  if (!input->is_array() || is_token_list(input->get_array())) return {one_input(*input, "input")};
  const json::array& items = input->get_array();
  if (items.empty()) throw bad_field("input", "input is empty; at least one text is needed");
  if (items.size() > most)
    throw bad_field("input", fmt::format("input has {} entries; at most {} are allowed", items.size(), most));
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < items.size(); ++i) inputs.push_back(one_input(items[i], fmt::format("input[{}]", i)));
  return inputs;
}

json::value embedding_value(const std::vector<float>& row, bool base64) {
  if (!base64) return json::array(row.begin(), row.end());
  static_assert(std::endian::native == std::endian::little, "what clients decode is little-endian");
  std::string bytes(row.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), row.data(), bytes.size());
  return json::value(encode_base64(bytes));
}

}  // namespace

void create_embeddings(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  VectorsRequest request;
  request.model = fields.required_string("model");
  request.inputs = read_inputs(fields, context.limits.max_inputs);
  request.options.dimensions = fields.integer("dimensions", 1, 1 << 20).value_or(0);
  request.options.task = fields.string("task").value_or("");
  const std::string encoding = fields.string("encoding_format").value_or("float");
  if (encoding != "float" && encoding != "base64")
    throw bad_field("encoding_format", "encoding_format must be float or base64");
  make_vectors(context, exchange, std::move(request), [exchange, base64 = encoding == "base64"](Vectors vectors) {
    json::array data;
    for (std::size_t i = 0; i < vectors.rows.size(); ++i) {
      data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", embedding_value(vectors.rows[i], base64)}});
    }
    respond_json(*exchange, {{"object", "list"},
                             {"data", std::move(data)},
                             {"model", vectors.model},
                             {"usage", {{"prompt_tokens", vectors.tokens}, {"total_tokens", vectors.tokens}}}});
  });
}

/// By the cosine of query and document: a model that reads both together (a cross-encoder) is not known here.
void rerank(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  VectorsRequest request;
  request.model = fields.required_string("model");
  request.inputs.emplace_back(fields.required_string("query"));
  const json::array* documents = fields.array("documents");
  if (documents == nullptr || documents->empty())
    throw bad_field("documents", "documents must be an array with at least one text");
  if (documents->size() >= context.limits.max_inputs)
    throw bad_field("documents", fmt::format("documents has {} entries; at most {} are allowed", documents->size(),
                                             context.limits.max_inputs - 1));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < documents->size(); ++i) {
    const json::value& document = (*documents)[i];
    if (document.is_string()) {
      texts.emplace_back(document.get_string());
    } else {
      texts.push_back(fields.item("documents", i, document).required_string("text"));
    }
    request.inputs.emplace_back(texts.back());
  }
  const auto n = static_cast<std::int64_t>(texts.size());
  const auto top = static_cast<std::size_t>(std::min(n, fields.integer("top_n", 1).value_or(n)));
  const bool with_text = fields.boolean("return_documents").value_or(false);
  request.options.task = fields.string("task").value_or("");
  request.param = "documents";
  request.first_param = "query";
  make_vectors(context, exchange, std::move(request), [exchange, texts, top, with_text](Vectors vectors) {
    std::vector<std::pair<double, std::size_t>> scores;
    for (std::size_t i = 1; i < vectors.rows.size(); ++i)
      scores.emplace_back(cosine_similarity(vectors.rows[0], vectors.rows[i]), i - 1);
    std::stable_sort(scores.begin(), scores.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    json::array results;
    for (std::size_t i = 0; i < top; ++i) {
      json::object result{{"index", scores[i].second}, {"relevance_score", scores[i].first}};
      if (with_text) result["document"] = {{"text", texts[scores[i].second]}};
      results.push_back(std::move(result));
    }
    respond_json(*exchange, {{"id", random_id("rerank-")},
                             {"object", "list"},
                             {"model", vectors.model},
                             {"results", std::move(results)},
                             {"usage", {{"prompt_tokens", vectors.tokens}, {"total_tokens", vectors.tokens}}}});
  });
}

}  // namespace hearth
