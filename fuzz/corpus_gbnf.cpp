#include <string>

#include "corpus.h"

namespace {

using hearth::fuzz::Seeds;

Seeds gbnf_seeds() {
  Seeds seeds;
  seeds["list"] =
      "root ::= item (\",\" ws item)* # a list\nitem ::= [a-z]+ | \"\\\"\" [^\"\\\\\\n]{0,5} \"\\\"\"\nws ::= [ "
      "\\t]?\n";
  seeds["recursive"] = "root ::= \"(\" root* \")\" | \"x\"{2,4}\n";
  seeds["escapes"] = "root ::= \"\\x41\\u00e9\\U0001F600\" | [\\]\\-^] | .\n";
  seeds["empty"] = "root ::= (a* )* b?\na ::= \"\" | \"a\"\nb ::= \"b\"+\n";
  seeds["left"] = "root ::= root \"a\" | \"b\"\n";
  return seeds;
}

const hearth::fuzz::Corpus seeds("gbnf", gbnf_seeds);

}  // namespace
