// Where the server is, and which app of it is meant.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/app.h"

namespace rawhaul::client {

// "https://host:port" of what the user typed. Secrets go there, so plain http is refused unless the host is
// this machine itself or `allow_plain_http`.
Result<std::string> ParseServer(std::string_view text, bool allow_plain_http);

// "SUBSCRIPTION/GROUP/COLLECTION/NAME", or the whole path as `rawhaul app create` prints it. Names are as
// they are, not percent-encoded.
Result<AppPath> ParseApp(std::string_view text);

// The app's path in the REST API, percent-encoded.
std::string UrlPathOf(const AppPath& app);

}  // namespace rawhaul::client
