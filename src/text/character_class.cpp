#include "text/character_class.h"

#include "base/unicode.h"

namespace hearth {
namespace {

bool is_ascii_word(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

}  // namespace

bool is_white_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_numeric(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return category(c)[0] == 'N';
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return is_ascii_punctuation(c);
  return category(c)[0] == 'P';
}

bool is_mark(char32_t c) { return c >= 0x300 && category(c)[0] == 'M'; }

bool is_nonspacing_mark(char32_t c) {
  if (c < 0x300) return false;
  const char* name = category(c);
  return name[0] == 'M' && name[1] == 'n';
}

bool is_word_character(char32_t c) {
  if (c < 0x80) return is_ascii_word(c);
  const bool circled_letter = (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
                              (c >= 0x1F150 && c <= 0x1F169) ||
                              (c >= 0x1F170 && c <= 0x1F189);  // symbols, but alphabetic
  const bool joiner = c == 0x200C || c == 0x200D;
  if (circled_letter || joiner) return true;
  const char* name = category(c);
  return name[0] == 'L' || name[0] == 'M' || (name[0] == 'N' && name[1] != 'o') || (name[0] == 'P' && name[1] == 'c');
}

bool is_bert_control(char32_t c) {
  if (c < 0x80) return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  const char* name = category(c);
  return name[0] == 'C' && name[1] != 'n' && name[1] != 's';
}

bool is_bert_ideograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

}  // namespace hearth
