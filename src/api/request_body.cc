#include "api/request_body.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "base/unicode.h"
#include "model/json_fault.h"
#include "model/json_members.h"
#include "model/json_text.h"

namespace rawhaul::api {

namespace json = boost::json;

tl::unexpected<Error> InvalidBody(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidBody");
}

Result<json::object> ParseBodyObject(std::string_view body) {
  boost::system::error_code error;
  std::string text(WithoutByteOrderMark(body));
  ReplaceUnstorableEscapes(text);
  json::value value = json::parse(text, error);
  if (error) {
    return InvalidBody(
        fmt::format("The body is not JSON: {}.", FindJsonFault(body).value_or(error.message())));
  }
  if (!value.is_object()) return InvalidBody("The body must be a JSON object.");
  return std::move(value.get_object());
}

Result<json::object> ParseBodyObject(std::string_view body, std::span<const std::string_view> members) {
  RAWHAUL_ASSIGN(json::object object, ParseBodyObject(body));
  RAWHAUL_TRY(CheckMembers(object, {members}));
  return object;
}

const json::value* FindMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace rawhaul::api
