// Tokens and what clients ask for around them: /{tenant}/oauth2/token, the public keys, /subscriptions.
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddTokenRoutes(http::Router& router, const Environment& environment);

}  // namespace rawhaul::api
