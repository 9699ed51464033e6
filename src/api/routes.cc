#include "api/routes.h"

#include "api/app_routes.h"
#include "api/campaign_routes.h"
#include "api/collect_routes.h"
#include "api/device_routes.h"
#include "api/due_routes.h"
#include "api/export_task_routes.h"
#include "api/import_task_routes.h"
#include "api/openapi_routes.h"
#include "api/push_routes.h"
#include "api/segment_routes.h"
#include "api/status_routes.h"
#include "api/token_routes.h"

namespace rawhaul::api {

void AddRoutes(http::Router& router, const Environment& environment, Metrics& metrics) {
  AddCollectRoutes(router, {environment.collector, environment.collect_keys});
  AddDueRoutes(router, {environment.delivery, environment.collect_keys});
  AddSegmentRoutes(router, {environment.segment, environment.collect_keys});
  AddExportTaskRoutes(router, environment);
  AddAppRoutes(router, environment);
  AddCampaignRoutes(router, environment);
  AddDeviceRoutes(router, environment);
  AddImportTaskRoutes(router, environment);
  AddPushRoutes(router, environment);
  AddTokenRoutes(router, environment);
  AddStatusRoutes(router, environment.readiness, environment.collector, metrics);
  AddOpenApiRoutes(router);
}

}  // namespace rawhaul::api
