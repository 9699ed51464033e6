#include "catalog/task_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace rawhaul {

std::string OrderBy(TaskOrder order, bool descending) {
  const std::string_view direction = descending ? "DESC" : "ASC";
  switch (order) {
    case TaskOrder::kId:
      return fmt::format("id {}", direction);
    case TaskOrder::kState:
      return fmt::format("state {}, id", direction);
    case TaskOrder::kCreated:
      return fmt::format("created {}, id", direction);
    case TaskOrder::kCompleted:
      return fmt::format("completed {} NULLS LAST, id", direction);
    case TaskOrder::kErrorDetails:
      return fmt::format("error_details {} NULLS LAST, id", direction);
  }
  return "id";
}

long long ToLimit(uint64_t value) {
  return static_cast<long long>(std::min<uint64_t>(value, std::numeric_limits<long long>::max()));
}

}  // namespace rawhaul
