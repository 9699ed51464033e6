// Devices on the wire. Contract: REST API 2014-12-01, models Device, DeviceQueryResult, DeviceTagsParameters.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/device_query.h"
#include "base/result.h"
#include "collect/tag_writer.h"
#include "model/device.h"

namespace rawhaul::api {

// All of the API's Device.
boost::json::object ToJson(const Device& device);

// deviceId and what is selected. nullopt: the device has nothing of it.
std::optional<boost::json::object> ToQueryResult(const Device& device, const DeviceSelect& select);

// By id, in the order of the body; nulls are there only where they are to delete.
using TagsById = std::vector<std::pair<std::string, TagChanges>>;
// {"tags": {id: {tag: string or null}}, "deleteOnNull": boolean}. kInvalidArgument names the field and what
// would be right.
Result<TagsById> ParseTagsBody(std::string_view body);

}  // namespace rawhaul::api
