// What an answer of the Blob service other than success means.
#pragma once

#include "base/result.h"
#include "blob/azure/sas.h"
#include "net/http_client.h"

namespace rawhaul::azure {

// What was asked for, for the advice in the message.
enum class Purpose { kWriteToContainer, kReadBlob };

// `reason` is the service's own error code, empty when it gives none. The message has what the service says,
// unless that repeats something of the SAS: services echo what they were sent.
Error ErrorOf(const net::HttpResponse& response, const Secret& sas, Purpose purpose);

}  // namespace rawhaul::azure
