// $skip, $top, $orderby and nextLink. Contract: REST API 2014-12-01, "Lists and paging".
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace rawhaul::api {

inline constexpr uint64_t kMaxSkip = uint64_t{1} << 31;

// The number that "{id}" stands for in the path; nullopt when it is none.
std::optional<uint64_t> IdParameter(const http::Request& request);

// The value of a whole-number parameter; `fallback` when it is absent. kInvalidArgument names the range.
Result<uint64_t> NumberParameter(const http::Request& request, std::string_view name, uint64_t fallback,
                                 uint64_t min, uint64_t max);

struct OrderBy {
  std::string_view property;  // one of the allowed ones, spelled as there
  bool descending = false;
};
// "{property} [asc|desc]", one property, in any case. The first of `allowed` is the default.
Result<OrderBy> OrderByParameter(const http::Request& request, std::span<const std::string_view> allowed);

// The request's own URL with these parameters in place of its own: absolute, since clients use it as it is.
std::string LinkWith(const http::Request& request, const std::vector<http::Header>& parameters);
// The same, with $skip and $top.
std::string NextLink(const http::Request& request, uint64_t skip, uint64_t top);

// The answer with a page of `top` items, from the one after `skip` on. One item more, which is not shown,
// tells that there is a next page.
http::Response PageResponse(const http::Request& request, boost::json::array items, uint64_t skip,
                            uint64_t top);

}  // namespace rawhaul::api
