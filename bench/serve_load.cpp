// hearth_serve_load: puts load on any server with OpenAI's API, and says how long it takes to answer.
#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "load_plan.h"
#include "load_report.h"
#include "load_run.h"

namespace {

/// "64:1024", or one number for both.
std::string parse_span(const std::string& text, std::int64_t& least, std::int64_t& most) {
  try {
    const std::size_t colon = text.find(':');
    least = std::stoll(text.substr(0, colon));
    most = colon == std::string::npos ? least : std::stoll(text.substr(colon + 1));
  } catch (const std::exception&) {
    return "'" + text + "' is not MIN:MAX";
  }
  constexpr std::int64_t kMost = 1'000'000;
  return least >= 1 && most >= least && most <= kMost ? "" : "'" + text + "' is not a span of lengths";
}

}  // namespace

int main(int argc, char** argv) {
  hearth::load::PlanOptions plan;
  hearth::load::RunOptions run;
  std::string prompt_tokens = "64:1024";
  bool as_json = false, whole = false, plain = false;
  CLI::App app("Load on a server with OpenAI's API: closed loop (--clients) or Poisson arrivals (--rate)");
  app.add_option("--url", run.url, "address of the server, without /v1")->default_val("http://127.0.0.1:11434");
  app.add_option("--model", plan.model, "model to ask for")->required();
  app.add_option("--api-key", run.api_key, "sent as a bearer token");
  auto* clients = app.add_option("--clients", run.clients, "requests in flight")->check(CLI::Range(1, 4096));
  auto* rate = app.add_option("--rate", plan.rate, "arrivals per second instead")->check(CLI::PositiveNumber);
  rate->excludes(clients);
  app.add_option("--requests", plan.requests, "in all")->default_val(64)->check(CLI::Range(1, 10'000'000));
  app.add_option("--prompt-tokens", prompt_tokens, "MIN:MAX, roughly: so many words")->default_val(prompt_tokens);
  app.add_option("--shared-prefix", plan.shared_prefix, "words that all prompts begin with")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--max-tokens", plan.max_tokens, "of each answer")->default_val(32)->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", plan.seed, "of prompts and arrivals")->default_val(1);
  app.add_option("--timeout", run.patience, "seconds for one request")->default_val(3600)->check(CLI::PositiveNumber);
  app.add_flag("--chat", plan.chat, "ask /v1/chat/completions instead of /v1/completions");
  app.add_flag("--whole", whole, "ask for whole answers instead of streams");
  app.add_flag("--plain", plain, "send nothing that OpenAI's API does not have (\"ignore_eos\")");
  app.add_flag("--json", as_json, "write one JSON object");
  CLI11_PARSE(app, argc, argv);
  if (const std::string problem = parse_span(prompt_tokens, plan.least_prompt, plan.most_prompt); !problem.empty()) {
    std::fprintf(stderr, "--prompt-tokens: %s\n", problem.c_str());
    return 2;
  }
  plan.stream = run.stream = !whole;
  plan.extensions = !plain;
  run.chat = plan.chat;
  if (plan.rate > 0) run.clients = 0;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  try {
    const hearth::load::RunResult result = hearth::load::run_plan(hearth::load::make_plan(plan), run);
    const boost::json::object report = hearth::load::report_json(result);
    std::fputs((as_json ? boost::json::serialize(report) + "\n" : hearth::load::report_text(report)).c_str(), stdout);
    return report.at("succeeded").to_number<std::int64_t>() > 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hearth_serve_load: %s\n", error.what());
    return 1;
  }
}
