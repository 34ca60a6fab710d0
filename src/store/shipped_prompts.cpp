#include <array>

#include "store/shipped_library.h"

namespace hearth {
namespace {

SavedPrompt prompt(const char* id, const char* name, const char* description, const char* text) {
  return {id, name, description, text, true};
}

}  // namespace

std::span<const SavedPrompt> shipped_prompts() {
  static const std::array prompts = {
      prompt("prm_explain", "explain", "Explain a text or a piece of code",
             "Explain the following step by step, for somebody who has not seen it before:\n\n{{text}}"),
      prompt(
          "prm_review", "review", "Find mistakes in code and say how to mend them",
          "Review this {{language}} code. List real problems first (wrong results, crashes, security), each with the "
          "line and a corrected version; then what could be simpler. Say so if it is fine.\n\n```\n{{code}}\n```"),
      prompt(
          "prm_test", "test", "Write tests for code",
          "Write tests for this {{language}} code with {{framework}}. Cover the usual cases, the edges and what must "
          "be refused.\n\n```\n{{code}}\n```"),
      prompt("prm_translate", "translate", "Translate a text",
             "Translate into {{language}}. Keep the tone and the formatting; answer with the translation "
             "alone.\n\n{{text}}"),
      prompt("prm_summarise", "summarise", "The essence of a long text",
             "Summarise the following in at most {{sentences}} sentences. Keep names, numbers and "
             "decisions.\n\n{{text}}"),
      prompt(
          "prm_commit", "commit-message", "A commit message for a diff",
          "Write a commit message for this diff: a subject in the imperative of at most 72 characters, a blank line, "
          "and why the change is made. No bullet list of files.\n\n```diff\n{{diff}}\n```"),
      prompt("prm_regex", "regex", "A regular expression from a description",
             "Write a regular expression ({{flavour}}) that matches: {{description}}. Explain its parts in one line "
             "each, and give three texts that match and three that do not."),
      prompt("prm_sql", "sql", "An SQL query from a question",
             "Write a {{dialect}} query that answers: {{question}}\n\nThe tables:\n\n```sql\n{{schema}}\n```"),
      prompt("prm_improve", "improve", "Better wording, same meaning",
             "Improve the wording of this text without changing what it says. Correct spelling and grammar; keep its "
             "language and its length.\n\n{{text}}"),
      prompt("prm_shell", "shell", "A shell command for a task",
             "Give one {{shell}} command that does this: {{task}}. Explain its parts in a line each, and warn if it "
             "deletes or overwrites something."),
      prompt("prm_reply", "reply", "Answer a mail",
             "Write a {{tone}} reply to this mail. What I want to say: {{points}}\n\n{{mail}}"),
  };
  return prompts;
}

}  // namespace hearth
