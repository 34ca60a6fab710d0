// Arbitrary text as a GBNF grammar: it ends in a grammar or in an Error. A grammar is then followed for a few bytes
// that the text itself chooses.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cpu_limit.h"
#include "grammar/grammar.h"
#include "grammar/machine.h"
#include "hearth/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const hearth::fuzz::CpuLimit limit(1);
  try {
    const auto grammar = hearth::Grammar::from_gbnf(text);
    hearth::Machine machine(grammar->graph());
    hearth::ThreadSet at = machine.start(), next;
    for (std::size_t step = 0; step < 40; ++step) {
      const hearth::ByteSet bytes = machine.next_bytes(at);
      if (bytes.none()) break;
      std::size_t skip = data[step * 7 % size] % bytes.count();
      std::size_t byte = bytes._Find_first();
      for (; skip > 0; --skip) byte = bytes._Find_next(byte);
      machine.step(at, static_cast<std::uint8_t>(byte), next);
      std::swap(at, next);
    }
  } catch (const hearth::Error&) {
    // a refusal is an answer
  }
  return 0;
}
