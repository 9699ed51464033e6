// URLs as people give them, and what they are told when one does not work.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rawhaul {

// Without what surely is no part of it: blanks and line ends around it, and a second '?' in front of the
// query, which comes of joining a URL and a SAS that begins with one.
Secret TidyUrl(const Secret& url);

// Who answers for a storage URL, or does not: `https://host:port` where it has a host, else the URL without
// its query.
std::string ServiceOf(const Secret& url);

// The refusal of a place that the server's configuration does not list: kInvalidArgument.
tl::unexpected<Error> NotAllowed(std::string_view what);

// The outcome of a check of a URL, as its giver is to have it: kInvalidArgument, since they can mend it,
// unless the storage just does not answer (kUnavailable) or the server stops (kCanceled).
Status RefuseUrl(const Status& check);

}  // namespace rawhaul
