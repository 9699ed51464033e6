// JSON bodies of the REST API.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rawhaul::api {

// kInvalidArgument, reason InvalidBody.
tl::unexpected<Error> InvalidBody(std::string message);

// Fails as InvalidBody when it is no JSON object. A byte order mark in front is passed over. Strings have
// U+FFFD for U+0000 and for half a surrogate pair.
Result<boost::json::object> ParseBodyObject(std::string_view body);
// The same, and as UnknownMember (model/json_members.h) when it has another than these.
Result<boost::json::object> ParseBodyObject(std::string_view body, std::span<const std::string_view> members);

// nullptr when absent or null.
const boost::json::value* FindMember(const boost::json::object& object, std::string_view name);

}  // namespace rawhaul::api
