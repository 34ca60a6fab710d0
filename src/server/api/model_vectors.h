// Texts to vectors by a model, for every API that gives embeddings.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/api/model_answer.h"

namespace hearth {

struct VectorsRequest {
  std::string model;
  std::optional<KeepAlive> keep_alive;
  /// Texts, or token ids taken as they are.
  std::vector<std::variant<std::string, std::vector<TokenId>>> inputs;
  EmbedOptions options;
  /// Cut what is longer than the context instead of refusing it (Ollama's "truncate").
  bool truncate = false;
  /// What the inputs are called in errors: "input".
  std::string param = "input";
  /// The first input is another field, and only those behind it are entries of `param`; empty: it is not.
  std::string first_param = {};
};

struct Vectors {
  std::vector<std::vector<float>> rows;  ///< in order of the inputs
  std::int64_t tokens = 0;               ///< of all of them
  std::string model;                     ///< its id
  double load_seconds = 0, total_seconds = 0;
};

/// Calls `then` with the vectors, on the model's thread; failures answer the exchange. When the client goes, the work
/// ends.
void make_vectors(ApiContext& context, const std::shared_ptr<Exchange>& exchange, VectorsRequest request,
                  std::function<void(Vectors)> then);

}  // namespace hearth
