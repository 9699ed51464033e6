// A Rawhaul server as a client sees it, for tests: a small HTTP server that answers as the test says.
#pragma once

#include <string>
#include <string_view>

#include "client/rest_client.h"
#include "net/http_server_testing.h"

namespace rawhaul::client {

// The task 17, an export of events, as the server writes it; `more` is appended to its fields.
std::string TaskJson(std::string_view state, double percent = 0, std::string_view more = "");

// Gives a token to who asks for one ("token 1", "token 2", ...), and leaves the rest to `answer`.
net::HttpTestServer::Handler WithTokens(net::HttpTestServer::Handler answer);

RestAccess AccessTo(const net::HttpTestServer& server);

}  // namespace rawhaul::client
