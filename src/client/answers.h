// What the server's answers say.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace rawhaul::client {

// The JSON of an answer of success. Any other answer is an error: its code is that of the status, its reason
// the server's own word, and its message says what the server said.
Result<boost::json::value> JsonOf(const Result<net::HttpResponse>& outcome);

// The text of this name, fit for a terminal; empty when there is none.
std::string TextOf(const boost::json::object& object, std::string_view name);

}  // namespace rawhaul::client
