// What those are told who gave a URL of theirs that does not work.
#pragma once

#include <string>

#include "base/result.h"

namespace rawhaul {

// The outcome of a check of a URL, as its giver is to have it: kInvalidArgument, since they can mend it,
// unless the storage just does not answer (kUnavailable) or the server stops (kCanceled).
Status RefuseUrl(const Status& check);

// "AuthenticationFailed: the storage answered 403", for the errorDetails of a task.
std::string Describe(const Error& error);

}  // namespace rawhaul
