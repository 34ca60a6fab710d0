#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <set>
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
    "run chat embed similarity inspect show fits pull doctor tokenize detokenize template logits perplexity";
// Of these only what is on this disk makes sense.
constexpr const char* kLocalVerbs = "rm verify cp serve stop";

// What `conversations` does.
constexpr const char* kConversationActions = "list search show export import rm restore";

constexpr std::string_view kBash = R"SCRIPT(# bash completion of hearth; to load it:  source <(hearth completion bash)
_hearth() {
  local word=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} names
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "@VERBS@" -- "$word"))
    return
  fi
  if [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = conversations ]; then
    COMPREPLY=($(compgen -W "@CONVERSATIONS@" -- "$word"))
    return
  fi
  # Names hold ':', at which bash breaks words: take the whole of it and give back what stands behind the break.
  local typed=${line##*[[:space:]]} i before
  typed=${typed//\\:/:}
  case " @MODEL_VERBS@ " in
    *" ${COMP_WORDS[1]} "*) names=names ;;
  esac
  case " @LOCAL_VERBS@ " in
    *" ${COMP_WORDS[1]} "*) names=local ;;
  esac
  [ -n "$names" ] || return
  COMPREPLY=($(compgen -W "$(hearth completion "$names" 2>/dev/null)" -- "$typed"))
  if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then
    before=${typed%"${typed##*:}"}
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
  fi
}
# Where that finds nothing bash completes files, in its own way.
complete -o default -F _hearth hearth
)SCRIPT";

constexpr std::string_view kZsh = R"SCRIPT(#compdef hearth
# zsh completion of hearth; to load it:  source <(hearth completion zsh)
_hearth() {
  if (( CURRENT == 2 )); then
    compadd -- @VERBS@
    return
  fi
  if (( CURRENT == 3 )) && [ "$words[2]" = conversations ]; then
    compadd -- @CONVERSATIONS@
    return
  fi
  local -a model_verbs local_verbs names
  model_verbs=(@MODEL_VERBS@)
  local_verbs=(@LOCAL_VERBS@)
  if (( ${model_verbs[(Ie)$words[2]]} )); then
    names=(${(f)"$(hearth completion names 2>/dev/null)"})
    compadd -a names
  elif (( ${local_verbs[(Ie)$words[2]]} )); then
    names=(${(f)"$(hearth completion local 2>/dev/null)"})
    compadd -a names
  fi
  _files
}
# As a file of fpath this is what runs at the first Tab; sourced, it only has to be made known.
if [ "${funcstack[1]}" = _hearth ]; then
  _hearth "$@"
else
  compdef _hearth hearth
fi
)SCRIPT";

constexpr std::string_view kFish = R"SCRIPT(# fish completion of hearth; to load it:  hearth completion fish | source
complete -c hearth -n "__fish_use_subcommand" -f -a "@VERBS@"
complete -c hearth -n "__fish_seen_subcommand_from conversations" -f -a "@CONVERSATIONS@"
complete -c hearth -n "__fish_seen_subcommand_from @MODEL_VERBS@" -a "(hearth completion names 2>/dev/null)"
complete -c hearth -n "__fish_seen_subcommand_from @LOCAL_VERBS@" -a "(hearth completion local 2>/dev/null)"
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
  replace("@CONVERSATIONS@", kConversationActions);
  replace("@LOCAL_VERBS@", kLocalVerbs);
  return text;
}

std::set<std::string> local_names() {
  std::set<std::string> names;
  for (const auto& [alias, target] : aliases()) names.insert(alias);
  for (const LocalModel& model : local_models()) names.insert(model.name);
  return names;
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
  } else if (shell == "local") {
    for (const std::string& name : local_names()) standard_output().text(name + "\n");
  } else {
    line.fail(fmt::format("there is no completion for {}; it takes bash, zsh or fish", shell));
  }
  return kDone;
}

}  // namespace hearth::cli
