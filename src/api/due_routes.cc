#include "api/due_routes.h"

#include <fmt/format.h>

#include "api/collect_request.h"
#include "api/errors.h"
#include "model/device_id.h"

namespace rawhaul::api {
namespace {

Result<Guid> DeviceOf(const http::Request& request) {
  const std::string* text = request.query_parameter("deviceId");
  const auto device = text == nullptr ? std::nullopt : ParseDeviceId(*text);
  if (device) return *device;
  return Fail(ErrorCode::kInvalidArgument,
              "The query parameter deviceId must be the device's id, as in its batches: a GUID or another "
              "text of 1 to "
              "256 characters.",
              "InvalidDeviceId");
}

// `known` is the If-None-Match of the request.
http::Response DueResponse(const DueCampaigns& due, const std::string& known) {
  const std::string tag = fmt::format("\"{}\"", due.version);
  const bool is_known = known.find(tag) != std::string::npos;
  http::Response response = is_known ? http::Response{304, {}, {}} : http::JsonResponse(200, due.json);
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  return response;
}

// The device and its feedback are read from the disk: not on a thread that batches wait for.
void ListDue(const http::Request& request, const DueEnvironment& environment,
             const http::Responder& respond) {
  const auto app = environment.keys.Verify(request.header("authorization"), request.peer);
  if (!app) return respond(ToResponse(app.error()));
  const auto device = DeviceOf(request);
  if (!device) return respond(ToResponse(device.error()));
  respond.Run([respond, &delivery = environment.delivery, app = *app, device = *device,
               known = std::string(request.header("if-none-match"))] {
    delivery.ListDue(app, device, [respond, known](const Result<DueCampaigns>& due) {
      respond(due ? DueResponse(*due, known) : ToResponse(due.error()));
    });
  });
}

}  // namespace

void AddDueRoutes(http::Router& router, const DueEnvironment& environment) {
  router.AddAsync("GET", "/collect/v1/campaigns",
                  [environment](const http::Request& request, const http::Responder& respond) {
                    ListDue(request, environment, respond);
                  },
                  {.payer = PayerOf(environment.keys)});
}

}  // namespace rawhaul::api
