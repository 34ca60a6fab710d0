// What a well-formed head must keep to besides its syntax: one Host, one length, no chance to read the end of a request
// in two ways. For request_parser.cpp alone: it includes Beast.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include "server/http/request_parser.h"

namespace hearth {

/// Errors: HttpError 400, 417.
RequestHead read_request_head(const boost::beast::http::request_header<>& header, bool keep_alive);

template <typename Parser>
RequestHead read_request_head(const Parser& parser) {
  return read_request_head(parser.get().base(), parser.keep_alive());
}

}  // namespace hearth
