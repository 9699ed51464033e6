// Errors on the wire. The one place where an ErrorCode becomes an HTTP status.
#pragma once

#include "base/result.h"
#include "http/message.h"

namespace rawhaul::api {

int StatusOf(ErrorCode code);

// The word for "code" in an error body: the error's reason, or the general word of its code.
std::string_view WireCode(const Error& error);

// {"error":{"code","message"}}, with Retry-After and WWW-Authenticate where the status asks for them. What
// went wrong inside of the server (500) is logged and not told.
http::Response ToResponse(const Error& error);

}  // namespace rawhaul::api
