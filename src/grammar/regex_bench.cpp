#include <benchmark/benchmark.h>

#include "grammar/regex.h"
#include "grammar/unicode_property.h"

namespace {

void compile(benchmark::State& state, const char* pattern) {
  hearth::compile_regex(pattern, hearth::RegexMatch::kSearch);  // the first use of \p{…} makes its table
  std::size_t n_states = 0;
  for (auto _ : state) n_states = hearth::compile_regex(pattern, hearth::RegexMatch::kSearch)->n_states();
  state.counters["states"] = static_cast<double>(n_states);
}

BENCHMARK_CAPTURE(compile, identifier, "^[A-Za-z_][A-Za-z0-9_]*$");
BENCHMARK_CAPTURE(
    compile, semantic_version,
    "^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|"
    "[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$");
BENCHMARK_CAPTURE(compile, package_name,
                  "^(?:(?:@(?:[a-z0-9-*~][a-z0-9-*._~]*)?/[a-z0-9-._~])|[a-z0-9-~])[a-z0-9-._~]*$");
BENCHMARK_CAPTURE(compile, letters, "^\\p{L}+$");
BENCHMARK_CAPTURE(compile, up_to_64_letters, "^\\p{L}{1,64}$");
BENCHMARK_CAPTURE(compile, substring, "hearth");
BENCHMARK_CAPTURE(compile, exponential, "^[ab]*a[ab]{10}$");
BENCHMARK_CAPTURE(compile, cloud_resource_name,
                  "^arn:(aws[a-zA-Z-]*)?:[a-zA-Z0-9-]+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)$");

}  // namespace
