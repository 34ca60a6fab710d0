#include "serve/soak_requests.h"

#include <stdexcept>

namespace hearth::testing {

RawClient& SoakClient::connection() {
  constexpr std::uint64_t kRequestsOfOne = 50;
  if (connection_ == nullptr || random_() % kRequestsOfOne == 0) connection_ = std::make_unique<RawClient>(port_);
  return *connection_;
}

/// One of a few hundred, so that what the server keeps of them comes to an end.
std::string SoakClient::prompt() {
  constexpr std::uint64_t kPrompts = 300;
  std::string text;
  for (std::uint64_t n = random_() % kPrompts + 1; n > 0; n /= 3) text += static_cast<char>('a' + n % 3);
  return text + "uvw";
}

RawResponse SoakClient::ask(const std::string& method, const std::string& path, const std::string& body) {
  connection().request(method, path, body);
  RawResponse response = connection_->response();
  if (!response.complete) throw std::runtime_error(method + " " + path + ": the answer is not complete");
  if (response.headers["connection"] == "close") connection_ = nullptr;
  return response;
}

void SoakClient::expect(const std::string& method, const std::string& path, const std::string& body, int status,
                        const std::string& part) {
  const RawResponse response = ask(method, path, body);
  if (response.status == status && response.body.find(part) != std::string::npos) return;
  throw std::runtime_error(method + " " + path + " " + body + " → " + std::to_string(response.status) + " " +
                           response.body.substr(0, 1000));
}

void SoakClient::leave_in_the_middle() {
  RawClient client(port_);
  client.request("POST", "/v1/completions",
                 R"({"model":"chat","prompt":"a","max_tokens":500,"ignore_eos":true,"stream":true})");
  client.read_until("data: ");
  random_() % 2 == 0 ? client.reset() : client.close();
}

void SoakClient::step() {
  const std::string text = prompt();
  const std::string completion = R"({"model":"tiny","temperature":0,"max_tokens":3,"prompt":")" + text + '"';
  const std::string messages =
      R"({"model":"chat","temperature":0,"max_tokens":3,"messages":[{"role":"user","content":")" + text + R"("}])";
  // The rule of these models: the alphabet goes on behind the prompt; a conversation's prompt ends with "a".
  switch (random_() % 17) {
    case 0: return expect("POST", "/v1/completions", completion + "}", 200, R"("text":"xyz")");
    case 1: return expect("POST", "/v1/completions", completion + R"(,"stream":true})", 200, "[DONE]");
    case 2: return expect("POST", "/v1/completions", completion + R"(,"n":3,"logprobs":2,"echo":true})", 200, "uvwxyz");
    case 3: return expect("POST", "/v1/chat/completions", messages + "}", 200, R"("content":"bcd")");
    case 4: return expect("POST", "/v1/chat/completions", messages + R"(,"stream":true})", 200, "[DONE]");
    case 5:
      return expect("POST", "/v1/completions",
                    completion + R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
                    {"enum":[1,2]}}}})",
                    200, R"("text":)");
    case 6:
      return expect("POST", "/v1/embeddings", R"({"model":"bert","input":["red car","a cat"]})", 200, "embedding");
    case 7:
      return expect("POST", "/v1/rerank", R"({"model":"bert","query":"red","documents":["a car","red"]})", 200,
                    "results");
    case 8: return expect("POST", "/v1/tokenize", R"({"model":"tiny","content":")" + text + "\"}", 200, "tokens");
    case 9:
      return expect(
          "POST", "/api/generate",
          R"({"model":"tiny","prompt":"uvw","raw":true,"stream":false,"options":{"num_predict":3,"temperature":0}})",
          200, "\"xyz\"");
    case 10:
      return expect(
          "POST", "/api/chat",
          R"({"model":"chat","options":{"num_predict":3},"messages":[{"role":"user","content":")" + text + "\"}]}", 200,
          "\"done\":true");
    case 11: return expect("POST", "/v1/messages", messages + "}", 200, "\"bcd\"");
    case 12: return expect("GET", random_() % 2 == 0 ? "/api/tags" : "/hearth/status", "", 200, "models");
    case 13:
      return expect("POST", "/v1/chat/completions", R"({"model":"nobody","messages":[{"role":"user","content":"x"}]})",
                    404, "model_not_found");
    case 14: return expect("POST", "/v1/chat/completions", R"({"model":"chat","messages":7})", 400, "messages");
    case 15:
      return expect("POST", "/v1/responses",
                    R"({"model":"chat","temperature":0,"max_output_tokens":16,"store":false,"input":")" + text + "\"}",
                    200, "bcdefg");
    default: return leave_in_the_middle();
  }
}

}  // namespace hearth::testing
