#include "api/task_pages.h"

#include <algorithm>

#include "api/paging.h"

namespace rawhaul::api {
namespace {

constexpr uint64_t kDefaultTop = 20;
constexpr uint64_t kMaxTop = 40;

}  // namespace

Result<TaskCatalog::Page> TaskPageParameters(const http::Request& request, const TaskOrderNames& names) {
  TaskCatalog::Page page;
  RAWHAUL_ASSIGN(page.skip, NumberParameter(request, "$skip", 0, 0, kMaxSkip));
  RAWHAUL_ASSIGN(const uint64_t top, NumberParameter(request, "$top", kDefaultTop, 1, kMaxTop));
  RAWHAUL_ASSIGN(const OrderBy order, OrderByParameter(request, names));
  page.top = top + 1;
  page.order = static_cast<TaskOrder>(std::find(names.begin(), names.end(), order.property) - names.begin());
  page.descending = order.descending;
  return page;
}

}  // namespace rawhaul::api
