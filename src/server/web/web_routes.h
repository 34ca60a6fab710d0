// The page's own routes: "/", "/chat" and the files that they load. Everything of it is public: what it shows comes
// from the API, which asks for a key where keys are set.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/http/router.h"
#include "server/web/web_files.h"

namespace hearth {

/// What the page may do: run and load what came with it, and nothing else; speak to this server only.
inline constexpr std::string_view kPagePolicy =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; worker-src 'self'; "
    "manifest-src 'self'";

/// How bytes travel to a client that sent this Accept-Encoding (RFC 9110, 12.5.3; nullptr: none): "br", "gzip", or
/// empty for as they are.
std::string_view coding_for(const std::string* accept_encoding, const WebFile& file);

/// `files`, or where they are empty a sentence that says why (`missing`) and how to get the page.
void add_web_routes(Router& router, std::span<const WebFile> files = web_files(),
                    std::string_view missing = web_files_missing());

}  // namespace hearth
