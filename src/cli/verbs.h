// The verbs of the command line: each gets the arguments after its name and gives the exit status. Errors are thrown.
#pragma once

#include <string>
#include <vector>

namespace hearth::cli {

using Arguments = std::vector<std::string>;

int run_verb(const Arguments& arguments);
int chat_verb(const Arguments& arguments);
int conversations_verb(const Arguments& arguments);
int inspect_verb(const Arguments& arguments);
int tokenize_verb(const Arguments& arguments);
int detokenize_verb(const Arguments& arguments);
int template_verb(const Arguments& arguments);
int logits_verb(const Arguments& arguments);
int embed_verb(const Arguments& arguments);
int similarity_verb(const Arguments& arguments);
int bench_verb(const Arguments& arguments);
int perplexity_verb(const Arguments& arguments);
int quantize_verb(const Arguments& arguments);
int convert_verb(const Arguments& arguments);
int import_verb(const Arguments& arguments);
int serve_verb(const Arguments& arguments);
int ps_verb(const Arguments& arguments);
int stop_verb(const Arguments& arguments);
int pull_verb(const Arguments& arguments);
int list_verb(const Arguments& arguments);
int show_verb(const Arguments& arguments);
int rm_verb(const Arguments& arguments);
int cp_verb(const Arguments& arguments);
int alias_verb(const Arguments& arguments);
int search_verb(const Arguments& arguments);
int recommend_verb(const Arguments& arguments);
int fits_verb(const Arguments& arguments);
int verify_verb(const Arguments& arguments);
int prune_verb(const Arguments& arguments);
int completion_verb(const Arguments& arguments);
int grammar_verb(const Arguments& arguments);
int doctor_verb(const Arguments& arguments);
int config_verb(const Arguments& arguments);
int version_verb(const Arguments& arguments);

/// Of all of them, in the order of the overview.
std::vector<std::string> verb_names();

}  // namespace hearth::cli
