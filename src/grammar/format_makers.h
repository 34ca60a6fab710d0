// The automata behind format_texts(), one function a format; each call builds anew.
#pragma once

#include <string>

#include "grammar/dfa.h"

namespace hearth::formats {

// format_time.cpp: RFC 3339.
DfaPointer date();
DfaPointer time();
DfaPointer date_time();
DfaPointer duration();

// format_host.cpp
DfaPointer hostname();
DfaPointer idn_hostname();
DfaPointer ipv4();
DfaPointer ipv6();
std::string ipv4_pattern();
std::string ipv6_pattern();

// format_email.cpp: RFC 5321, RFC 6531.
DfaPointer email();
DfaPointer idn_email();

// format_uri.cpp: RFC 3986, RFC 3987, RFC 6570.
DfaPointer uri();
DfaPointer uri_reference();
DfaPointer iri();
DfaPointer iri_reference();
DfaPointer uri_template();

// format_text.cpp
DfaPointer uuid();
DfaPointer json_pointer();
DfaPointer relative_json_pointer();
DfaPointer regex();

/// The expression must match whole.
DfaPointer from_pattern(const std::string& pattern);

}  // namespace hearth::formats
