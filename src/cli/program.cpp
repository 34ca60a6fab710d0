#include "cli/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <langinfo.h>
#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "base/quote.h"
#include "cli/interrupt.h"
#include "cli/notice.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "cli/usage_error.h"
#include "cli/verbs.h"

namespace hearth::cli {
namespace {

struct Verb {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Arguments&);
};

constexpr std::array kVerbs = {
    Verb{"run", "answer one prompt", run_verb},
    Verb{"chat", "hold a conversation", chat_verb},
    Verb{"conversations", "what was said: list, search, export", conversations_verb},
    Verb{"serve", "models over HTTP, for other programs", serve_verb},
    Verb{"ps", "what a running server has loaded", ps_verb},
    Verb{"stop", "let a loaded model go", stop_verb},
    Verb{"pull", "fetch a model by its name", pull_verb},
    Verb{"list", "the models on this disk", list_verb},
    Verb{"show", "what is known of a model", show_verb},
    Verb{"search", "models that Hearth knows by name", search_verb},
    Verb{"recommend", "which model suits this machine", recommend_verb},
    Verb{"fits", "whether a model fits, with numbers", fits_verb},
    Verb{"rm", "remove a model or an alias", rm_verb},
    Verb{"cp", "a second name for a model, no copy", cp_verb},
    Verb{"alias", "names of your own", alias_verb},
    Verb{"verify", "hash a model again", verify_verb},
    Verb{"prune", "remove interrupted downloads", prune_verb},
    Verb{"embed", "turn text into vectors", embed_verb},
    Verb{"similarity", "how alike two texts are", similarity_verb},
    Verb{"inspect", "what a model file holds and needs", inspect_verb},
    Verb{"tokenize", "text to token ids", tokenize_verb},
    Verb{"detokenize", "token ids to text", detokenize_verb},
    Verb{"template", "the prompt that a chat becomes", template_verb},
    Verb{"logits", "what a model computes for given ids", logits_verb},
    Verb{"perplexity", "how well a model predicts a text", perplexity_verb},
    Verb{"bench", "how fast a model runs on this machine", bench_verb},
    Verb{"quantize", "fewer bits a weight", quantize_verb},
    Verb{"convert", "a Hugging Face folder to GGUF", convert_verb},
    Verb{"import", "put a model file under a name", import_verb},
    Verb{"grammar", "check what constrains answers", grammar_verb},
    Verb{"doctor", "this machine, and whether a model fits", doctor_verb},
    Verb{"completion", "verbs and names for your shell's Tab", completion_verb},
    Verb{"config", "every setting and where it comes from", config_verb},
    Verb{"version", "the version of Hearth", version_verb},
};

std::string overview() {
  std::string text =
      "Hearth runs AI models in its own process, on this machine.\n\n"
      "Usage: hearth VERB [ARGUMENTS]\n\n"
      "Verbs:\n";
  for (const Verb& verb : kVerbs) text += fmt::format("  {:<15}{}\n", verb.name, verb.summary);
  text +=
      "\nExamples:\n"
      "  hearth chat qwen2.5:0.5b\n"
      "  hearth run model.gguf \"Why is the sky blue?\"\n"
      "  cat notes.txt | hearth run model.gguf -p \"Summarise:\"\n\n"
      "'hearth VERB --help' tells more about one verb.\n";
  return text;
}

const Verb& find_verb(const std::string& name) {
  const auto* found = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return verb.name == name; });
  if (found != kVerbs.end()) return *found;
  const std::vector<std::string> names = verb_names();
  const bool is_flag = name.starts_with('-');
  throw UsageError(fmt::format("there is no {} {}", is_flag ? "flag" : "verb", quote(name)),
                   is_flag ? "flags come after the verb; 'hearth --help' lists the verbs"
                           : did_you_mean(name, names, "'hearth --help' lists the verbs"));
}

int dispatch(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ||
      (arguments[0] == "help" && arguments.size() == 1)) {
    standard_output().text(overview());
    return kDone;
  }
  if (arguments[0] == "help") return find_verb(arguments[1]).run({"--help"});
  const std::string name = arguments[0] == "--version" || arguments[0] == "-V" ? "version" : arguments[0];
  return find_verb(name).run({arguments.begin() + 1, arguments.end()});
}

/// A closed descriptor 0, 1 or 2 would be given to the next file that is opened, and a model must not be written over
/// by an error message. A read-only descriptor keeps the place: reading finds the end, writing fails as it should.
void fill_closed_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) (void)::open("/dev/null", O_RDONLY);
  }
}

/// Text is UTF-8 in here whatever the locale: widths and line editing go by LC_CTYPE; numbers stay in the C locale.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

void report(std::string_view message, std::string_view hint) {
  notice(fmt::format("hearth: {}", message));
  if (!hint.empty()) notice(hint);
}

/// What a failed verb had printed before belongs on stdout all the same.
void flush_quietly() {
  try {
    standard_output().flush();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the first failure is the one to report
  }
}

int guarded_dispatch(const Arguments& arguments) {
  try {
    const int status = dispatch(arguments);
    standard_output().flush();
    return status;
  } catch (const ClosedOutput&) {
    return kDone;  // the reader (`| head`) has what it wanted
  } catch (const UsageError& error) {
    flush_quietly();
    report(error.what(), error.hint());
    return kWrongUsage;
  } catch (const Error& error) {
    flush_quietly();
    report(error.message(), error.hint());
    return exit_status(error.code());
  } catch (const std::bad_alloc&) {
    report("out of memory", "'hearth doctor MODEL' tells what a model needs; --ctx makes it need less");
    return kFailed;
  } catch (const std::exception& error) {
    flush_quietly();
    report(fmt::format("internal error: {}", error.what()), "this is a bug in Hearth: please report it");
    return kFailed;
  }
}

}  // namespace

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  names.reserve(kVerbs.size());
  for (const Verb& verb : kVerbs) names.emplace_back(verb.name);
  return names;
}

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return kWrongUsage;
    case ErrorCode::kCancelled: return kInterrupted;
    case ErrorCode::kNotFound:
    case ErrorCode::kUnsupported:
    case ErrorCode::kCorruptData:
    case ErrorCode::kIo:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kBusy:
    case ErrorCode::kTimeout:
    case ErrorCode::kContextLimit:
    case ErrorCode::kInternal: return kFailed;
  }
  return kFailed;
}

int run_program(const std::vector<std::string>& arguments) {
  fill_closed_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is then an error of write(), which output.h tells apart
  use_utf8();
  install_interrupt_handler();
  return guarded_dispatch(arguments);
}

}  // namespace hearth::cli
