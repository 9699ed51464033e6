// The bytes in front of a response's body.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace rawhaul::http {

enum class Persistence {
  kKeepAlive,
  kKeepAliveHttp10,  // where keeping the connection must be said
  kClose,
};

// Whether header names are tokens and no value breaks the line: a response that fails this would let the data
// in it forge headers.
bool HasSafeHeaders(const Response& response);
// Whether answers of this status may have a body and a Content-Length (RFC 9110, 8.6).
bool MayHaveBody(int status);
// Status line and headers, with the empty line behind them.
std::string FormatHead(const Response& response, std::string_view request_id, Persistence persistence);

}  // namespace rawhaul::http
