// Lists of tasks, which take the same parameters whatever the tasks are.
#pragma once

#include <array>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "http/message.h"

namespace rawhaul::api {

// What $orderby calls the values of TaskOrder, in their order.
using TaskOrderNames = std::array<std::string_view, 5>;

// $skip, $top (20 unless said, 40 at most) and $orderby. The page has room for one task more than $top, which
// tells whether there is a next one (PageResponse).
Result<TaskCatalog::Page> TaskPageParameters(const http::Request& request, const TaskOrderNames& names);

}  // namespace rawhaul::api
