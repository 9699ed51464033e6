// The errors that the server itself answers: their statuses, codes and texts.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"
#include "http/router.h"

namespace rawhaul::http {

Response BadRequest(std::string_view why);
// 404, 405 with Allow, or 400 for a path that cannot be decoded. REQUIRES match.route == nullptr.
Response NoRoute(const Router::Match& match);
Response TooSlow();
// 429 with Retry-After: there is too much to do already.
Response Busy();
Response BodyTooLarge(size_t limit);
Response HeaderTooLarge(size_t limit);
// Says nothing of the cause, which is for the log.
Response InternalError();
Response Stopping();

}  // namespace rawhaul::http
