// The ids that messages of Segment get here. Each is made of what was sent, so that a message that is sent
// again has the same.
#pragma once

#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace rawhaul::segment {

// The batchId of a message: what it is known by when it is sent again.
Guid MessageBatchId(std::string_view message_id);
// The batchId of what an alias changes about one of several devices.
Guid AliasBatchId(std::string_view message_id, const Guid& device);
// The device of messages that name a user and no device. No anonymousId is mapped to it.
Guid UserDeviceId(std::string_view user_id);
// The session that `device` began at that time.
Guid SessionId(const Guid& device, Timestamp begin);
// The jobs of that name and, where it is not empty, that id of the client's: what "Job Started" and "Job
// Finished" are paired by.
Guid JobKey(const Guid& device, std::string_view name, std::string_view job_id);
// One of those jobs, for which the client has no id.
Guid JobIdAt(const Guid& key, Timestamp time);

}  // namespace rawhaul::segment
