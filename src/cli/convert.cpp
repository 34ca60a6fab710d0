#include "cli/convert_flags.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace hearth::cli {

int convert_verb(const Arguments& arguments) {
  ConvertFlags flags;
  CommandLine line(
      "convert", "HF_FOLDER DST.gguf [TYPE]",
      "Writes a Hugging Face folder (config.json, safetensors, tokenizer) as one GGUF file, which Hearth,\n"
      "llama.cpp and Ollama read. TYPE is one of " +
          conversion_type_names() + "; F16 without one.",
      "hearth convert ./Qwen2.5-0.5B-Instruct qwen.f16.gguf\n"
      "hearth convert ./Qwen2.5-0.5B-Instruct qwen.q4_k_m.gguf Q4_K_M");
  flags.add_to(line);
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"HF_FOLDER", "DST.gguf", "TYPE"}, 2);
  const std::vector<std::string>& words = line.words();
  flags.run(words.size() > 2 ? words[2] : "F16", words[1],
            [&](const ConvertOptions& options) { return convert_folder(words[0], words[1], options); });
  return kDone;
}

}  // namespace hearth::cli
