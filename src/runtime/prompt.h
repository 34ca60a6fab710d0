// From what a caller asks to what the engine reads: a conversation through the model's chat template to text and to
// token ids. Knows no engine; any number of threads may use it on one model.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "engine/sequence.h"
#include "hearth/error.h"
#include "hearth/model.h"
#include "model/loaded_model.h"
#include "text/chat_template.h"
#include "text/overlong_text.h"

namespace hearth {

/// Errors: kUnsupported where the model has no chat template; kInvalidArgument from the template, or for JSON that is
/// none in messages and options.
RenderedPrompt render_prompt(const LoadedModel& model, const std::vector<ChatMessage>& messages,
                             const ChatOptions& options);

/// Ids for generation: BOS in front where the model was trained with it and the text does not bring it, never an EOS
/// behind. Errors: as render_prompt(); kInvalidArgument where more than one kind of prompt is given; kContextLimit,
/// with both counts, for a text that surely has more than `most` tokens, which then is not read to its end. One that is
/// only a little longer is given back whole.
std::vector<TokenId> prompt_tokens(const LoadedModel& model, const GenerateRequest& request,
                                   std::int64_t most = std::numeric_limits<std::int64_t>::max());

/// For a text that was found to have more tokens than the `most` that fit: kContextLimit with both counts.
Error overlong_prompt(const OverlongText& found, std::int64_t most);

/// All of a request but its grammar and its callbacks. Errors: as prompt_tokens().
SequenceRequest sequence_request(const LoadedModel& model, const GenerateRequest& request,
                                 std::int64_t most = std::numeric_limits<std::int64_t>::max());

}  // namespace hearth
