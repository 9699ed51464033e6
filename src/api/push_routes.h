// /campaigns/{kind}/{id}/push, …/test and /campaigns/{kind}/test. docs/api.md, "Push and test".
#pragma once

#include "api/environment.h"
#include "http/router.h"

namespace rawhaul::api {

void AddPushRoutes(http::Router& router, const Environment& environment);

}  // namespace rawhaul::api
