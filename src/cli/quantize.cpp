#include "cli/convert_flags.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace hearth::cli {

int quantize_verb(const Arguments& arguments) {
  ConvertFlags flags;
  CommandLine line("quantize", "SRC DST TYPE",
                   "Writes the GGUF file SRC again as DST, with fewer bits a weight. SRC should be F32, F16 or BF16.\n"
                   "TYPE is one of " +
                       conversion_type_names() + ".",
                   "hearth quantize model.f16.gguf model.q4_k_m.gguf Q4_K_M\n"
                   "hearth quantize model.f16.gguf model.q8_0.gguf Q8_0 --threads 8");
  flags.add_to(line);
  line.toggle("--requantize", "Take a SRC that is quantised already: loses more than starting from the original",
              flags.requantize);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"SRC", "DST", "TYPE"}, 3);
  const std::vector<std::string>& words = line.words();
  flags.run(words[2], words[1],
            [&](const ConvertOptions& options) { return quantize_file(words[0], words[1], options); });
  return kDone;
}

}  // namespace hearth::cli
