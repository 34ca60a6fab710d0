#include "cli/terminal_reader.h"

#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/interrupt.h"
#include "cli/utf8_reader.h"

namespace hearth::cli {
namespace {

constexpr const char* kEndOfArguments = nullptr;
constexpr int kHistorySize = 1000;
constexpr std::size_t kLongestPaste = std::size_t{16} << 20;
constexpr std::wstring_view kPasteEnd = L"\x1B[201~";

std::atomic<bool> redraw_wanted = false;
extern "C" void on_redraw(int) { redraw_wanted = true; }

/// The size of the window changed, or the program was stopped and goes on: read() comes back and the line is drawn
/// again.
void install_redraw_handler() {
  struct sigaction action = {};
  action.sa_handler = on_redraw;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGWINCH, &action, nullptr);
  ::sigaction(SIGCONT, &action, nullptr);
}

/// Where the prompt goes: stdout is left to the answers when it is no terminal.
FILE* terminal_file() { return ::isatty(STDOUT_FILENO) == 1 ? stdout : stderr; }

bool knows_bracketed_paste() {
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

}  // namespace

struct TerminalReader::State {
  EditLine* line = nullptr;
  History* history = nullptr;
  FILE* out = nullptr;
  std::string history_file;
  std::vector<std::string> words;
  std::string prompt;
  bool has_bracketed_paste = false;
  bool has_text = false;  ///< something was typed since the prompt
  Utf8Reader input;
};

namespace {

TerminalReader::State& state_of(EditLine* line) {
  void* data = nullptr;
  ::el_get(line, EL_CLIENTDATA, &data);
  return *static_cast<TerminalReader::State*>(data);
}

char* prompt_of(EditLine* line) { return state_of(line).prompt.data(); }

/// libedit's source of characters. Its own would lose the line when the window changes its size, and reads by the
/// locale.
int read_character(EditLine* line, wchar_t* character) {
  while (true) {
    if (InterruptScope::requested()) return -1;
    const auto read = state_of(line).input.next();
    switch (read.kind) {
      case Utf8Reader::kCharacter:
        *character = static_cast<wchar_t>(read.character);
        state_of(line).has_text = true;
        return 1;
      case Utf8Reader::kEnd: return 0;
      case Utf8Reader::kSignal:
        if (redraw_wanted.exchange(false)) {
          ::el_resize(line);
          ::el_set(line, EL_REFRESH);
        }
    }
  }
}

/// Everything up to the end of the paste goes into the line as it is, line ends included: only Enter sends.
unsigned char insert_paste(EditLine* line, int) {
  std::wstring text;
  wchar_t character = 0;
  while (text.size() < kLongestPaste && !std::wstring_view(text).ends_with(kPasteEnd)) {
    if (::el_wgetc(line, &character) != 1) return CC_ERROR;
    text += character == L'\r' ? L'\n' : character;
  }
  if (std::wstring_view(text).ends_with(kPasteEnd)) text.resize(text.size() - kPasteEnd.size());
  std::erase_if(text, [](wchar_t c) { return (c < 0x20 && c != L'\n' && c != L'\t') || c == 0x7F; });
  while (text.ends_with(L'\n')) text.pop_back();
  if (!text.empty()) ::el_winsertstr(line, text.c_str());
  return CC_REFRESH;
}

/// Completes a command while it is the only thing on the line.
unsigned char complete_word(EditLine* line, int) {
  const LineInfo* info = ::el_line(line);
  const std::string_view typed(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
  if (typed.empty() || info->cursor != info->lastchar) return CC_REFRESH_BEEP;
  std::vector<std::string> fitting;
  for (const std::string& word : state_of(line).words) {
    if (word.starts_with(typed)) fitting.push_back(word);
  }
  if (fitting.empty()) return CC_REFRESH_BEEP;
  std::string common = fitting.front();
  for (const std::string& word : fitting) {
    const auto differ = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    common.erase(differ.first, common.end());
  }
  if (fitting.size() == 1) common += ' ';
  if (common.size() <= typed.size()) return CC_REFRESH_BEEP;
  ::el_insertstr(line, common.substr(typed.size()).c_str());
  return CC_REFRESH;
}

void remember_line(TerminalReader::State& state, const std::string& text) {
  HistEvent event = {};
  ::history(state.history, &event, H_ENTER, text.c_str());
  ::history(state.history, &event, H_SAVE, state.history_file.c_str());
  ::chmod(state.history_file.c_str(), 0600);
}

}  // namespace

TerminalReader::TerminalReader(const std::string& history_file, std::vector<std::string> words)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.history_file = history_file;
  state.words = std::move(words);
  state.out = terminal_file();
  state.has_bracketed_paste = knows_bracketed_paste();

  std::error_code ignored;
  if (std::filesystem::create_directories(std::filesystem::path(history_file).parent_path(), ignored)) {
    ::chmod(std::filesystem::path(history_file).parent_path().c_str(), 0700);
  }
  HistEvent event = {};
  state.history = ::history_init();
  ::history(state.history, &event, H_SETSIZE, kHistorySize);
  ::history(state.history, &event, H_SETUNIQUE, 1);
  ::history(state.history, &event, H_LOAD, history_file.c_str());

  state.line = ::el_init("hearth", stdin, state.out, stderr);
  ::el_set(state.line, EL_CLIENTDATA, &state);
  ::el_set(state.line, EL_PROMPT, prompt_of);
  ::el_set(state.line, EL_EDITOR, "emacs");
  ::el_set(state.line, EL_SIGNAL, 0);
  ::el_set(state.line, EL_GETCFN, read_character);
  ::el_set(state.line, EL_HIST, ::history, state.history);
  ::el_set(state.line, EL_ADDFN, "hearth-paste", "insert pasted text", insert_paste);
  ::el_set(state.line, EL_BIND, "\x1B[200~", "hearth-paste", kEndOfArguments);
  ::el_set(state.line, EL_ADDFN, "hearth-complete", "complete a command", complete_word);
  ::el_set(state.line, EL_BIND, "\t", "hearth-complete", kEndOfArguments);
  ::el_source(state.line, nullptr);  // the person's own ~/.editrc
  install_redraw_handler();
}

TerminalReader::~TerminalReader() {
  ::el_end(state_->line);
  ::history_end(state_->history);
}

ReadLine TerminalReader::read(const std::string& prompt) {
  State& state = *state_;
  state.prompt = prompt;
  state.has_text = false;
  const InterruptScope interrupt(SecondInterrupt::kIsKept);
  // Before the prompt shows, not with the first key: Ctrl-D typed at once would be lost in between.
  ::el_set(state.line, EL_PREP_TERM, 1);
  if (state.has_bracketed_paste) std::fputs("\x1B[?2004h", state.out);
  int count = 0;
  const char* text = ::el_gets(state.line, &count);
  if (state.has_bracketed_paste) std::fputs("\x1B[?2004l", state.out);
  if (InterruptScope::requested() || text == nullptr || count <= 0) std::fputs("\n", state.out);
  std::fflush(state.out);

  if (InterruptScope::requested()) {
    ::el_reset(state.line);
    return {ReadLine::kInterrupted, "", state.has_text};
  }
  if (text == nullptr || count <= 0) return {};
  std::string line(text, static_cast<std::size_t>(count));
  if (line.ends_with('\n')) line.pop_back();
  if (line.find_first_not_of(" \t\n") != std::string::npos) remember_line(state, line);
  return {ReadLine::kLine, std::move(line), true};
}

}  // namespace hearth::cli
