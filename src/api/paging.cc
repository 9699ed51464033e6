#include "api/paging.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "api/management.h"
#include "base/encoding.h"
#include "base/integer.h"

namespace rawhaul::api {

namespace json = boost::json;

std::optional<uint64_t> IdParameter(const http::Request& request) {
  return ParseInteger<uint64_t>(request.path_parameter("id"));
}

Result<uint64_t> NumberParameter(const http::Request& request, std::string_view name, uint64_t fallback,
                                 uint64_t min, uint64_t max) {
  const std::string* text = request.query_parameter(name);
  if (text == nullptr) return fallback;
  const auto value = ParseInteger<uint64_t>(*text);
  if (!value || *value < min || *value > max) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} must be a whole number from {} to {}.", name, min, max), "InvalidParameter");
  }
  return *value;
}

Result<OrderBy> OrderByParameter(const http::Request& request, std::span<const std::string_view> allowed) {
  const std::string* text = request.query_parameter("$orderby");
  if (text == nullptr) return OrderBy{allowed.front()};
  const size_t space = std::min(text->find(' '), text->size());
  const std::string_view property = std::string_view(*text).substr(0, space);
  const std::string_view direction = std::string_view(*text).substr(std::min(text->size(), space + 1));
  const auto found = std::find_if(allowed.begin(), allowed.end(),
                                  [&](std::string_view name) { return EqualsIgnoreCase(name, property); });
  const bool descending = EqualsIgnoreCase(direction, "desc");
  if (found == allowed.end() || !(direction.empty() || descending || EqualsIgnoreCase(direction, "asc"))) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("$orderby must be one of {}, then asc or desc.", fmt::join(allowed, ", ")),
                "InvalidParameter");
  }
  return OrderBy{*found, descending};
}

std::string LinkWith(const http::Request& request, const std::vector<http::Header>& parameters) {
  std::vector<http::Header> query = request.query;
  std::erase_if(query, [&](const http::Header& own) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const http::Header& parameter) { return parameter.first == own.first; });
  });
  query.insert(query.end(), parameters.begin(), parameters.end());
  std::string link = OriginOf(request) + request.path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    link += fmt::format("{}{}={}", separator, PercentEncode(name, "$"), PercentEncode(value));
    separator = '&';
  }
  return link;
}

std::string NextLink(const http::Request& request, uint64_t skip, uint64_t top) {
  return LinkWith(request, {{"$skip", std::to_string(skip)}, {"$top", std::to_string(top)}});
}

http::Response PageResponse(const http::Request& request, json::array items, uint64_t skip, uint64_t top) {
  const bool more = items.size() > top;
  if (more) items.pop_back();
  json::object out{{"value", std::move(items)}};
  if (more) out["nextLink"] = NextLink(request, skip + top, top);
  return http::JsonResponse(200, json::serialize(out));
}

}  // namespace rawhaul::api
