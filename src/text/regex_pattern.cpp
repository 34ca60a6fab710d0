#include "text/regex_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <optional>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/digit_groups.h"
#include "text/oniguruma_syntax.h"

namespace hearth {
namespace {

/// Steps that one match may take: expressions of real tokenizers look a few times at a long run of spaces or letters
/// before they take it; what needs more backtracks without end, and is looked for in a window instead.
std::uint32_t match_limit(std::size_t text_bytes) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(10'000 + 32 * text_bytes, UINT32_MAX));
}
constexpr std::uint32_t kHeapLimitKib = 64 * 1024;
constexpr std::size_t kJitStackBytes = std::size_t{1} << 20;
/// How much text a match sees, at first and each time it has passed a limit.
constexpr std::size_t kWindows[] = {std::string_view::npos, 4096, 256, 16};
constexpr std::size_t kMaxExpression = 64 * 1024;

/// What one thread needs to match; kept between calls, since most pieces of text are short.
struct Scratch {
  pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* stack = pcre2_jit_stack_create(32 * 1024, kJitStackBytes, nullptr);
  Scratch() {
    if (data == nullptr || context == nullptr) throw std::bad_alloc();
    pcre2_set_heap_limit(context, kHeapLimitKib);
    if (stack != nullptr) pcre2_jit_stack_assign(context, nullptr, stack);
  }
  ~Scratch() {
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

bool is_limit(int code) {
  return code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT || code == PCRE2_ERROR_HEAPLIMIT ||
         code == PCRE2_ERROR_JIT_STACKLIMIT || code == PCRE2_ERROR_NOMEMORY;
}

/// The largest character boundary of valid UTF-8 that is at most `offset`.
std::size_t character_start(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return text.size();
  while (offset > 0 && (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) --offset;
  return offset;
}

/// Where the stretch of valid UTF-8 that begins at `offset` ends.
std::size_t valid_stretch_end(std::string_view text, std::size_t offset) {
  while (offset < text.size()) {
    if (static_cast<unsigned char>(text[offset]) < 0x80) {
      ++offset;
      continue;
    }
    const CodePoint c = decode_utf8(text, offset);
    if (!c.valid) break;
    offset += c.length;
  }
  return offset;
}

std::size_t skip_invalid(std::string_view text, std::size_t offset) {
  while (offset < text.size() && !decode_utf8(text, offset).valid) ++offset;
  return offset;
}

pcre2_code* compile(std::string_view expression, int& error, std::size_t& offset) {
  return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                       PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
}

bool is_script(std::string_view name) {
  int error = 0;
  std::size_t offset = 0;
  pcre2_code* code = compile(fmt::format("\\p{{sc:{}}}", name), error, offset);
  pcre2_code_free(code);
  return code != nullptr;
}

}  // namespace

class Pattern::Program {
 public:
  Program(std::string_view expression, const std::string& where)
      : digit_groups_(DigitGroups::for_expression(expression)) {
    if (digit_groups_) return;
    if (expression.size() > kMaxExpression) {
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}: a regular expression of {} bytes", where, expression.size()));
    }
    const std::string translated = oniguruma_to_pcre2(expression, where, is_script);
    int code = 0;
    std::size_t offset = 0;
    code_ = compile(translated, code, offset);
    if (code_ == nullptr) {
      PCRE2_UCHAR message[256];
      pcre2_get_error_message(code, message, sizeof message);
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}: \"{}\" is not a regular expression that can be used: {} (at {})", where, expression,
                              reinterpret_cast<const char*>(message), offset));
    }
    pcre2_jit_compile(code_, PCRE2_JIT_COMPLETE);  // where there is no JIT the interpreter does it
  }
  ~Program() { pcre2_code_free(code_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Calls `found` for the matches in valid UTF-8.
  void each_match(std::string_view text, const Found& found) const {
    if (digit_groups_) return digit_groups_->each_match(text, found);
    thread_local Scratch scratch;
    std::size_t window = 0;
    std::size_t from = 0;
    std::size_t last_end = std::string_view::npos;
    while (from <= text.size() && search(text, from, window, scratch)) {
      const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(scratch.data);
      const std::size_t begin = offsets[0];
      const std::size_t end = std::max(offsets[0], offsets[1]);  // \K in a look-ahead could turn them round
      if (begin == end && end == last_end) {  // an empty match right behind the last one counts for nothing
        from += from < text.size() ? decode_utf8(text, from).length : 1;
        continue;
      }
      found(begin, end);
      from = last_end = end;
    }
  }

 private:
  int run(std::string_view text, std::size_t from, const Scratch& scratch) const {
    return pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, PCRE2_NO_UTF_CHECK,
                       scratch.data, scratch.context);
  }

  /// Past a limit only a window is searched, now and from then on: a match that reaches beyond is cut there.
  bool search(std::string_view text, std::size_t from, std::size_t& window, const Scratch& scratch) const {
    do {
      const std::size_t seen = std::min(text.size() - from, kWindows[window]);
      const std::size_t end = character_start(text, from + seen);
      pcre2_set_match_limit(scratch.context, match_limit(seen));
      const int code = run(text.substr(0, end), from, scratch);
      if (code >= 0) return true;
      if (is_limit(code) && window + 1 < std::size(kWindows)) {
        ++window;
      } else {
        from = end;
      }
    } while (from < text.size());
    return false;
  }

  std::optional<DigitGroups> digit_groups_;
  pcre2_code* code_ = nullptr;
};

Pattern Pattern::literal(std::string text) {
  Pattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

Pattern Pattern::regex(std::string_view expression, const std::string& where) {
  Pattern pattern;
  pattern.program_ = std::make_shared<const Program>(expression, where);
  return pattern;
}

Pattern Pattern::from_json(const json::value& value, const std::string& where) {
  const JsonObject object(value, where);
  if (auto text = object.string("String")) return literal(*std::move(text));
  if (const auto expression = object.string("Regex")) return regex(*expression, where);
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: expected \"String\" or \"Regex\"", where));
}

void Pattern::each_match(std::string_view text, const Found& found) const {
  if (program_ == nullptr) {
    if (literal_.empty()) return;
    for (std::size_t at = text.find(literal_); at != std::string_view::npos;
         at = text.find(literal_, at + literal_.size())) {
      found(at, at + literal_.size());
    }
    return;
  }
  for (std::size_t begin = 0; begin < text.size();) {
    begin = skip_invalid(text, begin);
    const std::size_t end = valid_stretch_end(text, begin);
    if (begin == end) break;
    program_->each_match(text.substr(begin, end - begin),
                         [&](std::size_t b, std::size_t e) { found(begin + b, begin + e); });
    begin = end;
  }
}

}  // namespace hearth
