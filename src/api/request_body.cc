#include "api/request_body.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

namespace rawhaul::api {

namespace json = boost::json;

tl::unexpected<Error> InvalidBody(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidBody");
}

Result<json::object> ParseBodyObject(std::string_view body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error) return InvalidBody(fmt::format("The body is not JSON: {}.", error.message()));
  if (!value.is_object()) return InvalidBody("The body must be a JSON object.");
  return std::move(value.get_object());
}

const json::value* FindMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace rawhaul::api
