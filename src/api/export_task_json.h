// Export tasks on the wire: bodies of create operations, and ExportTaskResult. Contract: REST API 2014-12-01,
// models DateRangeExportTaskParameter, ExportTaskParameter, FeedbackBy...Parameter, ExportTaskResult;
// docs/api.md for what is added.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "model/export_task.h"

namespace rawhaul::api {

// What a create operation asks for beside the container.
enum class Selection { kDays, kSnapshot, kFeedbackByDate, kFeedbackByCampaign };

struct CreateBody {
  ExportRequest request;  // app is not set
  Secret container_url;
};

// `content_type` application/x-www-form-urlencoded is read as such (an old sample sends it) unless the body
// begins with '{'; all else is JSON.
// kInvalidArgument names the field and what would be right.
Result<CreateBody> ParseCreateBody(std::string_view body, std::string_view content_type, ExportType type,
                                   Selection selection);

// The body of a request that gives a task another container URL: {"containerUrl": "..."}. Errors as above.
Result<Secret> ParseRenewBody(std::string_view body, std::string_view content_type);

boost::json::object ToJson(const ExportTask& task);

}  // namespace rawhaul::api
