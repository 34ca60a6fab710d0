// The verbs of the command line: each gets the arguments after its name and gives the exit status. Errors are thrown.
#pragma once

#include <string>
#include <vector>

namespace hearth::cli {

using Arguments = std::vector<std::string>;

int run_verb(const Arguments& arguments);
int chat_verb(const Arguments& arguments);
int inspect_verb(const Arguments& arguments);
int tokenize_verb(const Arguments& arguments);
int detokenize_verb(const Arguments& arguments);
int template_verb(const Arguments& arguments);
int logits_verb(const Arguments& arguments);
int embed_verb(const Arguments& arguments);
int similarity_verb(const Arguments& arguments);
int perplexity_verb(const Arguments& arguments);
int quantize_verb(const Arguments& arguments);
int convert_verb(const Arguments& arguments);
int import_verb(const Arguments& arguments);
int doctor_verb(const Arguments& arguments);
int config_verb(const Arguments& arguments);
int version_verb(const Arguments& arguments);

}  // namespace hearth::cli
