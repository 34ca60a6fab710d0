// From what a person typed to a file on this disk: found, or fetched after asking.
#pragma once

#include <string>

#include "hearth/hub.h"

namespace hearth::cli {

/// The path of a model that is on this disk. One that is not is fetched: at once with `yes`, after asking on a
/// terminal. Errors: as locate_model() where nobody can be asked; as pull(); kCancelled when the answer is no.
std::string obtain_model(const std::string& name, bool yes);

/// What a pull is about to do, as lines on stderr: files, quantisation and why, licence.
void announce_pull(const PullPlan& plan);
/// Pulls with progress on stderr; Ctrl-C stops it and keeps what is there. Returns the path.
std::string pull_with_progress(PullRequest request, const PullPlan& plan, bool quiet);

}  // namespace hearth::cli
