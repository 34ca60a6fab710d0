#include <string>

#include "corpus.h"

namespace {

using hearth::fuzz::Seeds;

Seeds http_request_seeds() {
  Seeds seeds;
  seeds["get"] = "aGET /v1/models/owner/repo?limit=2&x=%20 HTTP/1.1\r\nHost: localhost:11434\r\nOrigin: null\r\n\r\n";
  seeds["post"] =
      "\x01POST /v1/chat/completions HTTP/1.1\r\nHost: [::1]\r\nContent-Type: application/json\r\n"
      "Authorization: Bearer 0123456789abcdef\r\nContent-Length: 2\r\n\r\n{}";
  seeds["chunked"] =
      "\x02POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nTrailer: "
      "t\r\n\r\n";
  seeds["pipelined"] =
      "\x06\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /x HTTP/1.0\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n";
  seeds["absolute"] = "zGET http://localhost:80/a%2Fb?c HTTP/1.1\r\nHost: b\r\nConnection: keep-alive, close\r\n\r\n";
  seeds["smuggling"] =
      "bPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / "
      "HTTP/1.1\r\n\r\n";
  seeds["continue"] =
      "cPUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nX-Request-Id: a-b\r\nContent-Length: 1\r\n\r\n1";
  return seeds;
}

const hearth::fuzz::Corpus seeds("http_request", http_request_seeds);

}  // namespace
