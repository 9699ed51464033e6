// What the server's answers say.
#pragma once

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "net/http_client.h"

namespace rawhaul::client {

// The JSON of an answer of success. Any other answer is an error: its code is that of the status, its reason
// the server's own word, and its message says what the server said.
Result<boost::json::value> JsonOf(const Result<net::HttpResponse>& outcome);

}  // namespace rawhaul::client
