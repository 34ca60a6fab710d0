// How the next token is chosen, as requests say it: OpenAI's fields and the extensions of llama.cpp's server.
#pragma once

#include "hearth/model.h"
#include "runtime/manager/model_lease.h"
#include "server/api/request_fields.h"

namespace hearth {

/// Whether the model has the tokens that `sampling` names. Errors: 400 naming logit_bias.
void check_tokens(const Lease& lease, const SamplingParams& sampling);

/// What a request starts from: the model's own recommendation, then the parameters of its overlay.
GenerateRequest default_request(const Lease& lease);

/// temperature, top_p, seed, penalties, logit_bias, and top_k, min_p, typical_p, repeat_penalty, mirostat … Errors:
/// 400.
void read_sampling(const RequestFields& fields, SamplingParams& sampling);

/// Ollama's names, where they stand in "options" or in an overlay: those of read_sampling, num_predict, stop, num_ctx
/// (which is the server's to choose, and ignored), repeat_last_n. Errors: 400.
void read_ollama_options(const RequestFields& options, GenerateRequest& request);

/// "stop": a string or up to `most`. Errors: 400.
std::vector<std::string> read_stop(const RequestFields& fields, std::size_t most);

}  // namespace hearth
