// Whether a text surely has more tokens than may be, found without tokenising all of it. It cuts nothing and refuses
// nothing: that is for those who know what the text is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "text/tokenizer.h"

namespace hearth {

struct OverlongText {
  std::int64_t tokens = 0;  ///< the text has at least so many, and more than asked for
  std::size_t bytes = 0;    ///< the beginning of the text that showed it; it ends with a whole character
};

/// Nothing where the text may have no more than `most` tokens, and for every text that is short enough to be counted:
/// up to 64 KiB, and up to 16 bytes for each of `most`. Costs what tokenising a few contexts costs, however long the
/// text is, unless its tokens are longer than those of any language (a vocabulary that makes one unknown token of much
/// text): then as much as tokenising it. `options` as for encode().
std::optional<OverlongText> find_overlong(const Tokenizer& tokenizer, std::string_view text,
                                          const EncodeOptions& options, std::int64_t most);

}  // namespace hearth
