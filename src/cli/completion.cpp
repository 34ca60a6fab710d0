#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <string_view>

#include "cli/command_line.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "hearth/hub.h"

namespace hearth::cli {
namespace {

// Verbs whose first word is a model. Names are asked for when Tab is pressed, so that new models complete at once.
constexpr const char* kModelVerbs =
    "run chat embed similarity inspect show rm verify fits pull doctor tokenize detokenize template logits perplexity "
    "cp";

constexpr std::string_view kBash = R"SCRIPT(# bash completion of hearth; to load it:  source <(hearth completion bash)
_hearth() {
  local word=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "@VERBS@" -- "$word"))
    return
  fi
  # Names hold ':', at which bash breaks words: take the whole of it and give back what stands behind the break.
  local typed=${line##*[[:space:]]} i before
  case " @MODEL_VERBS@ " in
    *" ${COMP_WORDS[1]} "*)
      COMPREPLY=($(compgen -W "$(hearth completion names 2>/dev/null)" -- "$typed"))
      if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then
        before=${typed%"${typed##*:}"}
        for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
      fi
      ;;
  esac
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _hearth hearth
)SCRIPT";

constexpr std::string_view kZsh = R"SCRIPT(#compdef hearth
# zsh completion of hearth; to load it:  source <(hearth completion zsh)
_hearth() {
  if (( CURRENT == 2 )); then
    compadd -- @VERBS@
    return
  fi
  local -a model_verbs names
  model_verbs=(@MODEL_VERBS@)
  if (( ${model_verbs[(Ie)$words[2]]} )); then
    names=(${(f)"$(hearth completion names 2>/dev/null)"})
    compadd -a names
  fi
  _files
}
compdef _hearth hearth
)SCRIPT";

constexpr std::string_view kFish = R"SCRIPT(# fish completion of hearth; to load it:  hearth completion fish | source
complete -c hearth -n "__fish_use_subcommand" -f -a "@VERBS@"
complete -c hearth -n "__fish_seen_subcommand_from @MODEL_VERBS@" -a "(hearth completion names 2>/dev/null)"
)SCRIPT";

std::string filled(std::string_view script) {
  std::string text(script);
  const auto replace = [&](std::string_view mark, const std::string& by) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
      text.replace(at, mark.size(), by);
    }
  };
  replace("@VERBS@", fmt::format("{}", fmt::join(verb_names(), " ")));
  replace("@MODEL_VERBS@", kModelVerbs);
  return text;
}

}  // namespace

int completion_verb(const Arguments& arguments) {
  CommandLine line("completion", "bash|zsh|fish",
                   "Prints a script that completes verbs and the names of models in your shell.",
                   "source <(hearth completion bash)\n"
                   "hearth completion zsh > \"${fpath[1]}/_hearth\"\n"
                   "hearth completion fish | source");
  if (!line.parse(arguments)) return kDone;
  line.expect_words({"SHELL"}, 1);
  const std::string& shell = line.words()[0];
  if (shell == "bash") {
    standard_output().raw(filled(kBash));
  } else if (shell == "zsh") {
    standard_output().raw(filled(kZsh));
  } else if (shell == "fish") {
    standard_output().raw(filled(kFish));
  } else if (shell == "names") {  // what the scripts ask
    for (const std::string& name : known_model_names()) standard_output().text(name + "\n");
  } else {
    line.fail(fmt::format("there is no completion for {}; it takes bash, zsh or fish", shell));
  }
  return kDone;
}

}  // namespace hearth::cli
