// What the server itself costs: a request on a kept connection, and pieces of streams to many clients.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"

namespace hearth {
namespace {

using testing::RawClient;
using testing::TestServer;

void BM_Request(benchmark::State& state) {
  TestServer server;
  RawClient client(server.port());
  for (auto _ : state) {
    client.request("POST", "/echo", R"({"model":"tiny","messages":[{"role":"user","content":"hello"}]})");
    benchmark::DoNotOptimize(client.response().status);
  }
}
BENCHMARK(BM_Request)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// One step of a model that answers state.range(0) clients: a piece to each, until all have them.
void BM_StreamStep(benchmark::State& state) {
  TestServer server;
  const auto n = static_cast<std::size_t>(state.range(0));
  std::vector<RawClient> clients;
  std::vector<std::shared_ptr<Exchange>> exchanges;
  for (std::size_t i = 0; i < n; ++i) {
    clients.emplace_back(server.port()).request("POST", "/park", "{}");
    exchanges.push_back(server.parked.take());
    exchanges.back()->begin_stream(200, "text/event-stream");
    clients.back().read_until("\r\n\r\n");
  }
  const std::string piece = "data: " + std::string(180, 'x') + "\n\n";  // as long as a chunk of a chat usually is
  for (auto _ : state) {
    for (const auto& exchange : exchanges) exchange->write(piece);
    for (RawClient& client : clients) benchmark::DoNotOptimize(client.read_until("\n\n\r\n").size());
  }
  for (const auto& exchange : exchanges) exchange->end();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
}
BENCHMARK(BM_StreamStep)->Arg(1)->Arg(16)->Arg(200)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hearth
