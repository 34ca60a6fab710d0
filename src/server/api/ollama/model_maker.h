// Makes a model as a request says: of a model that is here or of files that were sent, smaller if wanted, with what is
// to be said to it.
#pragma once

#include "server/api/ollama/create_call.h"
#include "server/api/ollama/managing_context.h"
#include "server/api/ollama/status_stream.h"

namespace hearth {

/// Tells what it does; the end is the caller's to tell. Takes as long as the files need. Errors: as resolve() of
/// ModelManager, import_model(), quantize_file(), convert_folder(); 400 for blobs that are not there; kCancelled when
/// the client has gone.
void make_model(ManagingContext& context, const CreateCall& call, StatusStream& stream);

}  // namespace hearth
