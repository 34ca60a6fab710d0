// The character classes that tokenizers ask for, with the answers of Hugging Face tokenizers (Rust's char methods and
// its unicode_categories crate), which differ from one another in small ways.
#pragma once

namespace hearth {

/// Unicode White_Space, as Rust's char::is_whitespace and `\s` of the regexes.
bool is_white_space(char32_t c);
/// Categories N*, as Rust's char::is_numeric.
bool is_numeric(char32_t c);
/// ASCII punctuation and symbols, and the Unicode categories P*.
bool is_punctuation(char32_t c);
/// Categories M*.
bool is_mark(char32_t c);
/// Category Mn alone.
bool is_nonspacing_mark(char32_t c);
/// A character of a word as Rust's regexes have `\w`: letters, marks, digits, connectors, joiners.
bool is_word_character(char32_t c);
/// What BERT's clean-up removes: the categories C* but for tab and line ends.
bool is_bert_control(char32_t c);
/// The ideographs that BERT puts spaces around; Hangul and kana are not among them.
bool is_bert_ideograph(char32_t c);

}  // namespace hearth
